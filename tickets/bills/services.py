"""Commands on bills: make one, correct it beside, remind of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db.models import OuterRef, Sum

from accounts.models import DESK, Role
from fieldsvc.errors import Conflict, Invalid
from sync.commands import Actor, command
from tickets.bills import access
from tickets.bills.account import reckon
from tickets.bills.billing import lines_to_bill
from tickets.bills.models import Bill, BillLine, BillReminder
from tickets.bills.numbering import next_number
from tickets.complaints.models import Ticket
from tickets.complaints.telling import tell_resident
from tickets.complaints.timeline import record_event
from tickets.prices.money import taxes, written
from tickets.prices.selectors import day_there
from tickets.quotes.models import Quote
from tickets.reminders.timing import last_reminder, to_remind_of

Kind = Bill.Kind
BATCH = 50


@command
def make_bill(*, actor: Actor, occurred_at: datetime, ticket_id: UUID, done: Sequence[Mapping[str, Any]] = ()) -> Bill:
    """Bill what the customer agreed to and what was really used, as `billing.py` has it, once the work is done.

    `done` (`line_id`, `quantity`) says of which work there was less than agreed. Raises Conflict("work_not_done" |
    "nothing_to_bill"), Invalid("line_unknown" | "quantity_above_consent").
    """
    ticket = access.ticket_to_charge(actor, ticket_id, *DESK)
    if ticket.status in Ticket.OPEN:
        raise Conflict("work_not_done", "Bill it when the ticket is resolved.", ticket_status=ticket.status)
    bill = _bill(ticket, actor=actor, at=occurred_at, done={line["line_id"]: line["quantity"] for line in done})
    if bill is None:
        raise Conflict("nothing_to_bill", "All that the customer agreed to and that was used has been billed.")
    return bill


@command
def bill_what_is_done(*, actor: Actor, occurred_at: datetime) -> int:
    """Bill tickets that are resolved and have consent that no bill was made from. Returns how many were looked at.

    Any number of workers may do it at once: a ticket that somebody is busy with is left for the next time.
    """
    due = Quote.objects.filter(status=Quote.Status.ACCEPTED, billed_at=None, ticket__resolved_at__isnull=False)
    due = due.filter(ticket__status__in=(Ticket.Status.RESOLVED, Ticket.Status.CLOSED)).order_by("answered_at")
    ids = list(due.values_list("ticket", flat=True)[:BATCH])
    tickets = Ticket.objects.filter(pk__in=ids).select_for_update(of=("self",), skip_locked=True)
    billed = list(tickets.select_related("territory", "resident").order_by("pk"))
    for ticket in billed:
        _bill(ticket, actor=actor, at=occurred_at, done={})
    return len(billed)


@command
def credit_bill(
    *,
    actor: Actor,
    occurred_at: datetime,
    bill_id: UUID,
    reason: str,
    lines: Sequence[Mapping[str, Any]] | None = None,
) -> Bill:
    """Say beside a bill that so much of it is not owed: of `lines` (`line_id`, `amount`), or all that is left of it.

    Raises Invalid("line_unknown" | "amount_above_bill"), Conflict("nothing_to_credit").
    """
    bill = access.bill_to_correct(actor, bill_id, Role.SUPERVISOR)
    return credit(bill, actor=actor, at=occurred_at, reason=reason, lines=lines)


def credit(
    bill: Bill, *, actor: Actor, at: datetime, reason: str, lines: Sequence[Mapping[str, Any]] | None = None
) -> Bill:
    """The same for a bill whose ticket is locked. Raises as `credit_bill`."""
    left = _left(bill)
    rows = {line.pk: line for line in bill.lines.all()}
    if lines is None:
        amounts = {pk: amount for pk, amount in left.items() if amount}
    else:
        amounts = {line["line_id"]: line["amount"] for line in lines}
    for index, (pk, amount) in enumerate(amounts.items()):
        if pk not in rows:
            raise Invalid("line_unknown", "Choose a line of the bill.", field=f"lines[{index}].line_id")
        if amount > left[pk]:
            detail = "No more can be credited than was billed."
            raise Invalid("amount_above_bill", detail, field=f"lines[{index}].amount", limit=left[pk])
    if not amounts:
        raise Conflict("nothing_to_credit", "All of this bill has been credited.")
    credited = [_credited(rows[pk], amount, number) for number, (pk, amount) in enumerate(amounts.items(), start=1)]
    note = _issue(
        bill.ticket,
        credited,
        actor=actor,
        at=at,
        kind=Kind.CREDIT_NOTE,
        corrects=bill,
        reason=reason,
        resident_id=bill.resident_id,
        currency=bill.currency,
    )
    reckon(bill.ticket)
    return note


def spread(bill: Bill, amount: int) -> list[dict[str, Any]]:
    """An amount over what is left of the lines of a bill, the dearest first: for `credit`."""
    lines = []
    for pk, left in sorted(_left(bill).items(), key=lambda line: (-line[1], line[0])):
        taken = min(left, amount)
        amount -= taken
        if taken:
            lines.append({"line_id": pk, "amount": taken})
    return lines


def left_of(bill: Bill) -> int:
    """What of a bill has not been credited."""
    return sum(_left(bill).values())


@command
def remind_of_bills(*, actor: Actor, occurred_at: datetime) -> int:
    """Remind of bills that are about to fall due, or have. Returns how many were reminded of: none when all is done.

    Each reminder of `BILL_REMINDER_DAYS` once, as `tickets/reminders/timing.py` has it.
    """
    days = settings.BILL_REMINDER_DAYS
    sent = BillReminder.objects.filter(bill=OuterRef("pk"))
    reached = to_remind_of("due_on", days, zone="territory__time_zone", sent=sent, at=occurred_at)
    due = Bill.objects.filter(reached, outstanding__gt=0).order_by("due_on", "pk")
    shown = due.select_related("ticket__resident", "territory")
    reminders = [
        BillReminder(
            bill=bill,
            days=last_reminder(
                days,
                of=bill.due_on,  # type: ignore[arg-type]  # bills have one, credit notes are never outstanding
                there=bill.territory,
                at=occurred_at,
            ),
            reminded_at=occurred_at,
        )
        for bill in shown.select_for_update(of=("self",), skip_locked=True)[:BATCH]
    ]
    BillReminder.objects.bulk_create(reminders, ignore_conflicts=True)
    for reminder in reminders:
        _tell(reminder.bill, f"bill_unpaid:{reminder.days}", kind="bill_unpaid", actor=actor)
    return len(reminders)


# What the commands share


def _bill(ticket: Ticket, *, actor: Actor, at: datetime, done: Mapping[UUID, Decimal]) -> Bill | None:
    """A bill of this locked ticket, if there is anything to pay."""
    lines = lines_to_bill(ticket, done)
    Quote.objects.filter(ticket=ticket, status=Quote.Status.ACCEPTED, billed_at=None).update(billed_at=at)
    if not any(line.amount for line in lines):
        return None
    currency = lines[0].quote_line.quote.currency
    bill = _issue(ticket, lines, actor=actor, at=at, resident_id=ticket.resident_id, currency=currency)
    reckon(ticket)
    bill.refresh_from_db(fields=["outstanding"])
    if bill.outstanding:
        _tell(bill, "bill_issued", kind="bill_issued", actor=actor)
    return bill


def _issue(
    ticket: Ticket,
    lines: Sequence[BillLine],
    *,
    actor: Actor,
    at: datetime,
    kind: str = Kind.BILL,
    corrects: Bill | None = None,
    **of: Any,
) -> Bill:
    territory = corrects.territory if corrects else ticket.territory
    day = day_there(territory, at)
    sequence, number = next_number(territory, day)
    by_rate = taxes((line.amount, line.tax_rate) for line in lines)
    bill = Bill(
        kind=kind,
        territory=territory,
        year=day.year,
        sequence=sequence,
        number=number,
        corrects=corrects,
        ticket=ticket,
        customer_name=ticket.resident.name if ticket.resident else ticket.contact_name,
        address=", ".join(part for part in (ticket.complex, ticket.address) if part),
        total=sum(line.amount for line in lines),
        taxes={f"{rate}": tax for rate, tax in by_rate.items()},
        issued_at=at,
        issued_by=actor.user,
        due_on=day + timedelta(days=settings.BILL_DUE_DAYS) if kind == Kind.BILL else None,
        **of,
    )
    bill.save(force_insert=True)
    for line in lines:
        line.bill = bill
    BillLine.objects.bulk_create(lines)
    record_event(
        ticket,
        actor=actor,
        occurred_at=at,
        kind="bill_issued" if kind == Kind.BILL else "bill_credited",
        public=True,
        data={"bill_id": bill.pk, **_words(bill), "reason": bill.reason},
    )
    return bill


def _credited(line: BillLine, amount: int, number: int) -> BillLine:
    return BillLine(
        number=number,
        quote_line_id=line.quote_line_id,
        credits=line,
        name=line.name,
        name_zh=line.name_zh,
        unit=line.unit,
        quantity=line.quantity,
        unit_price=line.unit_price,
        tax_rate=line.tax_rate,
        amount=amount,
    )


def _left(bill: Bill) -> dict[UUID, int]:
    """By line, what of it has not been credited."""
    lines = dict(bill.lines.values_list("pk", "amount"))
    credited = BillLine.objects.filter(credits__in=lines).order_by().values_list("credits").annotate(sum=Sum("amount"))
    taken = dict(credited)
    return {pk: amount - taken.get(pk, 0) for pk, amount in lines.items()}


def _words(bill: Bill) -> dict[str, Any]:
    return {"number": bill.number, "total": written(bill.total, bill.currency), "currency": bill.currency}


def _tell(bill: Bill, once: str, *, kind: str, actor: Actor) -> None:
    """A notice to whoever was billed, if they are registered."""
    outstanding = written(bill.outstanding, bill.currency)
    text = {**_words(bill), "outstanding": outstanding, "due_on": str(bill.due_on)}
    tell_resident(bill.ticket, actor=actor, kind=kind, once_for=uuid5(bill.pk, once), text=text)
