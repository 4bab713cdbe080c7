"""Recorded traffic: what a phone of some version of the wire said and heard, kept to be said again (law 10).

A recording is a list of steps. In the texts of requests and answers `{name}` stands for what the world of the test
calls so (`{visit}`), or for what an answer was the first to tell (`{conflict}`); `{*}` is anything. Objects may have
gained members since, and pages documents: a phone passes over what it does not know. `meanwhile` names what others do
between two requests.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "recorded"
PLACE = re.compile(r"\{([a-z_]+\d*)\}")


def replay(name: str, client: Any, names: dict[str, str], others: Mapping[str, Callable[[], object]]) -> None:
    """Say again what was recorded, and hear the same."""
    for step in json.loads((RECORDED / f"{name}.json").read_text())["steps"]:
        if "meanwhile" in step:
            others[step["meanwhile"]]()
            continue
        method, path = step["request"].split()
        answer = getattr(client, method.lower())(_filled(path, names), _filled(step.get("body"), names))
        assert answer.status_code == step["status"], answer.content
        difference = _differs(step["answer"], answer.json(), names, "")
        assert not difference, f"{step['request']}: {difference}"


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case str():
            return PLACE.sub(lambda place: names[place[1]], value)
        case list():
            return [_filled(item, names) for item in value]
        case dict():
            return {key: _filled(item, names) for key, item in value.items()}
    return value


def _differs(recorded: Any, heard: Any, names: dict[str, str], path: str) -> str:
    """Where what is heard is not what was recorded; empty if it is."""
    match recorded:
        case "{*}":
            return ""
        case str() if (place := PLACE.fullmatch(recorded)) and isinstance(heard, str):
            known = names.setdefault(place[1], heard)
            return "" if known == heard else f"{path} is {heard}, and not {place[1]}, which is {known}"
        case dict() if isinstance(heard, dict):
            return next(filter(None, (_member(recorded, heard, key, names, path) for key in recorded)), "")
        case list() if isinstance(heard, list):
            if path.endswith(".changes"):
                return next(filter(None, (_change(one, heard, names, path) for one in recorded)), "")
            if len(recorded) != len(heard):
                return f"{path} has {len(heard)} and not {len(recorded)} items"
            pairs = enumerate(zip(recorded, heard, strict=True))
            return next(filter(None, (_differs(*pair, names, f"{path}[{at}]") for at, pair in pairs)), "")
    expected = _filled(recorded, names)
    return "" if expected == heard else f"{path} is {heard!r}, and not {expected!r}"


def _member(recorded: Any, heard: Any, key: str, names: dict[str, str], path: str) -> str:
    return _differs(recorded[key], heard[key], names, f"{path}.{key}") if key in heard else f"{path}.{key} is missing"


def _change(recorded: Any, heard: list[Any], names: dict[str, str], path: str) -> str:
    """Pages are sets: one of the changes of the collection has to be this one."""
    differences = []
    for change in heard:
        if change["collection"] == recorded["collection"]:
            tried = dict(names)
            difference = _differs(recorded, change, tried, f"{path}.{recorded['collection']}")
            if not difference:
                names.update(tried)
                return ""
            differences.append(difference)
    return f"{path} has no {recorded}: {differences}"
