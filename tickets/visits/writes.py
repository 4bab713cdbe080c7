"""What it means when a client library writes a document of these collections: see `sync/writes/`.

| written | means |
|---|---|
| a visit's `diagnosis`, `checklist_answers` | `visit.edit`, on the base of what the device saw |
| a visit's `status` | the steps there: who was without signal all day tells only where they have come to |
| a new check-in, of the `kind` arrival or departure | `visit.check_in`, `visit.check_out` |
| a new check-in, of the `kind` shift_start or shift_end | `shift.clock_in`, `shift.clock_out` |
| the same, of the `kind` shift_start or shift_end | `shift.clock_in`, `shift.clock_out` |
| a new part use, of the `kind` used or returned | `part.use`, `part.return` |
"""

from collections.abc import Iterator
from typing import NamedTuple

from parts.stock.models import Condition
from sync.registry import Body, Meant, Write
from tickets.visits.models import CheckIn, PartUse, Visit

Status = Visit.Status

FINDINGS = ("diagnosis", "checklist_answers")
COMPUTED_OF_VISITS = frozenset(
    {
        "ticket_reference",
        "technician_name",
        "allowed",
        "companions",
        "flags",
        "accepted_at",
        "travelling_at",
        "arrived_at",
        "departed_at",
        "completed_at",
        "cancelled_at",
    }
)


class Step(NamedTuple):
    """How a visit gets to a status: by which operation, and which field of the document says when.

    `says` are the fields of the document that the operation takes, by its own names for them; `needs` is the status in
    which one must have been before.
    """

    kind: str
    at: str
    says: dict[str, str] = {}  # nobody writes into it
    needs: str = ""


RESULT = ("resolution_code", "parts_answer", "signed_by", "signature_id", "no_signature_reason")
STEPS: dict[str, Step] = {
    Status.ACCEPTED: Step("visit.accept", "accepted_at"),
    Status.TRAVELLING: Step("visit.travel", "travelling_at"),
    Status.ON_SITE: Step("visit.check_in", "arrived_at"),
    Status.COMPLETED: Step(
        "visit.complete",
        "completed_at",
        {name: name for name in RESULT},
        needs=Status.ON_SITE,
    ),
    Status.INCOMPLETE: Step(
        "visit.leave_incomplete",
        "completed_at",
        {
            "reason": "incomplete_reason",
            "undiagnosed": "undiagnosed",
            **{name: name for name in ("next_visit_wanted", "next_window_start", "next_window_end", "parts_needed")},
        },
        needs=Status.TRAVELLING,
    ),
    Status.CANCELLED: Step("visit.decline", "cancelled_at", {"reason": "decline_reason"}),
}
WAY: list[str] = [Status.ACCEPTED, Status.TRAVELLING, Status.ON_SITE]
"""To the work, in this order."""


def visit_meaning(write: Write) -> Iterator[Meant]:
    """Technicians write what they found and how far they are. Visits are made and planned at the desk."""
    if not write.edited:
        return
    if found := write.values(*FINDINGS):
        data = {"visit_id": write.id, **found, "base": write.seen(found)}
        yield Meant("visit.edit", data, frozenset(found))
    status = write.values("status").get("status")
    if status in STEPS:
        for name in [*_way(write, status), status]:
            yield _step(write, STEPS[name])


def _way(write: Write, status: str) -> list[str]:
    """The steps before the last one: those that it needs, and those of which the device says when they happened.

    A step that the device or the server knows of already is not taken again.
    """
    known = max(_place(write.base), _place(write.present))
    last = WAY.index(status) if status in WAY else len(WAY)
    needs = STEPS[status].needs
    return [name for name in WAY[:last] if WAY.index(name) > known and (name == needs or write.values(STEPS[name].at))]


def _place(visit: Body | None) -> int:
    """How far along the way this visit is: -1 before its first step."""
    status = (visit or {}).get("status")
    if status in (Status.COMPLETED, Status.INCOMPLETE):
        return len(WAY)
    return WAY.index(status) if status in WAY else -1


def _step(write: Write, step: Step) -> Meant:
    said = {name: value for name, field in step.says.items() for value in write.values(field).values()}
    fields = {"status", *(field for field in step.says.values() if field in write.changed)}
    return Meant(step.kind, {"visit_id": write.id, **said}, frozenset(fields), write.values(step.at).get(step.at))


def check_in_meaning(write: Write) -> Iterator[Meant]:
    """Arrivals, departures and shifts are reported, and stay as they were reported."""
    kinds = {
        CheckIn.Kind.ARRIVAL: "visit.check_in",
        CheckIn.Kind.DEPARTURE: "visit.check_out",
        CheckIn.Kind.SHIFT_START: "shift.clock_in",
        CheckIn.Kind.SHIFT_END: "shift.clock_out",
    }
    yield from _fact(write, kinds, "visit_id", "latitude", "longitude", "accuracy_m", "mock")


def part_use_meaning(write: Write) -> Iterator[Meant]:
    """Parts are fitted or taken back; what was booked wrong is booked back."""
    kinds = {PartUse.Kind.USED: "part.use", PartUse.Kind.RETURNED: "part.return"}
    names = ("visit_id", "part_id", "quantity", "serial", "removed_serial", "condition", "location_id")
    for meant in _fact(write, kinds, *names):
        if meant.kind == "part.return":  # the document does not show it, so a client may not know of it
            meant.data.setdefault("condition", Condition.FAULTY)
        yield meant


def _fact(write: Write, kinds: dict[PartUse.Kind, str] | dict[CheckIn.Kind, str], *fields: str) -> Iterator[Meant]:
    kind = {str(name): operation for name, operation in kinds.items()}.get(str((write.new or {}).get("kind")))
    if write.inserted and kind:
        said = {"id": write.id, **write.values(*fields)}
        yield Meant(kind, said, write.changed, write.values("occurred_at").get("occurred_at"))
