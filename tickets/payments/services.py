"""Commands on payments: take one, put a mistaken one right, hand in cash, let the customer pay by a link."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import DESK
from accounts.people.access import require_role
from fieldsvc.errors import Conflict, Forbidden, Invalid
from fieldsvc.time import now
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import made_before
from sync.rows import locked
from tickets.bills.account import account_of, reckon, require_currency
from tickets.complaints.models import Ticket
from tickets.complaints.moving import territory_then
from tickets.complaints.telling import tell_resident, tell_supervisors
from tickets.complaints.timeline import DOUBTS, record_event
from tickets.payments import access
from tickets.payments.asking import asked, due, try_later
from tickets.payments.models import CashHandIn, Payment, PaymentLink
from tickets.payments.providers import ProviderError, payment_provider
from tickets.prices.money import written

logger = logging.getLogger(__name__)
Method = Payment.Method


@command
def take_payment(
    *,
    actor: Actor,
    occurred_at: datetime,
    ticket_id: UUID,
    amount: int,
    currency: str,
    receipt_number: str,
    method: str = Method.CASH,
    note: str = "",
    id: UUID | None = None,
) -> Payment:
    """The customer has paid: all of it, a part, or more than they owe, also before there is a bill.

    Technicians take cash, with or without signal, against a receipt; the desk also notes transfers. A fact: from a
    phone it is kept, and flagged `receipt_twice` where the same person gave that receipt before, `nothing_quoted` or
    `currency_differs` where the customer was shown no price in that currency. The same id is one payment.

    Raises Forbidden("role_required"), Conflict("id_taken"), and online Invalid("currency_differs" | "nothing_quoted"),
    Conflict("receipt_number_taken").
    """
    ticket = access.ticket_to_pay_for(actor, ticket_id)
    if method != Method.CASH:
        require_role(actor, *DESK, territory_id=ticket.territory_id)
    what = {"amount": amount, "currency": currency, "receipt_number": receipt_number, "method": method, "note": note}
    before = made_before(Payment, id, ticket_id=ticket_id, taken_by_id=actor.user.pk, **what)
    if before is not None:
        return before
    flags = list(actor.flags)
    try:
        require_currency(ticket, currency)
    except Invalid as odd:
        if not actor.offline:
            raise
        flags.append(odd.code)
    given = Payment.objects.filter(taken_by=actor.user, receipt_number=receipt_number, method=method, reverses=None)
    if given.exists():
        if not actor.offline:
            raise Conflict("receipt_number_taken", "You have given this receipt already. Use the next one.")
        flags.append("receipt_twice")
    payment = Payment(
        pk=id or uuid7(),
        ticket=ticket,
        territory_id=territory_then(ticket, occurred_at),
        taken_by=actor.user,
        flags=flags,
        **what,
    )
    return _book(payment, "payment_taken", actor=actor, at=occurred_at)


@command
def reverse_payment(*, actor: Actor, occurred_at: datetime, payment_id: UUID, note: str) -> Payment:
    """It was recorded by mistake: another row beside it says so. For supervisors who did not take it.

    Raises NotFound, Forbidden("role_required" | "own_payment"), Conflict("payment_final") for what was handed in, came
    from the provider, or is a reversal itself; Conflict("payment_reversed").
    """
    payment = access.payment_to_reverse(actor, payment_id)
    if payment.taken_by_id == actor.user.pk:
        raise Forbidden("own_payment", "Nobody takes back what they took themselves. Ask another supervisor.")
    if payment.hand_in_id or payment.reverses_id or payment.method == Method.LINK:
        raise Conflict("payment_final", "The money is there. Pay it back as a refund instead.")
    if Payment.objects.filter(reverses=payment).exists():
        raise Conflict("payment_reversed", "This has been put right already.")
    reversal = Payment(
        ticket=payment.ticket,
        territory_id=payment.territory_id,
        method=payment.method,
        amount=-payment.amount,
        currency=payment.currency,
        receipt_number=payment.receipt_number,
        taken_by=payment.taken_by,
        reverses=payment,
        note=note,
        flags=[],
    )
    return _book(reversal, "payment_reversed", actor=actor, at=occurred_at)


@command
def hand_in_cash(
    *,
    actor: Actor,
    occurred_at: datetime,
    technician_id: UUID,
    payments: Sequence[UUID],
    counted: int,
    note: str = "",
) -> CashHandIn:
    """Somebody else counts the cash that a technician brings, against the receipts. A difference has a reason.

    What was recorded by mistake goes with its reversal, each counted once, whether that is named as well or not.

    Raises Forbidden("own_cash" | "role_required"), Invalid("payment_unknown" | "currency_differs"),
    Invalid("difference_unexplained") with what was `expected`.
    """
    if actor.user.pk == technician_id:
        raise Forbidden("own_cash", "Nobody counts the cash that they bring. Ask a colleague.")
    held = access.cash_to_hand_in(actor, technician_id, payments)
    rows = {payment.pk: payment for payment in held}
    rows |= {payment.pk: payment for payment in Payment.objects.filter(reverses__in=held, hand_in=None)}
    currencies = {payment.currency for payment in held}
    if len(currencies) != 1:
        raise Invalid("currency_differs", "Hand in one currency at a time.", field="payments")
    expected = sum(payment.amount for payment in rows.values())
    if counted != expected and not note:
        raise Invalid("difference_unexplained", "Say why it is not the same.", field="note", expected=expected)
    hand_in = CashHandIn.objects.create(
        territory_id=held[0].territory_id,
        technician_id=technician_id,
        received_by=actor.user,
        currency=currencies.pop(),
        expected=expected,
        counted=counted,
        note=note,
        received_at=occurred_at,
    )
    Payment.objects.filter(pk__in=rows).update(hand_in=hand_in)
    return hand_in


@command
def ask_for_link(
    *, actor: Actor, occurred_at: datetime, ticket_id: UUID, amount: int | None = None, id: UUID | None = None
) -> PaymentLink:
    """A link by which the customer pays what they owe, or a part of it. The worker gets it from the provider at once.

    The same id is one link, and so is the same amount while nobody has paid it: asked for twice, it is not paid twice.
    Raises Invalid("amount_above_balance") with the `balance`, Conflict("nothing_to_pay"), Conflict("id_taken").
    """
    ticket = access.ticket_to_link(actor, ticket_id)
    said = {} if amount is None else {"amount": amount}
    before = made_before(PaymentLink, id, ticket_id=ticket_id, **said)
    if before is not None:
        return before
    account = account_of(ticket.pk)
    if account.balance <= 0:
        raise Conflict("nothing_to_pay", "Nothing is owed for this ticket.")
    if amount is not None and amount > account.balance:
        detail = "Nobody is asked for more than they owe."
        raise Invalid("amount_above_balance", detail, field="amount", balance=account.balance)
    amount = amount or account.balance
    unpaid = (PaymentLink.Status.WANTED, PaymentLink.Status.OPEN)
    same = PaymentLink.objects.filter(ticket=ticket, amount=amount, status__in=unpaid).first()
    if same is not None:
        return same
    return PaymentLink.objects.create(
        pk=id or uuid7(),
        ticket=ticket,
        amount=amount,
        currency=account.currency,
        asked_by=actor.user,
        asked_at=occurred_at,
        next_try_at=occurred_at,
    )


def make_links(*, at: datetime) -> int:
    """Get the links that are wanted from the provider; returns how many came. Any number of workers may do this."""
    return sum(_make(link) for link in due(_wanted(), at))


@command
def open_link(*, actor: Actor, occurred_at: datetime, link_id: UUID, url: str, provider_id: str) -> None:
    """The provider has made the page: the customer hears where to pay."""
    link = locked(PaymentLink.objects.select_related("ticket__resident").filter(pk=link_id)).get()
    if link.status != PaymentLink.Status.WANTED:
        return
    link.status, link.url, link.provider_id, link.last_error = PaymentLink.Status.OPEN, url, provider_id, ""
    link.save(update_fields=["status", "url", "provider_id", "last_error"])
    facts = {"amount": written(link.amount, link.currency), "currency": link.currency, "url": url}
    tell_resident(link.ticket, actor=actor, kind="payment_link", once_for=link.pk, text=facts)


@command
def payment_came(
    *, actor: Actor, occurred_at: datetime, reference: UUID, payment_id: str, amount: int, currency: str
) -> Payment:
    """The provider says that somebody has paid by a link, perhaps not for the first time: it counts once.

    What really came is booked, whatever was asked for; another amount is flagged `amount_differs`, another currency
    `currency_differs`. Raises Invalid("payment_link_unknown").
    """
    seen = PaymentLink.objects.filter(pk=reference).first()
    if seen is None:
        raise Invalid("payment_link_unknown", "We have asked for no such payment.", field="reference")
    ticket = locked(Ticket.objects.select_related("resident").filter(pk=seen.ticket_id)).get()
    link = PaymentLink.objects.select_for_update().get(pk=reference)
    before = Payment.objects.filter(link__isnull=False, receipt_number=payment_id).first()
    if before is not None:
        return before
    link.status = PaymentLink.Status.PAID
    link.save(update_fields=["status"])
    payment = Payment(
        ticket=ticket,
        territory_id=territory_then(ticket, occurred_at),
        method=Method.LINK,
        amount=amount,
        currency=currency,
        receipt_number=payment_id,
        link=link,
        flags=_unlike(link, amount, currency),
    )
    return _book(payment, "payment_taken", actor=actor, at=occurred_at)


def _unlike(link: PaymentLink, amount: int, currency: str) -> list[str]:
    """What came is not what we asked for."""
    if currency != link.currency:
        return ["currency_differs"]
    return ["amount_differs"] if amount != link.amount else []


def _book(payment: Payment, kind: str, *, actor: Actor, at: datetime) -> Payment:
    """Write it, reckon what is still owed for its locked ticket, and let somebody see to what is odd about it."""
    payment.occurred_at, payment.received_at = at, actor.received_at
    payment.save(force_insert=True)
    reckon(payment.ticket)
    facts = {
        "payment_id": payment.pk,
        "amount": written(abs(payment.amount), payment.currency),
        "currency": payment.currency,
        "receipt": payment.receipt_number,
        "note": payment.note,
    }
    record_event(payment.ticket, actor=actor, occurred_at=at, kind=kind, public=True, data=facts)
    doubts = [flag for flag in payment.flags if flag in DOUBTS]
    for doubt in doubts:
        data = {**facts, "doubt": doubt}
        record_event(payment.ticket, actor=actor, occurred_at=at, kind="payment_doubted", public=False, data=data)
    if doubts:
        words, words_zh = zip(*(DOUBTS[doubt] for doubt in doubts), strict=True)
        tell_supervisors(
            payment.ticket,
            actor=actor,
            kind="payment_doubted",
            subject=("payments", payment.pk),
            text={**facts, "doubts": ", ".join(words), "doubts_zh": "、".join(words_zh)},
        )
    return payment


def _wanted() -> QuerySet[PaymentLink]:
    return PaymentLink.objects.filter(status=PaymentLink.Status.WANTED)


def _make(link: PaymentLink) -> bool:
    """Outside of any transaction."""
    try:
        url, provider_id = asked(
            f"payment link {link.pk}",
            lambda: payment_provider().make_page(
                reference=str(link.pk), amount=link.amount, currency=link.currency, description=link.ticket.reference
            ),
        )
    except ProviderError as error:
        if not try_later(link, _wanted(), error):
            logger.error("payment link %s has failed: %s", link.pk, error)
            failed = _wanted().filter(pk=link.pk, attempts=link.attempts)
            failed.update(status=PaymentLink.Status.FAILED, last_error=str(error))
        return False
    open_link(actor=Actor.system(), occurred_at=now(), link_id=link.pk, url=url, provider_id=provider_id)
    return True
