"""Reads of charges: for lists, for one ticket, and for the books of a month."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from accounts.models import Territory
from fieldsvc.tables import Table
from sync.rows import with_related
from tickets.bills.account import Account, account_of, other_accounts
from tickets.bills.models import Bill
from tickets.complaints.models import Ticket
from tickets.payments.models import Payment, PaymentLink
from tickets.prices.money import written
from tickets.refunds.models import Refund, Repayment
from tickets.refunds.selectors import decided
from tickets.refunds.selectors import with_shown as refunds_with_shown

CHUNK = 2_000


def with_shown(bills: QuerySet[Bill]) -> QuerySet[Bill]:
    """With their lines and the references of their tickets, in two queries."""
    return with_related(bills, ticket=("reference",)).prefetch_related("lines")


def charges_of(ticket: Ticket, audience: str) -> dict[str, Any]:
    """All charges of a ticket; but for the desk without refunds that nobody has agreed to."""
    account = account_of(ticket.pk)
    refunds = refunds_with_shown(Refund.objects.filter(ticket=ticket))
    if audience != "desk":
        refunds = decided(refunds)
    return {
        **_sums(account),
        "other_currencies": [_sums(other) for other in other_accounts(ticket.pk, besides=account.currency)],
        "bills": with_shown(Bill.objects.filter(ticket=ticket)),
        "payments": Payment.objects.filter(ticket=ticket),
        "links": PaymentLink.objects.filter(ticket=ticket),
        "refunds": refunds,
    }


def _sums(account: Account) -> dict[str, Any]:
    names = ("currency", "billed", "credited", "paid", "refunded", "compensated", "balance")
    return {name: getattr(account, name) for name in names}


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a territory, by its own calendar."""

    territory: Territory
    first: date

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Its first moment, and that of the next."""
        zone = ZoneInfo(self.territory.time_zone)
        after = date(self.first.year + self.first.month // 12, self.first.month % 12 + 1, 1)
        begins, ends = (datetime(day.year, day.month, 1, tzinfo=zone).astimezone(UTC) for day in (self.first, after))
        return begins, ends


COLUMNS = (
    "entry",
    "day",
    "number",
    "ticket",
    "customer",
    "method",
    "amount",
    "currency",
    "tax",
    "corrects",
    "note",
    "flags",
)


def books(month: Month) -> Table:
    """Bills, credit notes, payments and what was paid back in a month, as the bookkeeper wants them.

    `amount` adds to what customers owe: bills and what is paid back stand above nothing, credit notes and payments
    below. Compensation owes nobody anything; it stands as an entry of its own. Currencies are never added up.
    """
    name = f"charges-{month.territory.code}-{month.first:%Y-%m}"
    return Table(name=name, columns=COLUMNS, rows=_entries(month))


def _entries(month: Month) -> Iterator[tuple[Any, ...]]:
    zone = ZoneInfo(month.territory.time_zone)

    def row(entry: str, at: datetime, number: str, ticket: str, amount: int, currency: str, **more: Any) -> Any:
        told = {"customer": "", "method": "", "tax": None, "corrects": "", "note": "", "flags": "", **more}
        day, money = at.astimezone(zone).date(), Decimal(written(amount, currency))
        known = {"entry": entry, "day": day, "number": number, "ticket": ticket, "amount": money, "currency": currency}
        return tuple({**told, **known}[column] for column in COLUMNS)

    bounds = month.bounds
    bills = Bill.objects.filter(territory=month.territory, issued_at__gte=bounds[0], issued_at__lt=bounds[1])
    for bill in bills.select_related("ticket", "corrects").order_by("year", "sequence").iterator(CHUNK):
        sign = 1 if bill.kind == Bill.Kind.BILL else -1
        yield row(
            bill.kind,
            bill.issued_at,
            bill.number,
            bill.ticket.reference,
            sign * bill.total,
            bill.currency,
            customer=bill.customer_name,
            tax=Decimal(written(sign * sum(bill.taxes.values()), bill.currency)),
            corrects=bill.corrects.number if bill.corrects else "",
            note=bill.reason,
        )
    payments = Payment.objects.filter(territory=month.territory)
    payments = payments.filter(occurred_at__gte=bounds[0], occurred_at__lt=bounds[1]).select_related("ticket")
    for payment in payments.order_by("occurred_at", "id").iterator(CHUNK):
        yield row(
            "payment",
            payment.occurred_at,
            payment.receipt_number,
            payment.ticket.reference,
            -payment.amount,
            payment.currency,
            method=payment.method,
            note=payment.note,
            flags=" ".join(payment.flags),
        )
    yield from _given_back(month, row)


def _given_back(month: Month, row: Callable[..., Any]) -> Iterator[Any]:
    """What reached customers; and, standing against it, what their banks have sent back since."""
    begins, ends = month.bounds
    rows = Repayment.objects.filter(territory=month.territory).select_related("refund__ticket", "refund__bill")
    rows = rows.filter(
        Q(confirmed_at__gte=begins, confirmed_at__lt=ends) | Q(failed_at__gte=begins, failed_at__lt=ends)
    )
    for repayment in rows.order_by("confirmed_at", "id").iterator(CHUNK):
        refund = repayment.refund
        for sign, at in ((1, repayment.confirmed_at), (-1, repayment.failed_at)):
            if at is None or not begins <= at < ends:
                continue
            for entry, amount in (("refund", repayment.refunded), ("compensation", repayment.compensation)):
                if amount:
                    yield row(
                        entry,
                        at,
                        repayment.receipt_number or repayment.provider_id,
                        refund.ticket.reference,
                        sign * amount,
                        refund.currency,
                        method="link" if repayment.payment_id else "",
                        corrects=refund.bill.number if refund.bill else "",
                        note=refund.reason,
                    )


def month_of(territory_id: UUID, first: date) -> Month:
    """Of a territory that exists."""
    return Month(Territory.objects.get(pk=territory_id), first)
