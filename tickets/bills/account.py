"""What stands between us and a customer for one ticket: billed, credited, paid, paid back. Sums of rows, never kept.

balance = billed - credited - paid + paid back. Above nothing the customer owes it; below, we do. Compensation is ours
to give, and no part of it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Sum

from fieldsvc.errors import Invalid
from tickets.bills.models import Bill
from tickets.complaints.models import Ticket
from tickets.payments.models import Payment
from tickets.quotes.models import Quote
from tickets.refunds.models import Refund

Kind = Bill.Kind


@dataclass(frozen=True, slots=True)
class Account:
    """All in minor units of one currency; an empty one where there is nothing yet."""

    currency: str
    billed: int
    credited: int
    paid: int
    refunded: int
    promised: int
    """Refunds that were asked for or approved, and have not been paid back yet."""
    compensated: int

    @property
    def balance(self) -> int:
        """See the module."""
        return self.billed - self.credited - self.paid + self.refunded

    @property
    def refundable(self) -> int:
        """What could still be asked back of what was paid."""
        return self.paid - self.refunded - self.promised


def account_of(ticket_id: UUID) -> Account:
    """As the rows have it now."""
    bills = _sums(Bill.objects.filter(ticket=ticket_id).values_list("kind").annotate(sum=Sum("total")))
    paid = Payment.objects.filter(ticket=ticket_id).aggregate(sum=Sum("amount"))["sum"] or 0
    refunds = Refund.objects.filter(ticket=ticket_id).order_by()
    given = _sums(refunds.values_list("status").annotate(sum=Sum("refund")))
    compensated = refunds.filter(status=Refund.Status.PAID).aggregate(sum=Sum("compensation"))["sum"] or 0
    return Account(
        currency=currency_of(ticket_id),
        billed=bills[Kind.BILL],
        credited=bills[Kind.CREDIT_NOTE],
        paid=paid,
        refunded=given[Refund.Status.PAID],
        promised=given[Refund.Status.REQUESTED] + given[Refund.Status.APPROVED],
        compensated=compensated,
    )


def currency_of(ticket_id: UUID) -> str:
    """In which the ticket was quoted; empty if it was not."""
    return Quote.objects.filter(ticket=ticket_id).values_list("currency", flat=True).first() or ""


def require_currency(ticket: Ticket, currency: str) -> None:
    """Raises Invalid("currency_differs"), Invalid("nothing_quoted")."""
    known = currency_of(ticket.pk)
    if not known:
        raise Invalid("nothing_quoted", "Nothing was quoted for this ticket.", field="ticket_id")
    if known != currency:
        raise Invalid("currency_differs", "Pay in the currency of the quote.", field="currency", allowed=[known])


def reckon(ticket: Ticket) -> Account:
    """Write down what of each bill of this locked ticket is outstanding. To be called whenever a row was added."""
    account = account_of(ticket.pk)
    left = account.paid - account.refunded
    credited = _sums(
        Bill.objects.filter(ticket=ticket, kind=Kind.CREDIT_NOTE)
        .order_by()
        .values_list("corrects")
        .annotate(sum=Sum("total"))
    )
    for bill in Bill.objects.filter(ticket=ticket, kind=Kind.BILL).order_by("issued_at", "sequence"):
        owed = bill.total - credited[bill.pk]
        met = max(0, min(owed, left))
        left -= met
        if bill.outstanding != owed - met:
            bill.outstanding = owed - met
            bill.save(update_fields=["outstanding"])
    return account


def _sums(rows: Iterable[tuple[Any, int]]) -> defaultdict[Any, int]:
    return defaultdict(int, rows)
