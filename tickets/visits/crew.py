"""Several technicians on one visit: the lead, who answers for it, and companions, who go along.

Each has a visit of their own, so each accepts or declines, travels, checks in and out, writes down findings, takes
photos, uses parts from their own van, and is promised to nobody else meanwhile: all of that like everybody. What is
said for all of them (completed, left incomplete, declined) is said by the lead: see `steps.py`. Here are the commands
by which a crew comes together and its lead changes. The ticket is locked in all of them, and with it its visits.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from fieldsvc.errors import Conflict, Invalid
from notifications.services import stop_waiting
from sync import work
from sync.commands import Actor, command
from sync.repeats import made_before
from tickets.complaints.timeline import record_event
from tickets.complaints.transitions import ticket_dispatched, ticket_in_progress
from tickets.visits import access, selectors, steps, telling
from tickets.visits.assignment import companion_to_send, must_be_to_come, save_in_free_window
from tickets.visits.models import Visit
from tickets.visits.names import first_name
from tickets.visits.recording import record

Status = Visit.Status


@command
def add_companion(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    technician_id: UUID,
    id: UUID | None = None,
    window_start: datetime | None = None,
    window_end: datetime | None = None,
    override_reason: str = "",
) -> Visit:
    """Somebody else goes along to a visit, for the whole of its window unless told otherwise. Answers their visit.

    It is sent to them at once if the lead's was sent. The same id again is the same visit. Raises
    Conflict("visit_ended"), Conflict("not_the_lead") for the visit of a companion, Conflict("already_in_crew"),
    Invalid("window_in_past"), and what `companion_to_send` and `save_in_free_window` raise.
    """
    lead = access.visit_to_dispatch(actor, visit_id)
    before = made_before(Visit, id, technician_id=technician_id, ticket_id=lead.ticket_id)
    if before is not None:
        return before
    must_lead(lead)
    if not lead.is_active:
        raise Conflict("visit_ended", "This visit has ended. Plan another one.", visit_status=lead.status)
    must_not_be_in_crew(lead, technician_id)
    companion = _going_along(lead, technician_id, override_reason)
    companion.pk = id or companion.pk
    companion.window_start = window_start or lead.window_start
    companion.window_end = window_end or lead.window_end
    must_be_to_come(companion.window_end, at=occurred_at)
    join(companion, actor=actor, at=occurred_at)
    return companion


def join(companion: Visit, *, actor: Actor, at: datetime) -> None:
    """A new visit goes along with its lead's. Raises what `save_in_free_window` raises."""
    save_in_free_window(companion, override_reason=companion.override_reason)
    record(companion, "companion_added", actor=actor, at=at)
    steps.crew_changed(companion)
    if companion.companion_of and companion.companion_of.dispatched_at:
        steps.dispatch(companion, actor=actor, at=at)


def add_companions(lead: Visit, technician_ids: Collection[UUID], *, actor: Actor, at: datetime) -> None:
    """A visit is planned with these companions from the beginning. Raises what `add_companion` raises."""
    for technician_id in technician_ids:
        must_not_be_in_crew(lead, technician_id)
        join(_going_along(lead, technician_id, lead.override_reason), actor=actor, at=at)


def _going_along(lead: Visit, technician_id: UUID, override_reason: str) -> Visit:
    """Raises what `companion_to_send` raises."""
    return Visit(
        ticket=lead.ticket,
        companion_of=lead,
        technician=companion_to_send(lead.ticket, technician_id, override_reason=override_reason),
        window_start=lead.window_start,
        window_end=lead.window_end,
        override_reason=override_reason,
    )


