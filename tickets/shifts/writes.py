"""What it means when a client library writes an absence: see `sync/writes/`.

| written | means |
|---|---|
| a new one, for days (`first_day`, `last_day`) or from one moment to another (`starts_at`, `ends_at`) | `absence.ask` |
| the `state` cancelled, with `cancel_reason` | `absence.cancel` |
"""

from collections.abc import Iterator

from sync.registry import Meant, Write
from tickets.shifts.models import Absence

COMPUTED = frozenset({"technician_name", "decided_by_name", "decided_at", "answer", "asked_at", "cancelled_at"})
DAYS, MOMENTS = ("first_day", "last_day"), ("starts_at", "ends_at")


def absence_meaning(write: Write) -> Iterator[Meant]:
    """Technicians ask to be away, and may come after all. Whether they may is decided elsewhere."""
    if write.inserted:
        time = DAYS if write.values("first_day") else MOMENTS  # of days the moments follow
        said = {"id": write.id, **write.values("kind", "reason", *time)}
        yield Meant("absence.ask", said, write.changed, write.values("asked_at").get("asked_at"))
    elif write.edited and write.values("state").get("state") == Absence.State.CANCELLED:
        given = write.values("cancel_reason")
        said = {"absence_id": write.id, **({"reason": given["cancel_reason"]} if given else {})}
        fields = frozenset({"state", "cancel_reason"}) & write.changed
        yield Meant("absence.cancel", said, fields, write.values("cancelled_at").get("cancelled_at"))
