"""What is to be billed for a ticket: what the customer agreed to, as far as it was really used, and not billed before.

Of a part, no more than was fitted; of work, what was agreed to, or less where the desk says that less was done. A quote
never comes to more than the total that was signed. What is free stands on the bill with its reason and costs nothing.
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, Sum

from fieldsvc.errors import Invalid
from tickets.bills.models import Bill, BillLine
from tickets.complaints.models import Ticket
from tickets.prices.models import PriceItem
from tickets.prices.money import cost
from tickets.quotes.coverage import used_parts
from tickets.quotes.models import Quote, QuoteLine

NOTHING = Decimal(0)


def lines_to_bill(ticket: Ticket, done: Mapping[UUID, Decimal]) -> list[BillLine]:
    """New lines, not saved, in the order of the agreements. `done` says by line of a quote how much work it was.

    Raises Invalid("line_unknown"), Invalid("quantity_above_consent").
    """
    agreed = _agreed_lines(ticket)
    _must_be_work(agreed, done)
    billed = _billed(ticket)
    left = {part: quantity for _, part, quantity in used_parts([ticket.pk])}
    for line in agreed:
        if line.item.part_id in left:
            left[line.item.part_id] -= billed.get(line.pk, NOTHING)
    allowance = _allowance(ticket)
    lines: list[BillLine] = []
    for line in agreed:
        if line.item.kind == PriceItem.Kind.PART:
            unused = line.quantity - billed.get(line.pk, NOTHING)
            quantity = max(NOTHING, min(unused, left.get(line.item.part_id, NOTHING)))  # type: ignore[arg-type]
            if not quantity:
                continue
            left[line.item.part_id] -= quantity  # type: ignore[index]
        elif line.pk in billed:
            continue
        else:
            quantity = done.get(line.pk, line.quantity)
        lines.append(_bill_line(line, quantity, allowance, number=len(lines) + 1))
    return lines


def _agreed_lines(ticket: Ticket) -> list[QuoteLine]:
    accepted = Q(quote__status=Quote.Status.ACCEPTED)
    free = Q(quote__status=Quote.Status.SHOWN, amount=0)
    lines = QuoteLine.objects.filter(accepted | free, quote__ticket=ticket).select_related("item", "quote")
    return list(lines.order_by("quote__answered_at", "quote__occurred_at", "quote_id", "number"))


def _must_be_work(agreed: list[QuoteLine], done: Mapping[UUID, Decimal]) -> None:
    work = {line.pk: line.quantity for line in agreed if line.item.kind == PriceItem.Kind.SERVICE}
    for index, (line_id, quantity) in enumerate(done.items()):
        if line_id not in work:
            raise Invalid("line_unknown", "Choose work that the customer agreed to.", field=f"done[{index}].line_id")
        if quantity > work[line_id]:
            detail = "Bill no more than the customer agreed to, or let them agree to more."
            raise Invalid("quantity_above_consent", detail, field=f"done[{index}].quantity")


def _billed(ticket: Ticket) -> dict[UUID, Decimal]:
    """By line of a quote, how much of it stands on bills."""
    lines = BillLine.objects.filter(bill__ticket=ticket, bill__kind=Bill.Kind.BILL).order_by()
    return dict(lines.values_list("quote_line").annotate(sum=Sum("quantity")))


def _allowance(ticket: Ticket) -> dict[UUID, int]:
    """By quote, what of the signed total is not billed yet."""
    totals = dict(Quote.objects.filter(ticket=ticket).values_list("pk", "total"))
    lines = BillLine.objects.filter(bill__ticket=ticket, bill__kind=Bill.Kind.BILL).order_by()
    billed = defaultdict(int, lines.values_list("quote_line__quote").annotate(sum=Sum("amount")))
    return {quote: total - billed[quote] for quote, total in totals.items()}


def _bill_line(line: QuoteLine, quantity: Decimal, allowance: dict[UUID, int], *, number: int) -> BillLine:
    amount = 0 if line.free_reason else min(cost(line.unit_price, quantity), allowance[line.quote_id])
    allowance[line.quote_id] -= amount
    return BillLine(
        number=number,
        quote_line=line,
        name=line.name,
        name_zh=line.name_zh,
        unit=line.unit,
        quantity=quantity,
        unit_price=line.unit_price,
        tax_rate=line.tax_rate,
        amount=amount,
        free_reason=line.free_reason,
    )
