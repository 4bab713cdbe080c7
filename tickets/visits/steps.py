"""What each step of a visit brings about: its own fields, the ticket, the clocks, the timeline, who hears of it.

Whether the step may be taken is not asked here: commands (`services.py`) do that first, and have the visit and its
ticket locked. `at` is when it happened, perhaps hours before we hear of it.

Of a crew the lead's steps move the ticket, and what ends the lead's visit ends those of the companions.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from notifications.services import stop_waiting
from sync import work
from sync.commands import Actor
from tickets.clock.models import Target
from tickets.clock.services import meet_clock
from tickets.complaints.models import Ticket
from tickets.complaints.telling import tell_resident
from tickets.complaints.timeline import record_event
from tickets.complaints.transitions import (
    ticket_back_for_planning,
    ticket_dispatched,
    ticket_in_progress,
    ticket_resolved,
)
from tickets.escalations.services import escalate_if_nobody_knows
from tickets.installations.services import wait_for_acceptance
from tickets.visits import selectors, telling
from tickets.visits.assignment import save_in_free_window
from tickets.visits.fitness import missing_skills
from tickets.visits.models import Visit
from tickets.visits.on_the_way import tell_on_the_way
from tickets.visits.recording import record

Status = Visit.Status
LACKS_SKILL = "crew_lacks_skill"
"""The flag of a visit whose crew together has not all the skills that it wants."""


def schedule(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """It is planned, and promised to the resident."""
    record(
        visit,
        "visit_scheduled",
        actor=actor,
        at=at,
        window_start=visit.window_start,
        window_end=visit.window_end,
    )
    telling.tell_resident(visit, actor=actor, at=at, kind="visit_scheduled")


def move(
    visit: Visit,
    *,
    actor: Actor,
    at: datetime,
    window_start: datetime,
    window_end: datetime,
    override_reason: str = "",
    by_plan: bool = False,
) -> None:
    """The same technician comes at another time, and whoever goes along. Raises what `save_in_free_window` raises."""
    promised = visit.window_start, visit.window_end
    visit.window_start, visit.window_end = window_start, window_end
    save_in_free_window(visit, override_reason=override_reason, by_plan=by_plan)
    told = {"window_start": window_start, "window_end": window_end}
    event = record_event(visit.ticket, actor=actor, occurred_at=at, kind="visit_moved", public=visit.leads, data=told)
    telling.tell_technician_of_another_time(visit, actor=actor, once_for=event.pk)
    if visit.leads:
        tell_resident(visit.ticket, actor=actor, kind="visit_scheduled", once_for=event.pk, text=told)
        move_companions(visit, promised, actor=actor, once_for=event.pk, override_reason=override_reason)


def move_companions(
    visit: Visit, promised: tuple[datetime, datetime], *, actor: Actor, once_for: UUID, override_reason: str = ""
) -> None:
    """Whoever goes along goes along at the other time, too, as long before or after as it was."""
    for companion in selectors.active_companions(visit):
        if companion.status in Visit.PLANNED:
            same = (companion.window_start, companion.window_end) == promised
            later = visit.window_start - promised[0]
            companion.window_start = visit.window_start if same else companion.window_start + later
            companion.window_end = visit.window_end if same else companion.window_end + later
            save_in_free_window(companion, override_reason=override_reason)
            telling.tell_technician_of_another_time(companion, actor=actor, once_for=once_for)


def dispatch(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """It is sent to the technician. Who answers for the ticket changes only when they accept."""
    work.change(visit, status=Status.DISPATCHED, dispatched_at=at)
    if visit.leads:
        ticket_dispatched(visit.ticket, actor=actor, occurred_at=at)
        record(visit, "visit_dispatched", actor=actor, at=at)
    telling.tell_technician_to_go(visit, actor=actor)
    for companion in selectors.active_companions(visit):
        if companion.status == Status.SCHEDULED:
            dispatch(companion, actor=actor, at=at)


def accept(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """The technician takes it on."""
    work.change(visit, status=Status.ACCEPTED)
    take_on(visit, at=at)
    record(visit, "visit_accepted" if visit.leads else "companion_accepted", actor=actor, at=at, public=visit.leads)


def take_on(visit: Visit, *, at: datetime) -> None:
    """From now on the lead answers for the ticket, and nobody waits for an acknowledgement any more."""
    if visit.accepted_at is None:
        work.change(visit, accepted_at=at, dispatched_at=visit.dispatched_at or at)
    if visit.leads and visit.ticket.responsible_id != visit.technician_id:
        work.change(visit.ticket, responsible=visit.technician)
    stop_waiting(("visits", visit.pk))


def decline(visit: Visit, *, actor: Actor, at: datetime, reason: str) -> None:
    """The technician cannot take it: the lead for all of the crew. Why is for the desk alone to read."""
    work.change(visit, status=Status.CANCELLED, cancelled_at=at, cancelled_by=actor.user, decline_reason=reason)
    stop_waiting(("visits", visit.pk))
    note_refusal(visit, actor=actor, at=at, reason=reason)
    if visit.leads:
        _call_off_companions(visit, actor=actor, at=at, reason="")
        plan_again(visit.ticket, actor=actor, at=at)
    else:
        telling.tell_dispatchers_of_missing_companion(visit, actor=actor)
        crew_changed(visit)


def note_refusal(visit: Visit, *, actor: Actor, at: datetime, reason: str) -> None:
    """They do not come, or would not have, had it not been called off before we heard of it. For the desk to read."""
    kind = "visit_declined" if visit.leads else "companion_declined"
    record(visit, kind, actor=actor, at=at, public=False, reason=reason)


def travel(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """The technician has set out."""
    work.change(visit, status=Status.TRAVELLING, travelling_at=at)
    take_on(visit, at=at)
    if visit.leads:
        ticket_dispatched(visit.ticket, actor=actor, occurred_at=at)
    record(visit, "technician_travelling", actor=actor, at=at)
    if visit.leads:
        tell_on_the_way(visit, actor=actor, at=at)


def arrive(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """The technician stands in front of it."""
    work.change(visit, status=Status.ON_SITE, arrived_at=at)
    take_on(visit, at=at)
    if visit.leads:
        ticket_in_progress(visit.ticket, actor=actor, occurred_at=at)
    count_arrival(visit, actor=actor, at=at)
    if visit.leads:
        telling.tell_resident(visit, actor=actor, at=at, kind="technician_arrived")


def credit_arrival(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """A companion was there before the lead ended the visit of all, and we hear of it only now."""
    if not visit.leads and visit.arrived_at is None and visit.completed_at and at <= visit.completed_at:
        work.change(visit, arrived_at=at)
        count_arrival(visit, actor=actor, at=at)


def count_arrival(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """The promise that somebody would be there is judged by `at`, whenever we hear of it: a companion is somebody."""
    # A phone's clock may claim an arrival before the complaint; no promise is kept before it was made.
    kept_at = max(at, visit.ticket.reported_at)
    meet_clock(visit.ticket, Target.ON_SITE, at=kept_at, received_at=actor.received_at)
    record(visit, "technician_arrived", actor=actor, at=at)


def depart(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """The technician has left. What became of the work is said by other steps, by the lead; a companion is done."""
    work.change(visit, departed_at=at)
    record(visit, "technician_left", actor=actor, at=at)
    if not visit.leads and visit.is_active:
        take_on(visit, at=at)
        work.change(visit, status=Status.COMPLETED, completed_at=at)
        crew_changed(visit)


def complete(visit: Visit, *, actor: Actor, at: datetime, result: Mapping[str, Any]) -> None:
    """The work is done, with this result (fields of the visit), and so is the ticket."""
    work.change(visit, status=Status.COMPLETED, completed_at=at, **result)
    finish(visit, actor=actor, at=at)
    end_companions(visit, actor=actor, at=at)


def finish(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """A completed visit resolves its ticket. What is new has to be accepted."""
    record(visit, "visit_completed", actor=actor, at=at)
    ticket_resolved(visit.ticket, actor=actor, occurred_at=at, resolution_code=visit.resolution_code)
    if visit.ticket.service_type.is_installation:
        wait_for_acceptance(visit, actor=actor, at=at)


def leave_incomplete(visit: Visit, *, actor: Actor, at: datetime, result: Mapping[str, Any]) -> None:
    """The technician leaves with the fault still there; the desk plans what comes next."""
    work.change(visit, status=Status.INCOMPLETE, completed_at=at, **result)
    carry_on(visit, actor=actor, at=at)
    end_companions(visit, actor=actor, at=at)


def carry_on(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """An incomplete visit leaves its ticket to be planned again. Why is for the desk to read."""
    record(visit, "visit_incomplete", actor=actor, at=at)
    left_open = {"reason": visit.incomplete_reason, "parts_needed": visit.parts_needed}
    record(visit, "visit_left_open", actor=actor, at=at, public=False, **left_open)
    plan_again(visit.ticket, actor=actor, at=at)
    if visit.undiagnosed:
        escalate_if_nobody_knows(visit, actor=actor, at=at)


def end_companions(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """The lead has ended it for all who go along. Whoever has not even accepted by then need not come any more.

    A phone without signal may still tell that they were there: see `credit_arrival`.
    """
    for companion in selectors.active_companions(visit):
        if companion.accepted_at is None:
            call_off(companion, actor=actor, at=at, reason="")
        else:
            work.change(companion, status=visit.status, completed_at=at)


def call_off(visit: Visit, *, actor: Actor, at: datetime, reason: str, crew_stays: bool = False) -> None:
    """The technician need not go, and hears of it. What becomes of the ticket is the caller's business."""
    work.change(visit, status=Status.CANCELLED, cancelled_at=at, cancelled_by=actor.user, cancel_reason=reason)
    stop_waiting(("visits", visit.pk))
    telling.tell_technician_it_is_off(visit, actor=actor)
    if not crew_stays:
        _call_off_companions(visit, actor=actor, at=at, reason=reason)


