"""Filters of the list of tickets."""

import django_filters as filters
from django.db.models import Exists, OuterRef, Q, QuerySet

from fieldsvc.time import now
from tickets.clock.models import Target, TicketClock
from tickets.complaints.models import Ticket
from tickets.complaints.references import read_reference

CLOCK_STATES = [*TicketClock.State.choices, ("overdue", "Open, and its target has passed")]


class TicketFilter(filters.FilterSet):  # type: ignore[misc]
    """Several values of one filter mean "one of them"."""

    q = filters.CharFilter(
        method="search", label="Words in reference, title, contact, phone, complex or address; all of them must occur."
    )
    status = filters.MultipleChoiceFilter(choices=Ticket.Status.choices)
    open = filters.BooleanFilter(method="only_open", label="Whether somebody still has to do something.")
    service_type = filters.CharFilter("service_type__code")
    territory = filters.UUIDFilter("territory")
    priority = filters.MultipleChoiceFilter(choices=[(number, str(number)) for number in range(1, 5)])
    source = filters.MultipleChoiceFilter(choices=Ticket.Source.choices)
    responsible = filters.UUIDFilter("responsible")
    resident = filters.UUIDFilter("resident")
    site = filters.UUIDFilter("site")
    account = filters.UUIDFilter("account")
    repeat = filters.BooleanFilter(
        "repeats", lookup_expr="isnull", exclude=True, label="Whether the fault came back after it had been resolved."
    )
    outage = filters.UUIDFilter("outage")
    follows = filters.UUIDFilter("follows", label="Reports of the same fault that follow this main ticket.")
    reported_after = filters.IsoDateTimeFilter("reported_at", lookup_expr="gte")
    reported_before = filters.IsoDateTimeFilter("reported_at", lookup_expr="lt")
    clock = filters.ChoiceFilter(choices=CLOCK_STATES, method="by_clock", label="A clock of it is in this state.")
    target = filters.ChoiceFilter(choices=Target.choices, method="by_clock", label="The clock meant by `clock`.")

    class Meta:
        model = Ticket
        fields: list[str] = []

    def search(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        """Every word somewhere in what the trigram index covers, or a reference as it was read out."""
        words = Q()
        for word in value.lower().split():
            words &= Q(search_text__contains=word)
        reference = read_reference(value)
        return tickets.filter(words | Q(reference=reference) if reference else words)

    def only_open(self, tickets: QuerySet[Ticket], name: str, value: bool) -> QuerySet[Ticket]:
        """By whether the fault still waits for somebody."""
        return tickets.filter(status__in=Ticket.OPEN) if value else tickets.exclude(status__in=Ticket.OPEN)

    def by_clock(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        """Both parameters speak of one clock, so the first of them that is asked for answers for both."""
        state, target = self.data.get("clock"), self.data.get("target")
        if name == "target" and state:
            return tickets
        clocks = TicketClock.objects.filter(ticket=OuterRef("pk"))
        if target:
            clocks = clocks.filter(target=target)
        if state == "overdue":
            clocks = clocks.filter(met_at=None, stopped_at=None, due_at__lte=now())
        elif state:
            clocks = clocks.filter(state=state)
        return tickets.filter(Exists(clocks))
