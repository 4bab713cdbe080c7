"""When two values are the same: as JSON, for one of them has come as JSON."""

from typing import Any

import orjson


def plain(value: Any) -> Any:
    """The value as JSON knows it, so that what a phone sent can be compared with what a row holds."""
    return orjson.loads(orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z))


def same(one: Any, other: Any) -> bool:
    """Whether both are the same JSON. Python takes `False` for `0`; a checklist does not."""
    return _canonical(one) == _canonical(other)


def _canonical(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_SORT_KEYS)
