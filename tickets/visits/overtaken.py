"""Work on a visit that was called off or given away, or whose ticket ended, while its technician had no signal.

The facts (check-ins, part uses, notes) are kept as they are. How far the technician got is one story, told in one
conflict per visit however many operations it comes in: the dispatcher decides once. Until then the visit stays as it
is; with the device's side kept, the work stands as if it had arrived in time.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.people.access import require_role
from fieldsvc.errors import Conflict
from sync.commands import Actor, command, running
from sync.conflicts.compare import plain
from sync.conflicts.merge import merge_into
from sync.conflicts.models import Conflict as ConflictRow
from sync.conflicts.services import open_conflict
from tickets.complaints.models import Ticket
from tickets.complaints.transitions import ticket_dispatched, ticket_in_progress
from tickets.quotes.coverage import missing_consent
from tickets.quotes.gaps import keep_gap
from tickets.visits import access, selectors, steps, telling
from tickets.visits.assignment import save_in_free_window
from tickets.visits.crew import change_lead, must_lead
from tickets.visits.models import Visit
from tickets.visits.serializers import FindingsInput, ResolvedWorkInput

Status = Visit.Status
ENDED = (Status.COMPLETED, Status.INCOMPLETE)
NOT_CANCELLED = {"cancelled_at": None, "cancelled_by": None, "cancel_reason": "", "decline_reason": ""}


def is_overtaken(visit: Visit, actor: Actor) -> bool:
    """Whether a phone tells of work on a visit that was not to be done any more when we heard of it."""
    pointless = visit.is_active and visit.ticket.status not in Ticket.OPEN
    return actor.offline and (visit.status == Status.CANCELLED or pointless)


def leads_no_more(visit: Visit, actor: Actor) -> bool:
    """Whether a phone tells the end of a visit that it took to be its own to end: somebody else leads by now.

    Raises Conflict("not_the_lead") online, where they can see that.
    """
    if not actor.offline:
        must_lead(visit)
    return not visit.leads


def scopes_of(visit: Visit) -> list[str]:
    """Who sees the conflicts of a visit: the desk of its place, and its technician as long as they have the visit."""
    desk = f"desk:{visit.ticket.territory_id}"
    gone = visit.status == Status.CANCELLED or visit.ticket.archived
    return [desk] if gone else [desk, f"technician:{visit.technician_id}"]


def conflict_scopes(ids: Collection[UUID]) -> Mapping[UUID, Collection[str]]:
    """The same for these visits as they are now."""
    return {visit.pk: scopes_of(visit) for visit in Visit.objects.filter(pk__in=ids).select_related("ticket")}


def keep_story(visit: Visit, *, actor: Actor, occurred_at: datetime, **work: Any) -> None:
    """Put what the technician did (`status` and the fields that go with it) before the dispatcher."""
    work = plain(work)
    steps.flag(visit, "overtaken")
    known = (
        ConflictRow.objects.filter(
            collection="visits",
            doc_id=visit.pk,
            kind=ConflictRow.Kind.OVERTAKEN,
            status=ConflictRow.Status.OPEN,
            device_by=actor.user,
        )
        .select_for_update(of=("self",))  # one that is being resolved is waited for, and then is open no more
        .first()
    )
    if known is not None:
        known.device_value = {**(known.device_value or {}), **work}
        known.save(update_fields=["device_value"])
        running().conflicts.append(known.pk)
        return
    detail = f"{visit.technician.name} worked without signal on what was called off meanwhile. Decide what stands."
    conflict = open_conflict(
        actor=actor,
        occurred_at=occurred_at,
        kind=ConflictRow.Kind.OVERTAKEN,
        collection="visits",
        doc_id=visit.pk,
        server_value=plain(_our_story(visit)),
        device_value=work,
        scopes=scopes_of(visit),
        detail=detail,
    )
    telling.tell_dispatchers_to_decide(
        conflict.pk,
        actor=actor,
        ticket=visit.ticket,
        territory_id=visit.ticket.territory_id,
        detail=detail,
        detail_zh=f"{visit.technician.name} 离线期间完成的上门任务已被取消，请裁定。",
    )


def _our_story(visit: Visit) -> dict[str, Any]:
    """How things stand: what became of visit and ticket, why, by whom, and who has it now."""
    successor = visit.replaced_by.select_related("technician").first()
    return {
        "status": visit.status,
        "ticket_status": visit.ticket.status,
        "cancelled_at": visit.cancelled_at,
        "cancelled_by": visit.cancelled_by.name if visit.cancelled_by else "",
        "reason": visit.cancel_reason or visit.decline_reason,
        "given_to": successor.technician.name if successor else "",
    }


def may_resolve_visit(*, actor: Actor, conflict: ConflictRow) -> None:
    """About overtaken work dispatchers decide, either way; fields are resolved by those who wrote them, too.

    Locks the ticket, as everybody does who writes the visit.
    """
    ticket = Ticket.objects.select_for_update(of=("self",)).get(visits=conflict.doc_id)
    if conflict.kind == ConflictRow.Kind.OVERTAKEN or conflict.device_by != actor.user:
        require_role(actor, *access.DISPATCHERS, territory_id=ticket.territory_id)


@command
def resolve_visit(
    *, actor: Actor, occurred_at: datetime, conflict: ConflictRow, changes: dict[str, Any], base: dict[str, Any]
) -> Visit:
    """Somebody resolved a conflict of this visit with other values than ours.

    Letting overtaken work stand raises what a visit raises: Conflict("visit_overlaps"),
    Conflict("visit_ended_otherwise").
    """
    visit = access.visit_to_resolve(actor, conflict.doc_id)
    if conflict.kind == ConflictRow.Kind.OVERTAKEN:
        form = ResolvedWorkInput(data=changes)
        form.is_valid(raise_exception=True)
        _let_it_stand(visit, actor=actor, occurred_at=occurred_at, work=form.validated_data)
    else:
        findings = FindingsInput(data=changes)
        findings.is_valid(raise_exception=True)
        changed = merge_into(
            visit,
            actor=actor,
            occurred_at=occurred_at,
            collection="visits",
            changes=findings.validated_data,
            base=base,
            scopes=scopes_of(visit),
            lines=["diagnosis"],
            keyed=["checklist_answers"],
        )
        visit.save(update_fields=changed)
    return visit


def _let_it_stand(visit: Visit, *, actor: Actor, occurred_at: datetime, work: dict[str, Any]) -> None:
    """Write the work as it was done, at its times. Whoever was sent instead need not go any more.

    A companion who has ended it for all has led it.
    """
    if visit.leads and visit.status == work["status"]:
        return
    lead = visit if visit.leads else selectors.lead_of(visit)
    if visit.status in ENDED or (work["status"] in ENDED and lead.status in ENDED):
        raise Conflict("visit_ended_otherwise", "This visit has ended with another result.", visit_status=visit.status)
    if not visit.leads and work["status"] in ENDED:
        change_lead(lead, visit)
    elif not visit.leads:
        _let_companion_stand(visit, lead, actor=actor, occurred_at=occurred_at, work=work)
        return
    if work.get("signature_id"):
        selectors.signature_of(visit, work["signature_id"])
    reason = f"{visit.technician.name} had been there already."
    for other in selectors.active_visits(visit.ticket_id).select_related("technician").exclude(pk=visit.pk):
        if other.status != Status.ON_SITE:
            other.ticket = visit.ticket
            steps.call_off(other, actor=actor, at=occurred_at, reason=reason)
    ended = {"completed_at": occurred_at} if work["status"] in ENDED else {}
    for name, value in {**NOT_CANCELLED, **ended, **work}.items():
        setattr(visit, name, value)
    save_in_free_window(visit, override_reason=reason)
    steps.flag(visit, "reinstated")
    steps.take_on(visit, at=visit.accepted_at or visit.travelling_at or visit.arrived_at or occurred_at)
    if visit.arrived_at:
        steps.count_arrival(visit, actor=actor, at=visit.arrived_at)
    if visit.status in ENDED:
        ended_at, completed = visit.completed_at or occurred_at, visit.status == Status.COMPLETED
        if missing := missing_consent(visit.ticket, ended_at, completing=completed):
            keep_gap(visit, missing, actor=actor, at=ended_at)
        steps.end_companions(visit, actor=actor, at=ended_at)
    if visit.ticket.status in Ticket.OPEN:
        _carry_over(visit, actor=actor, occurred_at=occurred_at)


def _let_companion_stand(
    visit: Visit, lead: Visit, *, actor: Actor, occurred_at: datetime, work: dict[str, Any]
) -> None:
    """They went along after all, and are done where the lead is done."""
    if not lead.is_active:
        work = {**work, "status": Status.COMPLETED, "completed_at": lead.completed_at or occurred_at}
    for name, value in {**NOT_CANCELLED, **work}.items():
        setattr(visit, name, value)
    save_in_free_window(visit, override_reason=f"{visit.technician.name} was there.")
    steps.flag(visit, "reinstated")
    steps.take_on(visit, at=visit.accepted_at or visit.travelling_at or visit.arrived_at or occurred_at)
    if visit.arrived_at:
        steps.count_arrival(visit, actor=actor, at=visit.arrived_at)
    steps.crew_changed(visit)


def _carry_over(visit: Visit, *, actor: Actor, occurred_at: datetime) -> None:
    """Let the ticket follow the visit; one that has ended in the meantime stays as it is."""
    ended_at = visit.completed_at or occurred_at
    match visit.status:
        case Status.ACCEPTED | Status.TRAVELLING:
            ticket_dispatched(visit.ticket, actor=actor, occurred_at=occurred_at)
        case Status.ON_SITE:
            ticket_in_progress(visit.ticket, actor=actor, occurred_at=visit.arrived_at or occurred_at)
        case Status.COMPLETED:
            steps.finish(visit, actor=actor, at=ended_at)
        case Status.INCOMPLETE:
            steps.carry_on(visit, actor=actor, at=ended_at)