@command
def hand_over_lead(
    *, actor: Actor, occurred_at: datetime, visit_id: UUID, companion_id: UUID | None, reason: str = ""
) -> Visit:
    """The lead, or the desk, asks a companion (by their visit) to lead from now on; None takes that back.

    Until they have said yes (`take_lead`), the first one goes on answering for it. Raises Conflict("not_the_lead"),
    Conflict("visit_ended"), Invalid("companion_unknown") for anybody who does not go along (any more).
    """
    visit = access.visit_to_hand_over(actor, visit_id)
    must_lead(visit)
    if not visit.is_active:
        raise Conflict(
            "visit_ended", "This visit has ended. Nobody answers for it any more.", visit_status=visit.status
        )
    if visit.lead_offered_to_id == companion_id:
        return visit
    companions = {companion.pk: companion for companion in selectors.active_companions(visit)}
    if companion_id is not None and companion_id not in companions:
        raise Invalid("companion_unknown", "Choose somebody who goes along.", field="companion_id")
    if visit.lead_offered_to_id:
        stop_waiting(("visits", visit.lead_offered_to_id))
    work.change(visit, lead_offered_to_id=companion_id)
    if companion_id is not None:
        companion = companions[companion_id]
        about = {"visit_id": visit.pk, "technician": first_name(companion.technician.name), "reason": reason}
        event = record_event(
            visit.ticket, actor=actor, occurred_at=occurred_at, kind="lead_offered", public=False, data=about
        )
        telling.ask_to_lead(companion, actor=actor, lead=visit, reason=reason, once_for=event.pk)
    return visit


@command
def take_lead(*, actor: Actor, occurred_at: datetime, visit_id: UUID) -> Visit:
    """A companion who was asked to takes over the lead: they answer for the ticket now, and the former lead goes along.

    Who leads already, leads. Raises Conflict("lead_not_offered") when it was taken back, or never was theirs.
    """
    visit = access.own_visit_to_change(actor, visit_id)
    if visit.leads and visit.is_active:
        return visit
    former = _offered_by(visit)
    stop_waiting(("visits", visit.pk))
    if visit.status in (Status.SCHEDULED, Status.DISPATCHED):
        steps.accept(visit, actor=actor, at=occurred_at)
    change_lead(former, visit)
    steps.take_on(visit, at=occurred_at)
    if visit.status == Status.ON_SITE:
        ticket_in_progress(visit.ticket, actor=actor, occurred_at=occurred_at)
    else:
        ticket_dispatched(visit.ticket, actor=actor, occurred_at=occurred_at)
    about = {"visit_id": visit.pk, "technician": first_name(visit.technician.name)}
    event = record_event(visit.ticket, actor=actor, occurred_at=occurred_at, kind="lead_taken", public=True, data=about)
    telling.tell_former_lead(former, actor=actor, lead=visit, once_for=event.pk)
    return visit


@command
def decline_lead(*, actor: Actor, occurred_at: datetime, visit_id: UUID, reason: str) -> Visit:
    """A companion who was asked to does not take over the lead, and goes along as before.

    Raises Conflict("lead_not_offered") when it was taken back, or never was theirs.
    """
    visit = access.own_visit_to_change(actor, visit_id)
    lead = _offered_by(visit)
    stop_waiting(("visits", visit.pk))
    work.change(lead, lead_offered_to_id=None)
    about = {"visit_id": visit.pk, "technician": first_name(visit.technician.name), "reason": reason}
    event = record_event(visit.ticket, actor=actor, occurred_at=occurred_at, kind="lead_kept", public=False, data=about)
    telling.tell_lead_of_refusal(lead, actor=actor, companion=visit, reason=reason, once_for=event.pk)
    return visit


def change_lead(former: Visit, new: Visit) -> None:
    """`new`, a companion's visit, leads from now on; whoever went along with `former` goes along with it, and so does
    that one."""
    work.change(former, lead_offered_to_id=None)
    work.change(new, companion_of_id=None)
    Visit.objects.filter(companion_of=former).exclude(pk=new.pk).update(companion_of=new)
    work.change(former, companion_of=new)


def must_lead(visit: Visit) -> None:
    """Raises Conflict("not_the_lead") with the visit that leads."""
    if not visit.leads:
        raise Conflict("not_the_lead", "Say that of the visit of whoever leads.", lead=visit.companion_of_id)


def must_not_be_in_crew(lead: Visit, technician_id: UUID) -> None:
    """Raises Conflict("already_in_crew") with the visit that this technician has there already."""
    for visit in (lead, *selectors.active_companions(lead)):
        if visit.technician_id == technician_id:
            raise Conflict("already_in_crew", "They go there already. Choose somebody else.", visit=visit.pk)


def _offered_by(visit: Visit) -> Visit:
    lead = None if visit.leads else selectors.lead_of(visit)
    if lead is None or lead.lead_offered_to_id != visit.pk or not (lead.is_active and visit.is_active):
        raise Conflict("lead_not_offered", "Nobody asks you to lead this visit any more.")
    return lead