def _call_off_companions(visit: Visit, *, actor: Actor, at: datetime, reason: str) -> None:
    for companion in selectors.active_companions(visit):
        call_off(companion, actor=actor, at=at, reason=reason)


def cancel(visit: Visit, *, actor: Actor, at: datetime, reason: str) -> None:
    """Nobody goes there for now; of a crew, this companion does not, or need not stay."""
    if visit.leads:
        call_off(visit, actor=actor, at=at, reason=reason)
        record(visit, "visit_cancelled", actor=actor, at=at)
        plan_again(visit.ticket, actor=actor, at=at)
        return
    if visit.status == Status.ON_SITE:  # who was there, was there
        work.change(visit, status=Status.COMPLETED, completed_at=at)
        telling.tell_technician_it_is_off(visit, actor=actor, reason=reason)
    else:
        call_off(visit, actor=actor, at=at, reason=reason)
    record(visit, "companion_called_off", actor=actor, at=at, public=False, reason=reason)
    crew_changed(visit)


def crew_changed(visit: Visit) -> None:
    """A companion has joined or left: nobody is asked to lead who has left, and what all of them lack is flagged."""
    lead = visit if visit.leads else selectors.lead_of(visit)
    companions = selectors.active_companions(lead)
    if lead.lead_offered_to_id and lead.lead_offered_to_id not in {companion.pk for companion in companions}:
        work.change(lead, lead_offered_to=None)
    lacking = not lead.override_reason and missing_skills(
        lead.ticket.service_type_id, [lead.technician_id, *(companion.technician_id for companion in companions)]
    )
    flags = [flag for flag in lead.flags if flag != LACKS_SKILL]
    work.change(lead, flags=[*flags, LACKS_SKILL] if lacking else flags)


def replace(old: Visit, new: Visit, *, actor: Actor, at: datetime) -> None:
    """Somebody else goes there: `new` takes the place of `old`, which was called off, and gets as far as that had."""
    record(new, "visit_reassigned", actor=actor, at=at)
    if new.leads and (new.window_start, new.window_end) != (old.window_start, old.window_end):
        telling.tell_resident(new, actor=actor, at=at, kind="visit_scheduled")
    if old.dispatched_at:
        dispatch(new, actor=actor, at=at)


def plan_again(ticket: Ticket, *, actor: Actor, at: datetime) -> None:
    """The ticket goes back to planning, if it is still open and nobody is on it any more."""
    if ticket.status in Ticket.OPEN and not selectors.active_visits(ticket.pk).exists():
        ticket_back_for_planning(ticket, actor=actor, occurred_at=at)


def flag(visit: Visit, name: str) -> None:
    """Mark the visit for whoever reviews it; a flag stands once."""
    if name not in visit.flags:
        work.change(visit, flags=[*visit.flags, name])
