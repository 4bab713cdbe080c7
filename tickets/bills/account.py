"""What stands between us and a customer for one ticket: billed, credited, paid, paid back. Sums of rows, never kept.

balance = billed - credited - paid + paid back. Above nothing the customer owes it; below, we do. Compensation is ours
to give, and no part of it.

A ticket is quoted and billed in one currency. What came in another one all the same is an account of its own: it pays
no bill, and is never added to anything else.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Sum

from fieldsvc.errors import Invalid
from tickets.bills.models import Bill
from tickets.complaints.models import Ticket
from tickets.payments.models import Payment
from tickets.quotes.models import Quote
from tickets.refunds.models import Refund, Repayment

Kind = Bill.Kind
_OF_PAID = Sum(F("amount") - F("compensation"))


@dataclass(frozen=True, slots=True)
class Account:
    """All in minor units of one currency; an empty one where there is nothing yet."""

    currency: str
    billed: int
    credited: int
    paid: int
    refunded: int
    promised: int
    """Refunds that were asked for or approved, and have not reached the customer yet."""
    compensated: int

    @property
    def balance(self) -> int:
        """See the module."""
        return self.billed - self.credited - self.paid + self.refunded

    @property
    def refundable(self) -> int:
        """What could still be asked back of what was paid."""
        return self.paid - self.refunded - self.promised


def account_of(ticket_id: UUID, currency: str = "") -> Account:
    """As the rows have it now, in the currency of the ticket if no other is named."""
    currency = currency or currency_of(ticket_id)
    rows = {"ticket": ticket_id, "currency": currency}
    bills = _sums(Bill.objects.filter(**rows).order_by().values_list("kind").annotate(sum=Sum("total")))
    paid = Payment.objects.filter(**rows).aggregate(sum=Sum("amount"))["sum"] or 0
    requested = Refund.objects.filter(**rows, status=Refund.Status.REQUESTED).aggregate(sum=Sum("refund"))["sum"] or 0
    repayments = Repayment.objects.filter(refund__ticket=ticket_id, refund__currency=currency)
    given = repayments.filter(status=Repayment.Status.CONFIRMED).aggregate(
        refunded=_OF_PAID, compensated=Sum("compensation")
    )
    on_the_way = repayments.filter(Repayment.OPEN).aggregate(sum=_OF_PAID)["sum"] or 0
    return Account(
        currency=currency,
        billed=bills[Kind.BILL],
        credited=bills[Kind.CREDIT_NOTE],
        paid=paid,
        refunded=given["refunded"] or 0,
        promised=requested + on_the_way,
        compensated=given["compensated"] or 0,
    )


def other_accounts(ticket_id: UUID, *, besides: str) -> list[Account]:
    """One for each further currency in which money came for the ticket, besides its own."""
    paid = Payment.objects.filter(ticket=ticket_id).order_by().values_list("currency", flat=True)
    return [account_of(ticket_id, currency) for currency in sorted({*paid} - {besides})]


def currency_of(ticket_id: UUID) -> str:
    """In which the ticket was quoted; if it was not, in which its customer paid first; empty if they did not either."""
    paid = Payment.objects.filter(ticket=ticket_id).values_list("currency", flat=True)
    return _quoted_in(ticket_id) or paid.first() or ""


def require_currency(ticket: Ticket, currency: str) -> None:
    """Payments are in the currency of the quote. Raises Invalid("currency_differs"), Invalid("nothing_quoted")."""
    known = _quoted_in(ticket.pk)
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


def _quoted_in(ticket_id: UUID) -> str:
    return Quote.objects.filter(ticket=ticket_id).values_list("currency", flat=True).first() or ""


def _sums(rows: Iterable[tuple[Any, int]]) -> defaultdict[Any, int]:
    return defaultdict(int, rows)
