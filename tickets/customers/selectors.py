"""What an agent is shown of a customer, in a number of statements that does not depend on how much that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from accounts.models import User
from notifications.models import Notice
from tickets.bills.models import Bill
from tickets.bills.selectors import with_shown as bills_with_shown
from tickets.callbacks.models import Callback
from tickets.callbacks.selectors import with_shown as callbacks_with_shown
from tickets.calls.models import Call
from tickets.calls.selectors import with_shown as calls_with_shown
from tickets.complaints.models import Note, Ticket
from tickets.complaints.selectors import notes_with_shown, with_people
from tickets.customers.access import Customer
from tickets.payments.models import Payment
from tickets.quotes.models import Quote
from tickets.quotes.selectors import with_shown as quotes_with_shown
from tickets.refunds.models import Refund
from tickets.refunds.selectors import with_shown as refunds_with_shown
from tickets.sites.models import Asset, ServiceAccount, Site
from tickets.sites.selectors import with_swaps
from tickets.visits.models import Visit
from tickets.visits.selectors import with_shown

NEWEST = 20
"""So many of each are shown; the lists of each have all of them."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The newest of all that is known of a customer, and how many tickets there are."""

    people: Sequence[User]
    sites: Sequence[Site]
    accounts: Sequence[ServiceAccount]
    assets: Sequence[Asset]
    open_tickets: int
    past_tickets: int
    tickets: Sequence[Ticket]
    visits: Sequence[Visit]
    messages: Sequence[Note]
    quotes: Sequence[Quote]
    bills: Sequence[Bill]
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    calls: Sequence[Call]
    callbacks: Sequence[Callback]
    notices: Sequence[Notice]


def overview(customer: Customer) -> Overview:
    """In seventeen statements, and those for lines of charges and for what was replaced in the equipment."""
    is_open = Q(status__in=Ticket.OPEN)
    counts = customer.tickets.aggregate(open=Count("pk", filter=is_open), past=Count("pk", filter=~is_open))
    theirs = list(customer.tickets.order_by().values_list("pk", flat=True))
    visits = with_shown(Visit.objects.filter(ticket__in=theirs))
    messages = notes_with_shown(Note.objects.filter(ticket__in=theirs, kind=Note.Kind.MESSAGE))
    notices = Notice.objects.filter(user__in=customer.people.order_by().values("pk"), ticket_id__in=theirs)
    return Overview(
        people=_newest(customer.people, "-pk"),
        sites=_newest(customer.sites, "-pk"),
        accounts=_newest(customer.accounts, "-pk"),
        assets=_newest(with_swaps(customer.assets), "-pk"),
        open_tickets=counts["open"],
        past_tickets=counts["past"],
        tickets=_newest(with_people(customer.tickets), "-reported_at", "-pk"),
        visits=_newest(visits, "-window_start", "-pk"),
        quotes=_newest(quotes_with_shown(Quote.objects.filter(ticket__in=theirs)), "-occurred_at", "-pk"),
        bills=_newest(bills_with_shown(Bill.objects.filter(ticket__in=theirs)), "-issued_at", "-pk"),
        payments=_newest(Payment.objects.filter(ticket__in=theirs).select_related("ticket"), "-occurred_at", "-pk"),
        refunds=_newest(refunds_with_shown(Refund.objects.filter(ticket__in=theirs)), "-requested_at", "-pk"),
        messages=_newest(messages, "-occurred_at", "-pk"),
        calls=_newest(calls_with_shown(customer.calls), "-started_at", "-pk"),
        callbacks=_newest(callbacks_with_shown(customer.callbacks), "due_at", "pk"),
        notices=_newest(notices, "-created_at", "-pk"),
    )


def _newest(rows: Any, *order: str) -> list[Any]:
    return list(rows.order_by(*order)[:NEWEST])
