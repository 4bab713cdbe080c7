"""What each step of a visit brings about: its own fields, the ticket, the clocks, the timeline, who hears of it.

Whether the step may be taken is not asked here: commands (`services.py`) do that first, and have the visit and its
ticket locked. `at` is when it happened, perhaps hours before we hear of it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
from tickets.visits.models import Visit
from tickets.visits.names import first_name
from tickets.visits.on_the_way import tell_on_the_way

Status = Visit.Status


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
    """The same technician comes at another time. Raises what `save_in_free_window` raises."""
    visit.window_start, visit.window_end = window_start, window_end
    save_in_free_window(visit, override_reason=override_reason, by_plan=by_plan)
    told = {"window_start": window_start, "window_end": window_end}
    event = record_event(visit.ticket, actor=actor, occurred_at=at, kind="visit_moved", public=True, data=told)
    telling.tell_technician_of_another_time(visit, actor=actor, once_for=event.pk)
    tell_resident(visit.ticket, actor=actor, kind="visit_scheduled", once_for=event.pk, text=told)


def dispatch(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """It is sent to the technician. Who answers for the ticket changes only when they accept."""
    work.change(visit, status=Status.DISPATCHED, dispatched_at=at)
    ticket_dispatched(visit.ticket, actor=actor, occurred_at=at)
    record(visit, "visit_dispatched", actor=actor, at=at)
    telling.tell_technician_to_go(visit, actor=actor)


def accept(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """The technician takes it on."""
    work.change(visit, status=Status.ACCEPTED)
    take_on(visit, at=at)
    record(visit, "visit_accepted", actor=actor, at=at)


def take_on(visit: Visit, *, at: datetime) -> None:
    """From now on this technician answers for the ticket, and nobody waits for an acknowledgement any more."""
    if visit.accepted_at is None:
        work.change(visit, accepted_at=at, dispatched_at=visit.dispatched_at or at)
    if visit.ticket.responsible_id != visit.technician_id:
        work.change(visit.ticket, responsible=visit.technician)
    stop_waiting(("visits", visit.pk))


def decline(visit: Visit, *, actor: Actor, at: datetime, reason: str) -> None:
    """The technician cannot take it. Why is for the desk alone to read."""
    work.change(visit, status=Status.CANCELLED, cancelled_at=at, cancelled_by=actor.user, decline_reason=reason)
    stop_waiting(("visits", visit.pk))
    record(visit, "visit_declined", actor=actor, at=at, public=False, reason=reason)
    plan_again(visit.ticket, actor=actor, at=at)


def note_refusal(visit: Visit, *, actor: Actor, at: datetime, reason: str) -> None:
    """They would not have come, had it not been called off before we heard of it. Why is for the desk alone to read."""
    record(visit, "visit_declined", actor=actor, at=at, public=False, reason=reason)


def travel(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """The technician has set out."""
    work.change(visit, status=Status.TRAVELLING, travelling_at=at)
    take_on(visit, at=at)
    ticket_dispatched(visit.ticket, actor=actor, occurred_at=at)
    record(visit, "technician_travelling", actor=actor, at=at)
    tell_on_the_way(visit, actor=actor, at=at)


def arrive(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """The technician stands in front of it."""
    work.change(visit, status=Status.ON_SITE, arrived_at=at)
    take_on(visit, at=at)
    ticket_in_progress(visit.ticket, actor=actor, occurred_at=at)
    count_arrival(visit, actor=actor, at=at)
    telling.tell_resident(visit, actor=actor, at=at, kind="technician_arrived")


def count_arrival(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """The promise that somebody would be there is judged by `at`, whenever we hear of it."""
    # A phone's clock may claim an arrival before the complaint; no promise is kept before it was made.
    kept_at = max(at, visit.ticket.reported_at)
    meet_clock(visit.ticket, Target.ON_SITE, at=kept_at, received_at=actor.received_at)
    record(visit, "technician_arrived", actor=actor, at=at)


def depart(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """The technician has left. What became of the work is said by other steps."""
    work.change(visit, departed_at=at)
    record(visit, "technician_left", actor=actor, at=at)


def complete(visit: Visit, *, actor: Actor, at: datetime, result: Mapping[str, Any]) -> None:
    """The work is done, with this result (fields of the visit), and so is the ticket."""
    work.change(visit, status=Status.COMPLETED, completed_at=at, **result)
    finish(visit, actor=actor, at=at)


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


def carry_on(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """An incomplete visit leaves its ticket to be planned again. Why is for the desk to read."""
    record(visit, "visit_incomplete", actor=actor, at=at)
    left_open = {"reason": visit.incomplete_reason, "parts_needed": visit.parts_needed}
    record(visit, "visit_left_open", actor=actor, at=at, public=False, **left_open)
    plan_again(visit.ticket, actor=actor, at=at)
    if visit.undiagnosed:
        escalate_if_nobody_knows(visit, actor=actor, at=at)


def call_off(visit: Visit, *, actor: Actor, at: datetime, reason: str) -> None:
    """The technician need not go, and hears of it. What becomes of the ticket is the caller's business."""
    work.change(visit, status=Status.CANCELLED, cancelled_at=at, cancelled_by=actor.user, cancel_reason=reason)
    stop_waiting(("visits", visit.pk))
    telling.tell_technician_it_is_off(visit, actor=actor)


def cancel(visit: Visit, *, actor: Actor, at: datetime, reason: str) -> None:
    """Nobody goes there for now."""
    call_off(visit, actor=actor, at=at, reason=reason)
    record(visit, "visit_cancelled", actor=actor, at=at)
    plan_again(visit.ticket, actor=actor, at=at)


def replace(old: Visit, new: Visit, *, actor: Actor, at: datetime) -> None:
    """Somebody else goes there: `new` takes the place of `old`, which was called off, and gets as far as that had."""
    record(new, "visit_reassigned", actor=actor, at=at)
    if (new.window_start, new.window_end) != (old.window_start, old.window_end):
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


def record(visit: Visit, kind: str, *, actor: Actor, at: datetime, public: bool = True, **data: Any) -> None:
    """Write it into the ticket's timeline. The data of public events must be fit for the resident to read."""
    facts = {"visit_id": visit.pk, "technician": first_name(visit.technician.name), **data}
    record_event(visit.ticket, actor=actor, occurred_at=at, kind=kind, public=public, data=facts)
