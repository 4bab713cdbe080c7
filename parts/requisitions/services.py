"""Commands on requisitions: ask, withdraw, decide, release, drop the rest."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.people.selectors import people_with_role
from fieldsvc.errors import Conflict, Invalid
from notifications.services import notify
from parts.catalogue.models import Part
from parts.locations.access import location_to_receive, location_to_stock, location_to_use
from parts.locations.models import Location
from parts.quantities import check_quantity
from parts.requisitions import access
from parts.requisitions.models import Requisition, RequisitionLine
from parts.requisitions.progress import NOTHING, approval_of, follow, still_to_send
from parts.requisitions.substitutes import substitutes_for
from parts.stock.services import read_lines
from parts.transfers.services import draft_transfer
from parts.worth import is_within, worth
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import made_before

Status = Requisition.Status
Lines = Sequence[Mapping[str, Any]]

ALLOWED: dict[str, tuple[str, ...]] = {
    Status.PROPOSED: ("approve", "reject"),
    Status.SUBMITTED: ("approve", "reject", "cancel"),
    Status.APPROVED: ("release", "drop_rest", "cancel"),
    Status.PARTLY_APPROVED: ("release", "drop_rest", "cancel"),
    Status.REJECTED: (),
    Status.RELEASED: (),
    Status.CLOSED: (),
    Status.CANCELLED: (),
}
"""What may be done to a requisition in each state. It is not withdrawn once something of it is on a transfer."""

DECISIONS: dict[str, tuple[str, str]] = {
    Status.APPROVED: ("approved", "已批准"),
    Status.PARTLY_APPROVED: ("partly approved", "部分批准"),
    Status.REJECTED: ("rejected", "已驳回"),
    "rest_dropped": ("closed: what has not been sent does not follow", "已关闭,未发部分不再发出"),
}
"""What whoever asked reads of the decision, in English and Chinese."""


@command
def submit_requisition(
    *,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None = None,
    location_id: UUID,
    depot_id: UUID | None = None,
    lines: Lines,
    reason: str = "",
    ticket_id: UUID | None = None,
    visit_id: UUID | None = None,
    needed_by: datetime | None = None,
) -> Requisition:
    """Somebody wants parts for their van or depot: `lines` are `{"part_id", "quantity", "note"}`.

    The part may be provisional. The same id for the same place is the same requisition, sent again. The territory's
    storekeepers are told, and its supervisors if it is worth more than storekeepers approve. Raises
    Conflict("id_taken"), Invalid("part_not_known" | "quantity_not_valid") naming the line, Invalid("depot_not_known"),
    and what `location_to_use` raises.
    """
    location, flags = location_to_use(actor, location_id)
    asked_by = actor.subject.pk if actor.subject else None
    if known := made_before(Requisition, id, location_id=location.pk, requested_by_id=asked_by):
        return known
    return write_requisition(
        actor=actor,
        occurred_at=occurred_at,
        id=id,
        location=location,
        depot=depot_for(location, depot_id),
        lines=lines,
        reason=reason,
        ticket_id=ticket_id,
        visit_id=visit_id,
        needed_by=needed_by,
        flags=flags,
    )


def write_requisition(
    *,
    actor: Actor,
    occurred_at: datetime,
    location: Location,
    depot: Location | None,
    lines: Lines,
    id: UUID | None = None,
    reason: str = "",
    ticket_id: UUID | None = None,
    visit_id: UUID | None = None,
    needed_by: datetime | None = None,
    flags: tuple[str, ...] = (),
) -> Requisition:
    """Parts are wanted at a place that was found fit for it; those who decide are told. Part of commands."""
    requisition = Requisition.objects.create(
        pk=id or uuid7(),
        location=location,
        depot=depot,
        requested_by=actor.subject,
        origin=Requisition.Origin.VISIT if visit_id else Requisition.Origin.BY_HAND,
        reason=reason,
        ticket_id=ticket_id,
        visit_id=visit_id,
        needed_by=needed_by,
        occurred_at=occurred_at,
        received_at=actor.received_at,
        operation_id=actor.operation_id,
        flags=[*actor.flags, *flags],
    )
    read = read_lines(lines)
    RequisitionLine.objects.bulk_create(
        RequisitionLine(
            requisition=requisition,
            number=number,
            part=line.part,
            quantity=line.quantity,
            note=item.get("note", ""),
        )
        for number, (line, item) in enumerate(zip(read, lines, strict=True), start=1)
    )
    value = worth((line.part, line.quantity) for line in read)
    _tell_deciders(requisition, len(read), within_limit=is_within(value, settings.REQUISITION_LIMIT), actor=actor)
    return requisition


def depot_for(location: Location, depot_id: UUID | None) -> Location | None:
    """The depot that was named. It serves the territory; that it was closed meanwhile is for whoever releases it.

    Raises Invalid("depot_not_known").
    """
    if depot_id is None:
        return None
    depot = Location.objects.filter(pk=depot_id, kind__in=(Location.Kind.CENTRAL, Location.Kind.DEPOT)).first()
    if depot is None or depot.territory_id not in (None, location.territory_id):
        raise Invalid("depot_not_known", "Choose a depot that serves this territory.", field="depot_id")
    return depot


@command
def cancel_requisition(*, actor: Actor, occurred_at: datetime, requisition_id: UUID) -> Requisition:
    """Whoever asked needs it no more. Cancelling again changes nothing.

    Raises Conflict("requisition_transition_not_allowed") once it was rejected, or any of the parts are on a transfer.
    """
    requisition = access.own_requisition_to_change(actor, requisition_id)
    if requisition.status == Status.CANCELLED:
        return requisition
    _require(requisition, "cancel")
    if requisition.transfers.exclude(status="cancelled").exists():
        raise _refusal(requisition, [step for step in ALLOWED[requisition.status] if step != "cancel"])
    requisition.status, requisition.ended_at = Status.CANCELLED, occurred_at
    requisition.save(update_fields=["status", "ended_at"])
    return requisition


@command
def approve_requisition(
    *, actor: Actor, occurred_at: datetime, requisition_id: UUID, lines: Lines = (), note: str = ""
) -> Requisition:
    """Somebody else approves: all of it, but of the lines named only so much, or another part instead, which is counted
    in the same unit: `{"line_id", "quantity", "substitute_id"}`.

    What is worth more than `REQUISITION_LIMIT` is approved by a supervisor. Raises Forbidden("own_requisition"),
    Forbidden("above_limit", value=…, limit=…, roles=…), Conflict("requisition_transition_not_allowed"),
    Conflict("nothing_approved"), Invalid("requisition_line_unknown" | "quantity_not_valid" | "not_a_substitute") naming
    the line.
    """
    requisition = access.requisition_to_decide(actor, requisition_id)
    _require(requisition, "approve")
    rows = {row.pk: row for row in requisition.lines.select_related("part__superseded_by")}
    for row in rows.values():
        row.approved = row.quantity
    for index, item in enumerate(lines):
        wanted, path = rows.get(item["line_id"]), f"lines.{index}"
        if wanted is None:
            raise Invalid("requisition_line_unknown", "It has no such line.", field=f"{path}.line_id")
        wanted.approved = _approved(wanted, item.get("quantity", wanted.quantity), field=f"{path}.quantity")
        wanted.substitute = _substitute(wanted, item.get("substitute_id"), field=f"{path}.substitute_id")
    if not any(row.approved for row in rows.values()):
        raise Conflict("nothing_approved", "If nothing of it is to be sent, reject it and say why.")
    approved = ((row.substitute or row.part.booked_as, row.approved or NOTHING) for row in rows.values())
    access.require_high_enough(actor, requisition, worth(approved))
    RequisitionLine.objects.bulk_update(rows.values(), ["approved", "substitute"])
    _decide(requisition, approval_of([*rows.values()]), note=note, actor=actor, at=occurred_at)
    return requisition


@command
def reject_requisition(*, actor: Actor, occurred_at: datetime, requisition_id: UUID, reason: str) -> Requisition:
    """Somebody else says no, and why.

    Raises Forbidden("own_requisition"), Conflict("requisition_transition_not_allowed").
    """
    requisition = access.requisition_to_decide(actor, requisition_id)
    _require(requisition, "reject")
    requisition.ended_at = occurred_at
    _decide(requisition, Status.REJECTED, note=reason, actor=actor, at=occurred_at)
    return requisition


@command
def release_requisition(
    *,
    actor: Actor,
    occurred_at: datetime,
    requisition_id: UUID,
    from_location_id: UUID | None = None,
    lines: Lines | None = None,
    note: str = "",
) -> Requisition:
    """What was approved becomes the draft of a transfer, from the depot that was asked or another one.

    `lines` say which units to take, what instead, or how much for now, as those of a transfer; without them it is all
    that was approved and is on no transfer yet. What remains may be released later, from another depot too. Raises
    Conflict("requisition_transition_not_allowed"), Conflict("same_location"), Invalid("depot_required"), of the lines
    what `create_transfer` and `lines_served` raise, and what `location_to_stock` raises for the depot.
    """
    requisition = access.requisition_to_release(actor, requisition_id)
    _require(requisition, "release")
    depot_id = from_location_id or requisition.depot_id
    if depot_id is None:
        raise Invalid("depot_required", "Say from where it is to be sent.", field="from_location_id")
    source = location_to_stock(actor, depot_id)
    target = location_to_receive(actor, requisition.location_id)
    if source == target:
        raise Conflict("same_location", "The parts are there already. Send them from another place.")
    if lines is None:
        left = still_to_send(requisition)
        rows = [row for row in requisition.lines.all() if left[row.pk]]
        lines = [{"part_id": row.substitute_id or row.part_id, "quantity": left[row.pk]} for row in rows]
    draft_transfer(
        actor=actor,
        occurred_at=occurred_at,
        source=source,
        target=target,
        lines=lines,
        note=note,
        requisition=requisition,
    )
    follow(requisition, at=occurred_at)
    return requisition


@command
def drop_rest(*, actor: Actor, occurred_at: datetime, requisition_id: UUID, reason: str) -> Requisition:
    """What was approved and is on no transfer yet does not follow, and why; whoever asked is told.

    Raises Conflict("requisition_transition_not_allowed").
    """
    requisition = access.requisition_to_release(actor, requisition_id)
    _require(requisition, "drop_rest")
    requisition.drop_reason = reason
    requisition.save(update_fields=["drop_reason"])
    follow(requisition, at=occurred_at)
    _tell_asker(requisition, "rest_dropped", note=reason, actor=actor)
    return requisition


def _require(requisition: Requisition, step: str) -> None:
    allowed = ALLOWED[requisition.status]
    if step not in allowed:
        raise _refusal(requisition, allowed)


def _refusal(requisition: Requisition, allowed: Sequence[str]) -> Conflict:
    return Conflict(
        "requisition_transition_not_allowed",
        f"The requisition is {requisition.get_status_display().lower()}.",
        requisition_status=requisition.status,
        allowed=[*allowed],
    )


def _approved(row: RequisitionLine, quantity: Decimal, *, field: str) -> Decimal:
    if quantity:
        check_quantity(row.part, quantity, field=field)
    if quantity > row.quantity:
        raise Invalid("quantity_not_valid", "Approve at most what is asked for.", field=field)
    return quantity


def _substitute(row: RequisitionLine, part_id: UUID | None, *, field: str) -> Part | None:
    part = row.part.booked_as
    if part_id is None or part_id == part.pk:
        return None
    fitting = substitutes_for([part.pk]).get(part.pk, ())
    if part_id not in fitting:
        raise Invalid(
            "not_a_substitute",
            "Choose a part that may take its place.",
            field=field,
            allowed=sorted(str(other) for other in fitting),
        )
    return Part.objects.get(pk=part_id)


def _decide(requisition: Requisition, status: Status, *, note: str, actor: Actor, at: datetime) -> None:
    requisition.status, requisition.decision_note = status, note
    requisition.decided_by, requisition.decided_at = actor.user, at
    requisition.save(update_fields=["status", "decided_by", "decided_at", "decision_note", "ended_at"])
    _tell_asker(requisition, status, note=note, actor=actor)


def _tell_asker(requisition: Requisition, outcome: str, *, note: str, actor: Actor) -> None:
    if requisition.requested_by is None:
        return
    decision, decision_zh = DECISIONS[outcome]
    notify(
        actor=actor,
        to=[requisition.requested_by],
        kind="requisition_decided",
        subject=("requisitions", requisition.pk),
        text={"decision": decision, "decision_zh": decision_zh, "note": note},
        territory_id=requisition.location.territory_id,
        dedupe_key=f"requisition_decided:{requisition.pk}:{outcome}",
    )


def _tell_deciders(requisition: Requisition, lines: int, *, within_limit: bool, actor: Actor) -> None:
    location = requisition.location
    roles = access.DECIDERS[:1] if within_limit else access.DECIDERS
    deciders = {person for role in roles for person in people_with_role(role, location.territory_id)}
    notify(
        actor=actor,
        to=sorted(deciders - {actor.subject}, key=lambda person: person.pk),
        kind="requisition_submitted",
        subject=("requisitions", requisition.pk),
        text={
            "location": location.name,
            "location_zh": location.name_zh or location.name,
            "lines": lines,
            "reason": requisition.reason,
            "needed_by": requisition.needed_by,
        },
        territory_id=location.territory_id,
        dedupe_key=f"requisition_submitted:{requisition.pk}",
    )
