"""The life of a ticket: one table of what leads from where to where, and the changes that visits bring about.

| by | steps |
|---|---|
| the desk | triage, hold, resume, resolve (without a visit), cancel |
| visits | dispatch, begin, finish, plan_again |
| the resident, or time | confirm, close, reopen (also what was cancelled), cancel |
| the desk, about reports of one fault (`following.py`) | merge, separate |

Who follows a main ticket goes along with it, step by step (`lead`): held with it, resumed, dispatched, begun, resolved.

A first reply has been given as soon as somebody of ours has taken the report up and the resident can see it: at
triage, dispatch, resolution without a visit, a public note or a message of the desk, whichever comes first. That a
machine sent the reference number is not a reply.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Max

from fieldsvc.errors import Conflict
from sync import work
from sync.commands import Actor
from tickets.clock.models import Target
from tickets.clock.services import meet_clock, pause_clocks, resume_clocks
from tickets.complaints.access import lock_tickets
from tickets.complaints.models import Ticket, TicketEvent
from tickets.complaints.telling import resolution_texts, tell_resident
from tickets.complaints.timeline import record_event
from tickets.outages.ending import main_ticket_resolved

Status = Ticket.Status
UNDER_WAY = frozenset({Status.NEW, Status.TRIAGED, Status.DISPATCHED, Status.IN_PROGRESS})


class Step(NamedTuple):
    """A step in the life of a ticket. `behind` are states in which it has been taken before."""

    sources: frozenset[Status]
    target: Status
    behind: frozenset[Status] = frozenset()


STEPS: dict[str, Step] = {
    "triage": Step(
        frozenset({Status.NEW}),
        Status.TRIAGED,
        frozenset({Status.TRIAGED, Status.DISPATCHED, Status.IN_PROGRESS, Status.ON_HOLD}),
    ),
    "hold": Step(UNDER_WAY, Status.ON_HOLD),
    # Back to where it was held: see `resume`.
    "resume": Step(frozenset({Status.ON_HOLD}), Status.TRIAGED, UNDER_WAY),
    # A further visit can be sent while somebody is still on site.
    "dispatch": Step(
        frozenset({Status.NEW, Status.TRIAGED, Status.ON_HOLD}),
        Status.DISPATCHED,
        frozenset({Status.DISPATCHED, Status.IN_PROGRESS}),
    ),
    "begin": Step(
        frozenset({Status.NEW, Status.TRIAGED, Status.DISPATCHED, Status.ON_HOLD}),
        Status.IN_PROGRESS,
        frozenset({Status.IN_PROGRESS}),
    ),
    # No visit is left and the fault is still there.
    "plan_again": Step(
        frozenset({Status.DISPATCHED, Status.IN_PROGRESS}),
        Status.TRIAGED,
        frozenset({Status.NEW, Status.TRIAGED, Status.ON_HOLD}),
    ),
    "finish": Step(UNDER_WAY | {Status.ON_HOLD}, Status.RESOLVED, frozenset({Status.RESOLVED, Status.CLOSED})),
    "resolve": Step(frozenset({Status.NEW, Status.TRIAGED, Status.ON_HOLD}), Status.RESOLVED),
    "cancel": Step(
        frozenset({Status.NEW, Status.TRIAGED, Status.ON_HOLD, Status.MERGED}),
        Status.CANCELLED,
        frozenset({Status.CANCELLED}),
    ),
    "merge": Step(frozenset({Status.NEW, Status.TRIAGED, Status.ON_HOLD}), Status.MERGED, frozenset({Status.MERGED})),
    # Of a ticket that follows another one unmerged, too: see `following.part`.
    "separate": Step(frozenset({Status.MERGED}), Status.TRIAGED),
    "confirm": Step(frozenset({Status.RESOLVED}), Status.CLOSED, frozenset({Status.CLOSED})),
    "close": Step(frozenset({Status.RESOLVED}), Status.CLOSED, frozenset({Status.CLOSED})),
    # What was cancelled by mistake, too.
    "reopen": Step(
        frozenset({Status.RESOLVED, Status.CLOSED, Status.CANCELLED}), Status.TRIAGED, UNDER_WAY | {Status.ON_HOLD}
    ),
}
"""Cancelling or resolving a ticket to which somebody is on the way is refused: cancel the visit first, so that whoever
is driving hears of it."""


JOINING = frozenset({"merge", "separate"})
"""Steps for which another ticket has to be named: `/tickets/{id}/duplicates` offers them."""


def allowed_steps(status: str) -> list[str]:
    """The steps that lead on from this state by themselves."""
    return [name for name, step in STEPS.items() if status in step.sources and name not in JOINING]


def can_take(ticket: Ticket, name: str) -> bool:
    """Whether the step leads on from where the ticket is."""
    return ticket.status in STEPS[name].sources


def must_take(ticket: Ticket, name: str, *, actor: Actor) -> bool:
    """Whether the step has still to be taken. False only for a phone that reports what has been reached already.

    Raises Conflict("transition_not_allowed") with the present status and the steps allowed from it.
    """
    if can_take(ticket, name):
        return True
    if actor.offline and ticket.status in STEPS[name].behind:
        return False
    raise Conflict(
        "transition_not_allowed",
        f"This ticket is {ticket.get_status_display().lower()}. Choose one of the allowed steps.",
        ticket_status=ticket.status,
        allowed=allowed_steps(ticket.status),
    )


def move(ticket: Ticket, status: Status, **values: Any) -> None:
    """Set the state and what goes with it, and save. Whoever is not on hold has no hold reason."""
    work.change(ticket, **{"hold_reason": "", "held_from": "", **values, "status": status})


def first_reply_given(ticket: Ticket, *, actor: Actor, occurred_at: datetime) -> None:
    """Somebody of ours has taken the report up, and the resident can see it. Only the first time counts."""
    meet_clock(ticket, Target.FIRST_REPLY, at=occurred_at, received_at=actor.received_at)


def reply_given(ticket: Ticket, *, actor: Actor, occurred_at: datetime) -> None:
    """Somebody of ours has spoken with the resident, or written to them: an answer to whatever they had asked."""
    first_reply_given(ticket, actor=actor, occurred_at=occurred_at)
    if ticket.reply_owed_since is not None:
        work.change(ticket, reply_owed_since=None)


def ticket_dispatched(ticket: Ticket, *, actor: Actor, occurred_at: datetime) -> None:
    """A visit was sent out. A ticket on hold goes on."""
    if _reach("dispatch", ticket, actor=actor, occurred_at=occurred_at):
        first_reply_given(ticket, actor=actor, occurred_at=occurred_at)


def ticket_in_progress(ticket: Ticket, *, actor: Actor, occurred_at: datetime) -> None:
    """Somebody stands in front of it."""
    if _reach("begin", ticket, actor=actor, occurred_at=occurred_at):
        first_reply_given(ticket, actor=actor, occurred_at=occurred_at)


def ticket_back_for_planning(ticket: Ticket, *, actor: Actor, occurred_at: datetime) -> None:
    """The last visit fell through or left work behind: the ticket waits to be planned again."""
    if ticket.status == Status.ON_HOLD:
        move(ticket, Status.ON_HOLD, hold_reason=ticket.hold_reason, held_from=Status.TRIAGED)
    elif _reach("plan_again", ticket, actor=actor, occurred_at=occurred_at):
        record_event(ticket, actor=actor, occurred_at=occurred_at, kind="ticket_back_for_planning", public=True)


def ticket_resolved(ticket: Ticket, *, actor: Actor, occurred_at: datetime, resolution_code: str) -> None:
    """The fault was repaired at a visit, at `occurred_at`."""
    values = resolution(resolution_code, actor=actor, at=occurred_at, remotely=False)
    if _reach("finish", ticket, actor=actor, occurred_at=occurred_at, values=values):
        tell_resolved(ticket, actor=actor, occurred_at=occurred_at, kind="ticket_resolved")


def resolution(code: str, *, actor: Actor, at: datetime, remotely: bool) -> dict[str, Any]:
    """The columns of a ticket that was resolved at `at`.

    The resident's time to confirm begins when we hear of it: work that a phone reports a week later has not been
    answered by silence.
    """
    return {
        "reply_owed_since": None,
        "resolution_code": code,
        "resolved_remotely": remotely,
        "resolved_at": at,
        "confirm_until": max(at, actor.received_at) + timedelta(days=settings.CONFIRMATION_DAYS),
    }


def confirmation_ends(ticket: Ticket) -> datetime:
    """Until when somebody may say that it is not repaired after all, or should not have been cancelled."""
    ended_at = ticket.resolved_at or ticket.closed_at
    assert ended_at is not None, "the ticket was resolved or cancelled"
    return ticket.confirm_until or ended_at + timedelta(days=settings.CONFIRMATION_DAYS)


def tell_resolved(ticket: Ticket, *, actor: Actor, occurred_at: datetime, kind: str) -> None:
    """The promise of a resolution is kept, and the resident is told; so is everybody who follows.

    A registered resident hears the result by this very change; for anybody else that clock runs until we call.
    """
    _tell_resolved(ticket, resolution_texts(ticket), actor=actor, occurred_at=occurred_at, kind=kind)
    lead(ticket, "finish", actor=actor, occurred_at=occurred_at)
    main_ticket_resolved(ticket, at=occurred_at)


def _tell_resolved(ticket: Ticket, texts: Mapping[str, str], *, actor: Actor, occurred_at: datetime, kind: str) -> None:
    meet_clock(ticket, Target.RESOLUTION, at=occurred_at, received_at=actor.received_at)
    event = record_event(ticket, actor=actor, occurred_at=occurred_at, kind=kind, public=True, data=texts)
    tell_resident(ticket, actor=actor, kind="ticket_resolved", once_for=event.pk, text=dict(texts))
    if ticket.resident_id:
        result_told(ticket, actor=actor, occurred_at=occurred_at)


def result_told(ticket: Ticket, *, actor: Actor, occurred_at: datetime) -> None:
    """The customer knows the result."""
    meet_clock(ticket, Target.RESULT_TOLD, at=occurred_at, received_at=actor.received_at)


def go_on(ticket: Ticket, *, actor: Actor, occurred_at: datetime) -> None:
    """What we waited for is there: the ticket on hold goes on where it was held."""
    move(ticket, Status(ticket.held_from))
    resume_clocks(ticket, actor=actor, at=occurred_at)
    record_event(ticket, actor=actor, occurred_at=occurred_at, kind="ticket_resumed", public=True)
    lead(ticket, "resume", actor=actor, occurred_at=occurred_at)


def heard_from_resident(ticket: Ticket, *, actor: Actor, occurred_at: datetime) -> None:
    """The resident has written, chosen or answered: if that is what the ticket was on hold for, it goes on.

    Who follows is held with the main ticket. What was said before we asked is no answer.
    """
    if ticket.hold_reason == Ticket.HoldReason.WAITING_FOR_RESIDENT and ticket.follows_id is None:
        held = TicketEvent.objects.filter(ticket=ticket, kind="ticket_held").aggregate(at=Max("occurred_at"))["at"]
        if held is None or occurred_at >= held:
            go_on(ticket, actor=actor, occurred_at=occurred_at)


def _reach(
    name: str, ticket: Ticket, *, actor: Actor, occurred_at: datetime, values: Mapping[str, Any] | None = None
) -> bool:
    """Take a step that a visit brings about; False when the ticket is there already. Going on ends a hold."""
    if ticket.status in STEPS[name].behind:
        return False
    must_take(ticket, name, actor=actor)
    was_held = ticket.status == Status.ON_HOLD
    move(ticket, STEPS[name].target, **(values or {}))
    if was_held:
        resume_clocks(ticket, actor=actor, at=occurred_at)
    if name in LED:
        lead(ticket, name, actor=actor, occurred_at=occurred_at)
    return True


# Those who follow

LED = {
    "hold": "ticket_held",
    "resume": "ticket_resumed",
    "dispatch": "main_dispatched",
    "begin": "main_begun",
    "plan_again": "ticket_back_for_planning",
}
"""By step of the main ticket, what the timelines of those who follow tell of it: nothing of whose ticket that is."""


def lead(main: Ticket, name: str, *, actor: Actor, occurred_at: datetime) -> None:
    """The main ticket has taken this step (of `LED`, or `finish`): whoever follows it and is not done goes along."""
    for follower in followers_of(main):
        if follower.status in Ticket.UNRESOLVED:
            go_along(follower, main, name, actor=actor, occurred_at=occurred_at)


def go_along(follower: Ticket, main: Ticket, name: str, *, actor: Actor, occurred_at: datetime) -> None:
    """What this step of the main ticket means for one that follows it, whose promises are judged by it.

    With `finish` each resident is told, and confirms or reopens for themselves. A merged one gets no other state.
    """
    at = max(occurred_at, follower.reported_at)
    if name == "finish":
        values = resolution(main.resolution_code, actor=actor, at=at, remotely=main.resolved_remotely)
        move(follower, Status.RESOLVED, **values)
        first_reply_given(follower, actor=actor, occurred_at=at)
        kind = "ticket_resolved_remotely" if main.resolved_remotely else "ticket_resolved"
        _tell_resolved(follower, resolution_texts(main), actor=actor, occurred_at=at, kind=kind)
        return
    if follower.status != Status.MERGED:
        move(follower, Status(main.status), hold_reason=main.hold_reason, held_from=main.held_from)
    if name == "hold":
        pause_clocks(follower, actor=actor, at=at, reason=main.hold_reason)
    else:
        resume_clocks(follower, actor=actor, at=at)
    if name == "begin":
        meet_clock(follower, Target.ON_SITE, at=at, received_at=actor.received_at)
    data = {"reason": main.hold_reason} if name == "hold" else {}
    record_event(follower, actor=actor, occurred_at=at, kind=LED[name], public=True, data=data)


def followers_of(main: Ticket) -> list[Ticket]:
    """The tickets that follow this one, which the caller has locked; locked too. Within a command."""
    return read_followers([main.pk])


def read_followers(ticket_ids: Collection[UUID]) -> list[Ticket]:
    """Lock and read those who follow these locked tickets together, for the commands that will lead them."""
    unread = {ticket_id for ticket_id in ticket_ids if not work.remembers(_followers(ticket_id))}
    if unread:
        found = lock_tickets(Ticket.objects.filter(follows__in=unread))
        for ticket_id in unread:
            work.remember(_followers(ticket_id), [row for row in found if row.follows_id == ticket_id])
    return [follower for ticket_id in ticket_ids for follower in work.recall(_followers(ticket_id))]


def forget_followers(main: Ticket) -> None:
    """Somebody follows it now, or does so no more."""
    work.forget(_followers(main.pk))


def _followers(ticket_id: UUID) -> tuple[str, UUID]:
    return "followers", ticket_id
