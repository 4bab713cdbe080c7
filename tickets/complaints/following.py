"""Reports of one fault: one of them is the main ticket, the others follow it. Parts of commands.

| | linked | merged |
|---|---|---|
| is work of its own | no: goes along with the main ticket, state by state | no: `merged`, until that is resolved |
| promises to its resident | go on, and are kept by what happens at the main ticket | the same |
| resolution of the main ticket | resolves it; its resident confirms, rates or reopens | the same |
| undone | by `part`, as long as it is not resolved; by reopening after that | the same |

Nobody follows somebody who follows: whoever joins brings their own followers along. Main tickets and those who follow
are of one territory. The resident of neither learns anything of the other.
"""

from collections.abc import Collection
from datetime import datetime

from fieldsvc.errors import Conflict
from sync import work
from sync.commands import Actor
from tickets.clock.services import resume_clocks
from tickets.complaints.models import Ticket
from tickets.complaints.telling import tell_resident
from tickets.complaints.timeline import record_event
from tickets.complaints.transitions import (
    first_reply_given,
    followers_of,
    forget_followers,
    go_along,
    move,
    must_take,
    read_followers,
)
from tickets.visits.selectors import active_visits

Status = Ticket.Status
STEP_BEHIND = {Status.ON_HOLD: "hold", Status.DISPATCHED: "dispatch", Status.IN_PROGRESS: "begin"}
"""The step of a main ticket, by its state, that whoever joins it now has still to go along with."""


def join(
    ticket: Ticket, main: Ticket, *, actor: Actor, occurred_at: datetime, merged: bool, quiet: bool = False
) -> None:
    """From now on `ticket` follows `main`, an open ticket that follows nobody; both are locked.

    Its resident hears that we know of the fault, which is our first reply to them; `quiet` leaves it to the caller to
    tell them more. Their other promises go on. Raises Conflict("transition_not_allowed"), Conflict("visits_planned").
    """
    if ticket.follows_id != main.pk:
        must_take(ticket, "merge", actor=actor)
        nobody_is_coming(ticket)
    brought = followers_of(ticket)
    move(
        ticket,
        Status.MERGED if merged else Status.TRIAGED,
        follows=main,
        responsible=ticket.responsible or main.responsible or actor.user,
    )
    resume_clocks(ticket, actor=actor, at=occurred_at)
    how = "merged" if merged else "linked"
    about = {"main": main.reference, "main_id": main.pk, "how": how}
    event = record_event(ticket, actor=actor, occurred_at=occurred_at, kind="ticket_joined", public=True, data=about)
    _tell_main(main, ticket, "ticket_leads", actor=actor, occurred_at=occurred_at, how=how)
    for other in brought:
        work.change(other, follows=main)
        _tell_main(main, other, "ticket_leads", actor=actor, occurred_at=occurred_at, how="linked")
    if not quiet:
        tell_resident(ticket, actor=actor, kind="ticket_joined", once_for=event.pk, text={})
    first_reply_given(ticket, actor=actor, occurred_at=occurred_at)
    forget_followers(main)
    forget_followers(ticket)
    if step := STEP_BEHIND.get(Status(main.status)):
        go_along(ticket, main, step, actor=actor, occurred_at=occurred_at)


def part(ticket: Ticket, main: Ticket, *, actor: Actor, occurred_at: datetime, reason: str) -> None:
    """`ticket` is work of its own again, with the promises that it has always had; both are locked."""
    move(ticket, Status.TRIAGED, follows=None, outage=None)
    resume_clocks(ticket, actor=actor, at=occurred_at)
    about = {"main": main.reference, "main_id": main.pk, "reason": reason}
    record_event(ticket, actor=actor, occurred_at=occurred_at, kind="ticket_separated", public=True, data=about)
    leave(ticket, main, actor=actor, occurred_at=occurred_at, reason=reason)


def leave(ticket: Ticket, main: Ticket, *, actor: Actor, occurred_at: datetime, reason: str) -> None:
    """The main ticket is left by one that does not follow it any more."""
    forget_followers(main)
    _tell_main(main, ticket, "ticket_left", actor=actor, occurred_at=occurred_at, reason=reason)


def hand_on(main: Ticket, *, actor: Actor, occurred_at: datetime) -> Ticket | None:
    """The main ticket is cancelled. For those who follow it the fault is still there: one of them leads from now on.

    It is the first that was reported, before all that were merged. Answers it, or None if nobody followed.
    """
    heirs = [ticket for ticket in followers_of(main) if ticket.status in Ticket.UNRESOLVED]
    if not heirs:
        return None
    first, *others = sorted(heirs, key=lambda heir: (heir.status == Status.MERGED, heir.reported_at, heir.pk))
    part(first, main, actor=actor, occurred_at=occurred_at, reason="")
    if main.outage_id is not None:
        work.change(first, outage_id=main.outage_id)
    for other in others:
        work.change(other, follows=first)
        _tell_main(first, other, "ticket_leads", actor=actor, occurred_at=occurred_at, how="linked")
    forget_followers(first)
    return first


def part_strays(moved: Collection[Ticket], *, actor: Actor, occurred_at: datetime, reason: str) -> None:
    """These tickets went to another territory: nobody follows across the border. All are locked."""
    together = {ticket.pk for ticket in moved}
    read_followers(together)
    for ticket in moved:
        if ticket.follows is not None and ticket.follows.pk not in together and ticket.status in Ticket.UNRESOLVED:
            part(ticket, ticket.follows, actor=actor, occurred_at=occurred_at, reason=reason)
        for follower in followers_of(ticket):
            if follower.pk not in together and follower.status in Ticket.UNRESOLVED:
                part(follower, ticket, actor=actor, occurred_at=occurred_at, reason=reason)


def nobody_is_coming(ticket: Ticket) -> None:
    """Raises Conflict("visits_planned"), so that nobody travels to a complaint that is none any more."""
    visits = [str(visit.pk) for visit in active_visits(ticket.pk)]
    if visits:
        raise Conflict("visits_planned", "A visit is planned. Have the desk cancel it first.", visits=visits)


def _tell_main(main: Ticket, other: Ticket, kind: str, *, actor: Actor, occurred_at: datetime, **more: str) -> None:
    """For our own people: a resident is told nothing of other residents."""
    about = {"other": other.reference, "other_id": other.pk, **more}
    record_event(main, actor=actor, occurred_at=occurred_at, kind=kind, public=False, data=about)
