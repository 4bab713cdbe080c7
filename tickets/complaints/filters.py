"""Filters of the list of tickets."""

from uuid import UUID

import django_filters as filters
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import Role
from accounts.people.contacts import reads_contacts
from accounts.searching import Typed, WithoutContacts, among, found_by, ids_if_few, text_of
from fieldsvc.time import now
from tickets.clock.models import IS_OPEN, Target, TicketClock
from tickets.complaints.models import Ticket
from tickets.complaints.references import read_reference
from tickets.segments.models import NetworkConnection
from tickets.segments.selectors import HANGS_NOW
from tickets.service_types.models import ServiceType

OF_CLOCKS = [choice for choice in Target.choices if choice[0] != Target.CALLBACK]
"""Callbacks are promised apart from tickets, and have a queue of their own."""
NOT_CONTACTS = ("reference", "title", "contact_name", "complex", "address")
"""What is searched of a ticket, besides the number of its contact."""
CLOCK_STATES = [*TicketClock.State.choices, ("overdue", "Open, and its target has passed")]


class TicketFilter(filters.FilterSet):  # type: ignore[misc]
    """Several values of one filter mean "one of them"."""

    q = filters.CharFilter(
        method="by_words",
        label="Words in reference, title, contact, phone, complex or address; all of them must occur. "
        "Two Latin letters begin a word.",
    )
    search = filters.CharFilter(method="by_words", label="The same as `q`, by its name in other lists.")
    reference = filters.CharFilter(method="by_reference", label="In any notation, as it was heard.")
    status = filters.MultipleChoiceFilter(choices=Ticket.Status.choices)
    open = filters.BooleanFilter(method="only_open", label="Whether somebody still has to do something.")
    service_type = filters.CharFilter(method="of_service_type", label="Its code.")
    territory = filters.UUIDFilter("territory")
    priority = filters.MultipleChoiceFilter(choices=[(number, str(number)) for number in range(1, 5)])
    source = filters.MultipleChoiceFilter(choices=Ticket.Source.choices)
    responsible = filters.UUIDFilter("responsible")
    resident = filters.UUIDFilter("resident")
    site = filters.UUIDFilter("site")
    segment = filters.UUIDFilter(method="of_segment", label="Of the network: its site hangs on it now.")
    account = filters.UUIDFilter("account")
    repeat = filters.BooleanFilter(
        "repeats", lookup_expr="isnull", exclude=True, label="Whether the fault came back after it had been resolved."
    )
    outage = filters.UUIDFilter("outage")
    escalated = filters.BooleanFilter(
        method="only_escalated", label="Whether it is open, and waits for a supervisor to take it up."
    )
    reply_owed = filters.BooleanFilter(
        "reply_owed_since", "isnull", exclude=True, label="Whether the resident waits for an answer to what they wrote."
    )
    follows = filters.UUIDFilter("follows", label="Reports of the same fault that follow this main ticket.")
    reported_after = filters.IsoDateTimeFilter("reported_at", lookup_expr="gte")
    reported_before = filters.IsoDateTimeFilter("reported_at", lookup_expr="lt")
    clock = filters.ChoiceFilter(choices=CLOCK_STATES, method="by_clock", label="A clock of it is in this state.")
    target = filters.ChoiceFilter(choices=OF_CLOCKS, method="by_clock", label="The clock meant by `clock`.")

    class Meta:
        model = Ticket
        fields: list[str] = []

    def by_words(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        """Every word somewhere in `Ticket.search_text`, a phone number in any notation, or a reference as it was heard.

        Raises Invalid("query_too_short").
        """
        typed, reference = Typed.of(value, field=name), read_reference(value)
        or_reference = Q(reference=reference) if reference else Q()
        found = found_by(
            tickets,
            typed.as_it_stands() | or_reference,
            F("search_text"),
            plainly=typed.as_it_stands(plainly=True) | or_reference,
        )
        user = self.request.user
        if reads_contacts(user):
            return found
        # Who is shown the number masked does not find the ticket by it: digit by digit they would know it.
        otherwise = typed.words_plainly() | or_reference
        if user.has_role(Role.TECHNICIAN):
            otherwise |= ~Q(status__in=Ticket.ENDED)
        if user.phone and user.has_role(Role.RESIDENT):
            otherwise |= Q(resident=user, contact_phone=user.phone)
        return found.alias(searched=WithoutContacts(text_of(*NOT_CONTACTS))).filter(otherwise)

    def by_reference(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        """What cannot be a reference is nobody's."""
        return tickets.filter(reference=read_reference(value) or "")

    def of_service_type(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        """By its id, of which PostgreSQL knows how frequent it is."""
        return tickets.filter(service_type=ServiceType.objects.filter(code=value).values_list("pk", flat=True).first())

    def of_segment(self, tickets: QuerySet[Ticket], name: str, value: UUID) -> QuerySet[Ticket]:
        """By the ids of its sites, of which PostgreSQL knows how frequent they are."""
        sites = NetworkConnection.objects.filter(HANGS_NOW, segment=value).values_list("site", flat=True)
        return tickets.filter(site__in=list(sites))

    def only_open(self, tickets: QuerySet[Ticket], name: str, value: bool) -> QuerySet[Ticket]:
        """By whether the fault still waits for somebody."""
        return tickets.filter(status__in=Ticket.OPEN) if value else tickets.exclude(status__in=Ticket.OPEN)

    def only_escalated(self, tickets: QuerySet[Ticket], name: str, value: bool) -> QuerySet[Ticket]:
        """What is done waits for nobody."""
        waits = Q(escalated_at__isnull=False, status__in=Ticket.OPEN)
        return tickets.filter(waits) if value else tickets.exclude(waits)

    def by_clock(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        """Both parameters speak of one clock, so the first of them that is asked for answers for both."""
        state, target = self.data.get("clock"), self.data.get("target")
        if name == "target" and state:
            return tickets
        clocks = TicketClock.objects.filter(**({"target": target} if target else {}))
        if state == "overdue":
            clocks = clocks.filter(IS_OPEN, due_at__lte=now())
            # PostgreSQL thinks that every territory has its share of what is late. Where there is little, it would walk
            # along the list to its end to meet the first fifty.
            few = ids_if_few(among(tickets, ArraySubquery(clocks.order_by().values("ticket"))))
            if few is not None:
                return among(tickets, few)
        elif state in (TicketClock.State.RUNNING, TicketClock.State.PAUSED):
            clocks = clocks.filter(IS_OPEN, state=state)  # says nothing new, but which index has them
        elif state:
            clocks = clocks.filter(state=state)
        return tickets.filter(Exists(clocks.filter(ticket=OuterRef("pk"))))
