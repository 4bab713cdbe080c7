"""What the project around this app does when something becomes of a notice: see the setting `NOTICES`.

```python
NOTICES = {
    "FREE_TICKETS": "shop.wiring.free_tickets",  # (ids) -> those of them that nobody is busy with, locked
    "ESCALATED": "shop.wiring.escalated",        # (notice, way, actor=, at=): write down that a step was taken
    "ACKNOWLEDGED": "shop.wiring.acknowledged",  # (notice, actor=, at=): and that this has ended it
}
```
"""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.notices.models import Notice
from sync.commands import Actor

_imported = cache(import_string)


def _ours(name: str) -> Any:
    return _imported(settings.NOTICES[name])


def free_tickets(ids: Collection[UUID]) -> Collection[UUID]:
    """Those of these tickets that nobody is busy with, locked until the end of the command."""
    found: Collection[UUID] = _ours("FREE_TICKETS")(ids) if ids else ()
    return found


def escalated(notice: Notice, way: str, *, actor: Actor, at: datetime) -> None:
    """A step was taken, as nobody has acknowledged."""
    _ours("ESCALATED")(notice, way, actor=actor, at=at)


def acknowledged(notice: Notice, *, actor: Actor, at: datetime) -> None:
    """Somebody has acknowledged after such steps."""
    _ours("ACKNOWLEDGED")(notice, actor=actor, at=at)
