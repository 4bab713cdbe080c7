"""Which promises were kept to the requests of an import: by the clocks of all tickets, with the times in the data.

The clocks are judged and forgotten: what the city has closed starts none here. An export says when a request was made,
answered and closed, and of nobody that they arrived. So the promise of somebody on site ends with the resolution, as it
does for a ticket that is resolved without a visit: missed if its time had run out by then, otherwise stopped. Nor does
the data say since when a request waits for something: nothing pauses.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Min

from tickets.clock.judging import Life, calendars
from tickets.clock.models import Target, TicketClock
from tickets.clock.services import FROM_THE_REPORT
from tickets.clock.terms import Policies, Promises
from tickets.complaints.models import Ticket, TicketEvent

Standing = tuple[Target, TicketClock.State | None]
"""What was promised and how it stands; None: it was not promised."""


def promises_kept(tickets: Collection[Ticket], *, at: datetime) -> Counter[Standing]:
    """How many of these imported tickets stand how, at `at`, with each of the promises from the report on."""
    counts: Counter[Standing] = Counter({(target, None): len(tickets) for target in FROM_THE_REPORT})
    for life in lives_as_told(tickets):
        target = Target(life.clock.target)
        counts[target, None] -= 1
        counts[target, life.judge(at).state] += 1
    return counts


def lives_as_told(tickets: Collection[Ticket]) -> list[Life]:
    """The clocks that these imported tickets would have had from the report on, ended by what the data tells.

    A constant number of queries.
    """
    policies = Policies()
    policy_of = {ticket: policies.find(ticket) for ticket in tickets}
    promises = Promises(set(policy_of.values()))
    clocks = [
        clock
        for ticket, policy_id in policy_of.items()
        for target in FROM_THE_REPORT
        if (clock := promises.clock(policy_id, target, ticket, at=ticket.reported_at))
    ]
    by_id = calendars(clock.calendar_id for clock in clocks)
    lives = [Life.begin(clock, by_id[clock.calendar_id]) for clock in clocks]
    answers = _first_answers(tickets)
    for life in lives:
        _end(life, answered_at=answers.get(life.clock.ticket_id))
    return lives


def _end(life: Life, *, answered_at: datetime | None) -> None:
    """What is told by the end of a request was told by then, even if its words were touched again after it."""
    ticket = life.clock.ticket
    over_at = ticket.resolved_at or ticket.closed_at
    met_at = None
    if life.clock.target == Target.FIRST_REPLY:
        met_at = answered_at and min(answered_at, over_at or answered_at)
    elif life.clock.target == Target.RESOLUTION:
        met_at = ticket.resolved_at
    life.end(met_at=met_at, stopped_at=None if met_at else over_at)


def _first_answers(tickets: Collection[Ticket]) -> dict[UUID, datetime]:
    """By ticket, when the city first answered."""
    answers = TicketEvent.objects.filter(ticket__in=tickets, kind="import_answered").order_by()
    return dict(answers.values_list("ticket").annotate(first=Min("occurred_at")))
