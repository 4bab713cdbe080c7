"""What is open at a desk when somebody's shift ends, and hand-overs as they are shown."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery

from accounts.models import Territory, User
from sync.rows import with_related
from tickets.callbacks.models import Callback
from tickets.clock.models import IS_OPEN, ClockWarning, Target, TicketClock
from tickets.complaints.models import Ticket
from tickets.handovers.models import HandedMatter, HandOver
from tickets.outages.models import Outage

MOST = 500
"""Of each kind, the most pressing first: nobody hands over more."""


def open_matters(territory: Territory, person: User) -> list[HandedMatter]:
    """What this person answers for here, and what waits for nobody in particular. Three queries.

    - callbacks that were promised: theirs, and those that wait for the team
    - tickets: theirs, while there is work or a promise on them; of nobody's those that wait for a word of ours
    - outages that are not resolved
    """
    matters = [
        HandedMatter(callback=callback, theirs=callback.responsible_id == person.pk, due_at=callback.due_at)
        for callback in _callbacks(territory, person)
    ]
    matters += [
        HandedMatter(
            ticket=ticket,
            theirs=ticket.responsible_id == person.pk,
            due_at=ticket.next_due,
            reply_owed=bool(ticket.reply_owed),
            warned_percent=ticket.warned,
        )
        for ticket in _tickets(territory, person)
    ]
    matters += [HandedMatter(outage=outage, theirs=False) for outage in _outages(territory)]
    return sorted(matters, key=lambda matter: (matter.due_at is None, matter.due_at, matter.pk))


def _callbacks(territory: Territory, person: User) -> QuerySet[Callback]:
    waiting = Callback.objects.filter(Q(responsible=person) | Q(responsible=None), territory=territory, state="open")
    return with_related(waiting.order_by("due_at", "id"), ticket=("reference",))[:MOST]


def _tickets(territory: Territory, person: User) -> QuerySet[Any]:
    """Each with `next_due`, `warned` and `reply_owed`, as a matter has them."""
    clocks = TicketClock.objects.filter(IS_OPEN, ticket=OuterRef("pk")).order_by()
    warnings = ClockWarning.objects.filter(clock__ticket=OuterRef("pk"), clock__met_at=None, clock__stopped_at=None)
    tickets = Ticket.objects.filter(territory=territory).annotate(
        promised=Exists(clocks),
        next_due=Subquery(clocks.values("ticket").annotate(first=Min("due_at")).values("first")),
        warned=Subquery(warnings.order_by().values("clock__ticket").annotate(most=Max("percent")).values("most")),
        reply_owed=Exists(clocks.filter(target=Target.FIRST_REPLY)) | Q(reply_owed_since__isnull=False),
    )
    open_ones = Q(status__in=Ticket.OPEN) | Q(promised=True)
    whose = Q(responsible=person) | Q(responsible=None, reply_owed=True, status__in=Ticket.OPEN)
    return tickets.filter(open_ones, whose).order_by(F("next_due").asc(nulls_last=True), "id")[:MOST]


def _outages(territory: Territory) -> QuerySet[Outage]:
    return Outage.objects.filter(territory=territory, status__in=Outage.OPEN).order_by("id")[:MOST]


def with_shown(hand_overs: QuerySet[HandOver]) -> QuerySet[HandOver]:
    """With names, in one query."""
    return with_related(hand_overs, given_by=("name",), taken_by=("name",))


def matters_with_shown(hand_over_id: UUID) -> QuerySet[HandedMatter]:
    """What is in it, the most pressing first, with what each is about as it is now."""
    return with_related(
        HandedMatter.objects.filter(hand_over=hand_over_id),
        ticket=("reference", "title", "status"),
        callback=("question", "contact_name", "state"),
        outage=("area", "fault", "status"),
    )
