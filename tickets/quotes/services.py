"""Commands on quotes: show one, answer it, withdraw it. What a phone tells of has been shown and signed: it is kept."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from fieldsvc.errors import Conflict, Invalid
from sync import work
from sync.commands import Actor, command
from sync.devices.clock import TOLERANCE
from sync.ids import uuid7
from sync.repeats import id_taken, made_before
from tickets.attachments.models import Attachment
from tickets.bills.models import BillLine
from tickets.complaints.models import Ticket
from tickets.complaints.telling import tell_resident, tell_supervisors
from tickets.complaints.timeline import SIGNATURE_FAULTS, record_event
from tickets.complaints.transitions import heard_from_resident
from tickets.prices.models import Price, PriceItem
from tickets.prices.money import MAX_AMOUNT, cost, written
from tickets.prices.selectors import price_list
from tickets.quotes import access
from tickets.quotes.coverage import forget_coverage, missing_consent
from tickets.quotes.gaps import settle_gaps
from tickets.quotes.models import Quote, QuoteLine
from tickets.quotes.warranties import Warranties, stands_again
from tickets.warranties.selectors import forget_around

Status = Quote.Status
Lines = Sequence[Mapping[str, Any]]


@command
def make_quote(
    *,
    actor: Actor,
    occurred_at: datetime,
    ticket_id: UUID,
    lines: Lines,
    visit_id: UUID | None = None,
    currency: str = "",
    total: int | None = None,
    note: str = "",
    id: UUID | None = None,
) -> Quote:
    """The customer is shown what the work will cost, by the price list of the ticket's territory of that day.

    `lines` are `item_id`, `quantity`, perhaps `free_reason` with `free_note`, and the `unit_price` that was shown, as
    `total` is: left out, they are reckoned here. What a phone has shown is kept as it was shown, and flagged where our
    list says something else: `price_differs`, `total_differs`, `price_unknown`, `after_end`; `under_warranty` where it
    charges for what need not be paid for, `warranty_unknown` where it is free for a warranty that we know nothing of.
    Here, what is under warranty becomes free by itself, a unit at a time, unless a supervisor gives a `charge_reason`;
    and only they may call something free for a warranty that is not on record, with a `free_note`. The same id again is
    the same quote.

    Raises Invalid("item_unknown" | "visit_elsewhere" | "currency_differs" | "total_too_large"), Conflict("id_taken"),
    and online Conflict("ticket_not_open" | "price_differs" | "price_unknown" | "not_under_warranty"),
    Forbidden("role_required").
    """
    ticket = access.ticket_to_quote_for(actor, ticket_id)
    made_by = actor.user and actor.user.pk
    before = made_before(Quote, id, ticket_id=ticket_id, made_by_id=made_by, visit_id=visit_id, note=note)
    if before is not None:
        if _quantities(before.lines.values_list("item", "quantity")) != _quantities(
            (line["item_id"], line["quantity"]) for line in lines
        ):
            raise id_taken()
        return before
    if ticket.status in Ticket.ENDED and not actor.offline:
        raise Conflict("ticket_not_open", "Reopen the ticket before you quote for it.", ticket_status=ticket.status)
    if visit_id is not None and not ticket.visits.filter(pk=visit_id).exists():
        raise Invalid("visit_elsewhere", "Choose a visit of this ticket.", field="visit_id")
    shown = _reckon(ticket, lines, actor=actor, at=occurred_at, currency=currency)
    sum_shown = sum(line.amount for line in shown.lines)
    flags = [*actor.flags, *sorted(shown.flags)]
    if total is not None and total != sum_shown:
        if not actor.offline:
            raise Conflict("price_differs", "The lines come to another total. Show that one.", total=sum_shown)
        flags.append("total_differs")
    if ticket.status in Ticket.ENDED:
        flags.append("after_end")
    if sum_shown > MAX_AMOUNT:
        raise Invalid("total_too_large", "Nothing costs that much.", field="lines")
    quote = Quote(
        pk=id or uuid7(),
        ticket=ticket,
        visit_id=visit_id,
        territory=ticket.territory,
        currency=shown.currency,
        total=sum_shown if total is None else total,
        reckoned_total=shown.reckoned_total,
        note=note,
        made_by=actor.user,
        occurred_at=occurred_at,
        received_at=actor.received_at,
        flags=flags,
    )
    work.insert(quote)
    for line in shown.lines:
        line.quote = quote
        work.insert(line)
    forget_coverage(ticket.pk)
    _record(quote, "quote_shown", actor=actor, at=occurred_at)
    shown.warranties.tell(quote, shown.lines)
    if visit_id is None and not actor.offline:
        facts = _words(quote)
        tell_resident(ticket, actor=actor, kind="quote_shown", once_for=quote.pk, text={"note": note, **facts})
    return quote


@command
def answer_quote(
    *,
    actor: Actor,
    occurred_at: datetime,
    quote_id: UUID,
    accepted: bool,
    signed_by: str = "",
    signature_id: UUID | None = None,
    note: str = "",
) -> Quote:
    """The customer agrees to pay, or does not. A no is an answer, too: then the work is not done.

    On the spot they sign (`signature_id`, a signature at a visit of this ticket); an agent who has them on the line
    says who it was; in their own app they are who they are. A signature counts for what they had been shown when they
    gave it, and for one quote. Answered so already, nothing changes. A phone's answer is kept whatever has become of
    the quote meanwhile: of two different ones the later stands and the other is in the timeline, flagged
    `answered_twice`; one to a withdrawn quote is flagged `after_withdrawal`, and `warranty_unknown` if another quote
    is free by the same unit by now. One with a signature that does not count is no consent: flagged
    `signature_before_quote` or `signature_used`, the quote waits for an answer as before.

    Raises NotFound, Forbidden("not_your_ticket"),
    Invalid("signature_missing" | "signature_unknown" | "signed_by_missing"),
    and online Conflict("quote_answered" | "quote_withdrawn" | "signature_before_quote" | "signature_used").
    """
    quote, how = access.quote_to_answer(actor, quote_id)
    answer = Status.ACCEPTED if accepted else Status.DECLINED
    if quote.status == answer:
        return quote
    signature = _signature(quote, signature_id) if signature_id else None
    if how == Quote.How.SIGNATURE and accepted and signature is None:
        raise Invalid("signature_missing", "Let the customer sign what they are to pay.", field="signature_id")
    name = signed_by or (signature.signed_by if signature else "") or _customer(quote.ticket)
    if not name:
        raise Invalid("signed_by_missing", "Say who has answered.", field="signed_by")
    if signature is not None and (fault := _fault(quote, signature)):
        if not actor.offline:
            raise fault
        if accepted and how == Quote.How.SIGNATURE:
            return _keep_unsigned(quote, fault.code, actor=actor, at=occurred_at, signed_by=name)
        signature = None  # what they said stands without it
    flags = _odd(quote, actor)
    kind = "quote_accepted" if accepted else "quote_declined"
    if quote.status != Status.SHOWN and quote.answered_at is not None and quote.answered_at > occurred_at:
        # They said something else later: that stands. This was said all the same.
        work.change(quote, flags=flags)
        _record(quote, kind, actor=actor, at=occurred_at, signed_by=name, note=note)
        return quote
    if not accepted:
        forget_around()
    elif quote.status != Status.SHOWN:
        flags = [*flags, *sorted(stands_again(quote, actor=actor, at=occurred_at) - {*flags})]
    work.change(
        quote,
        status=answer,
        flags=flags,
        answered_at=occurred_at,
        answered_how=how,
        answered_by=actor.user,
        on_behalf_of=actor.on_behalf_of,
        signed_by=name,
        signature=signature,
        answer_note=note,
    )
    forget_coverage(quote.ticket_id)
    _record(quote, kind, actor=actor, at=occurred_at, signed_by=name, note=note)
    if accepted:
        settle_gaps(quote.ticket, actor=actor, at=occurred_at)
    heard_from_resident(quote.ticket, actor=actor, occurred_at=occurred_at)
    return quote


@command
def withdraw_quote(*, actor: Actor, occurred_at: datetime, quote_id: UUID, reason: str) -> Quote:
    """It does not hold any more: it was wrong, or the customer has changed their mind before the work was done.

    What was fitted by then must not be left without consent: Conflict("consent_in_use") then names the `items`.
    Withdrawn already, nothing changes. Raises NotFound, Forbidden("role_required"), Conflict("quote_billed").
    """
    quote = access.quote_to_withdraw(actor, quote_id)
    if quote.status == Status.WITHDRAWN:
        return quote
    accepted = quote.status == Status.ACCEPTED
    if BillLine.objects.filter(quote_line__quote=quote).exists():
        raise Conflict("quote_billed", "It stands on a bill. Credit that.")
    work.change(
        quote,
        status=Status.WITHDRAWN,
        withdrawn_at=occurred_at,
        withdrawn_by=actor.user,
        withdrawal_reason=reason,
    )
    forget_coverage(quote.ticket_id)
    forget_around()
    if accepted and (used := missing_consent(quote.ticket, occurred_at)):
        raise Conflict(
            "consent_in_use",
            "The customer agreed to this, and it has been fitted. It stays.",
            items=[one.told() for one in used],
        )
    _record(quote, "quote_withdrawn", actor=actor, at=occurred_at, note=reason)
    return quote


# What the commands share


class _Shown(NamedTuple):
    lines: list[QuoteLine]
    reckoned_total: int
    currency: str
    flags: set[str]
    warranties: Warranties


def _reckon(ticket: Ticket, lines: Lines, *, actor: Actor, at: datetime, currency: str) -> _Shown:
    """The lines as the customer saw them, beside what the price list says."""
    ids = {line["item_id"] for line in lines}
    items = PriceItem.objects.in_bulk(ids)
    listed = price_list(ticket.territory, at, ids)
    rows: list[QuoteLine] = []
    flags: set[str] = set()
    currencies = {price.currency for price in listed.values()} | ({currency} if currency else set())
    currencies |= set(Quote.objects.filter(ticket=ticket).values_list("currency", flat=True))
    if len(currencies) > 1:
        raise Invalid(
            "currency_differs", "Quote for one ticket in one currency.", field="currency", allowed=sorted(currencies)
        )
    reckoned = 0
    warranties = Warranties(ticket, actor=actor, at=at)
    for index, line in enumerate(lines):
        item, price = items.get(line["item_id"]), listed.get(line["item_id"])
        if item is None:
            raise Invalid("item_unknown", "Choose an item of the price list.", field=f"lines[{index}].item_id")
        for part in warranties.judge(item, line, index):
            row = _line(len(rows), item, price, part)
            odd = _difference(row, price)
            if odd and not actor.offline:
                _refuse(odd, row, index)
            flags |= odd
            owed = Decimal(0) if row.free_reason else row.quantity - part.get("covered", 0)
            reckoned += cost(row.unit_price if price is None else price.amount, owed)
            rows.append(row)
    flags |= warranties.flags
    if not currencies:
        raise Invalid("currency_differs", "Say in which currency.", field="currency")
    return _Shown(rows, reckoned, currencies.pop(), flags, warranties)


def _line(index: int, item: PriceItem, price: Price | None, line: Mapping[str, Any]) -> QuoteLine:
    listed = None if price is None else price.amount
    shown: int = line.get("unit_price", listed or 0)
    quantity: Decimal = line["quantity"]
    free = line.get("free_reason", "")
    return QuoteLine(
        number=index + 1,
        item=item,
        name=item.name,
        name_zh=item.name_zh,
        unit=item.unit,
        quantity=quantity,
        unit_price=shown,
        listed_price=listed,
        tax_rate=price.tax_rate if price else Decimal(0),
        amount=0 if free else cost(shown, quantity),
        free_reason=free,
        free_note=line.get("free_note", ""),
        warranty=line.get("warranty"),
        charge_reason=line.get("charge_reason", ""),
    )


def _quantities(lines: Iterable[tuple[UUID, Decimal]]) -> dict[UUID, Decimal]:
    """By item: a line may stand in several pieces."""
    sums: dict[UUID, Decimal] = defaultdict(Decimal)
    for item, quantity in lines:
        sums[item] += quantity
    return sums


def _difference(line: QuoteLine, price: Price | None) -> set[str]:
    if price is None:
        return set() if line.free_reason else {"price_unknown"}
    return {"price_differs"} if line.unit_price != price.amount and not line.free_reason else set()


def _refuse(odd: set[str], line: QuoteLine, index: int) -> None:
    if "price_unknown" in odd:
        detail = f"The price list has no price for {line.name} there on that day."
        raise Conflict("price_unknown", detail, field=f"lines[{index}]")
    detail = f"{line.name} costs something else. Show the customer that price."
    raise Conflict("price_differs", detail, field=f"lines[{index}]", listed_price=line.listed_price)


def _odd(quote: Quote, actor: Actor) -> list[str]:
    """What is odd about an answer to a quote that has one, or none any more."""
    if quote.status == Status.SHOWN:
        return quote.flags
    if not actor.offline:
        if quote.status == Status.WITHDRAWN:
            raise Conflict("quote_withdrawn", "This does not hold any more. Make a new quote.")
        raise Conflict(
            "quote_answered", "The customer has given another answer. Make a new quote.", quote_status=quote.status
        )
    flag = "after_withdrawal" if quote.status == Status.WITHDRAWN else "answered_twice"
    return [*quote.flags, *({flag} - {*quote.flags})]


def _signature(quote: Quote, signature_id: UUID) -> Attachment:
    signatures = Attachment.objects.filter(ticket=quote.ticket_id, kind=Attachment.Kind.SIGNATURE)
    signature = signatures.exclude(state=Attachment.State.WITHDRAWN).filter(pk=signature_id).first()
    if signature is None:
        raise Invalid("signature_unknown", "Choose a signature of this ticket.", field="signature_id")
    return signature


def _fault(quote: Quote, signature: Attachment) -> Conflict | None:
    """Why the signature says nothing about this quote of the locked ticket."""
    if signature.occurred_at < quote.occurred_at - TOLERANCE:
        return Conflict("signature_before_quote", "They signed before they were shown this. Let them sign now.")
    if Quote.objects.filter(signature=signature).exclude(pk=quote.pk).exists():
        return Conflict("signature_used", "They signed another quote with it. Let them sign this one.")
    return None


def _keep_unsigned(quote: Quote, fault: str, *, actor: Actor, at: datetime, signed_by: str) -> Quote:
    """The technician counts on a signature that is no consent: whoever settles gaps hears of it, once."""
    if fault not in quote.flags:
        work.change(quote, flags=[*quote.flags, fault])
        facts = {"quote_id": quote.pk, **_words(quote), "signed_by": signed_by}
        data = {**facts, "fault": fault}
        record_event(quote.ticket, actor=actor, occurred_at=at, kind="quote_not_signed", public=False, data=data)
        why, why_zh = SIGNATURE_FAULTS[fault]
        text = {**facts, "technician": str(actor.user), "why": why, "why_zh": why_zh}
        tell_supervisors(quote.ticket, actor=actor, kind="quote_not_signed", subject=("quotes", quote.pk), text=text)
    return quote


def _customer(ticket: Ticket) -> str:
    return ticket.resident.name if ticket.resident else ""


def _words(quote: Quote) -> dict[str, Any]:
    return {"total": written(quote.total, quote.currency), "currency": quote.currency}


def _record(quote: Quote, kind: str, *, actor: Actor, at: datetime, **data: Any) -> None:
    facts = {"quote_id": quote.pk, **_words(quote), **data}
    record_event(quote.ticket, actor=actor, occurred_at=at, kind=kind, public=True, data=facts)
