"""Commands on refunds: ask, decide, pay out by hand. What came by a link goes back by itself: `repaying.py`.

What was paid can be given back, never more. Where we charged too much, a credit note puts the bill right, and the
customer gets back what they had paid of the overcharge, with a compensation on top: together `OVERCHARGE_PERCENT` of it
(200: twice). Up to `REFUND_APPROVAL_LIMIT` for one ticket, in the currency of the ticket, that needs nobody else; else
a supervisor has to approve it, and not the one who asked.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings

from accounts.models import DESK
from fieldsvc.errors import Conflict, Invalid
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import made_before
from tickets.bills.access import bill_to_correct, ticket_to_charge
from tickets.bills.account import account_of, currency_of
from tickets.bills.models import Bill
from tickets.bills.services import credit, left_of, spread
from tickets.complaints.timeline import record_event
from tickets.prices.money import PERCENT, rounded, written
from tickets.refunds import access
from tickets.refunds.models import Refund
from tickets.refunds.repaying import has_to_be_given, lay_out, on_the_way, repay_by_hand, waits_by_hand

Status = Refund.Status


@command
def request_refund(
    *,
    actor: Actor,
    occurred_at: datetime,
    ticket_id: UUID,
    amount: int,
    reason: str,
    currency: str = "",
    id: UUID | None = None,
) -> Refund:
    """Give back so much of what was paid for a ticket, in its currency if no other is named. The same id is one refund.

    Raises Invalid("refund_above_paid") with the `limit`, Conflict("id_taken").
    """
    ticket = ticket_to_charge(actor, ticket_id, *DESK)
    account = account_of(ticket.pk, currency)
    said = {"ticket_id": ticket_id, "bill_id": None, "currency": account.currency, "refund": amount, "reason": reason}
    before = made_before(Refund, id, **said)
    if before is not None:
        return before
    if amount > account.refundable:
        detail = "No more can be given back than was paid."
        raise Invalid("refund_above_paid", detail, field="amount", limit=account.refundable)
    refund = Refund(
        pk=id or uuid7(),
        kind=Refund.Kind.REFUND,
        ticket=ticket,
        currency=account.currency,
        refund=amount,
        reason=reason,
    )
    return _ask(refund, actor=actor, at=occurred_at)


@command
def compensate_overcharge(
    *, actor: Actor, occurred_at: datetime, bill_id: UUID, overcharge: int, reason: str, id: UUID | None = None
) -> Refund:
    """A bill was too high by so much: it is credited, and the customer compensated, by the rule of the module.

    Raises Invalid("overcharge_above_bill") with the `limit`, Conflict("id_taken").
    """
    bill = bill_to_correct(actor, bill_id, *DESK)
    before = made_before(Refund, id, bill_id=bill_id, overcharge=overcharge, reason=reason)
    if before is not None:
        return before
    _must_fit(overcharge, left_of(bill) - _claimed(bill))
    refund = Refund(
        pk=id or uuid7(),
        kind=Refund.Kind.OVERCHARGE,
        ticket=bill.ticket,
        bill=bill,
        currency=bill.currency,
        overcharge=overcharge,
        refund=0,
        reason=reason,
    )
    _share(refund)
    return _ask(refund, actor=actor, at=occurred_at)


@command
def approve_refund(*, actor: Actor, occurred_at: datetime, refund_id: UUID, note: str = "") -> Refund:
    """Somebody else agrees.

    Raises Forbidden("own_refund"), Conflict("refund_decided"), Invalid("overcharge_above_bill") where the bill was
    credited meanwhile.
    """
    refund = access.refund_to_decide(actor, refund_id)
    _must_be(refund, Status.REQUESTED)
    refund.decided_by, refund.decision_note = actor.user, note
    _approve(refund, actor=actor, at=occurred_at)
    refund.save()
    lay_out(refund, at=occurred_at)
    return refund


@command
def reject_refund(*, actor: Actor, occurred_at: datetime, refund_id: UUID, note: str) -> Refund:
    """Somebody else does not agree; the bill stays. Raises Forbidden("own_refund"), Conflict("refund_decided")."""
    refund = access.refund_to_decide(actor, refund_id)
    _must_be(refund, Status.REQUESTED)
    refund.status, refund.decided_by, refund.decided_at = Status.REJECTED, actor.user, occurred_at
    refund.decision_note = note
    refund.save()
    _record(refund, "refund_rejected", actor=actor, at=occurred_at, public=False)
    return refund


@command
def pay_refund(*, actor: Actor, occurred_at: datetime, refund_id: UUID, receipt_number: str) -> Refund:
    """The customer was given what does not go back through the provider. The same again changes nothing.

    Raises Conflict("refund_not_approved" | "nothing_by_hand"), Invalid("refund_above_paid") where a payment was put
    right meanwhile.
    """
    refund = access.refund_to_pay(actor, refund_id)
    given = refund.repayments.filter(payment=None, status="confirmed", receipt_number=receipt_number).exists()
    to_be_given = has_to_be_given(refund)
    if given and not to_be_given:
        return refund
    if refund.status != Status.APPROVED:
        raise Conflict("refund_not_approved", "Only what was approved is paid out.", refund_status=refund.status)
    if not to_be_given:
        raise Conflict("nothing_by_hand", "All of it goes back the way it came, through the payment provider.")
    account = account_of(refund.ticket_id, refund.currency)
    limit = account.paid - account.refunded - on_the_way(refund)
    if waits_by_hand(refund) > limit:
        raise Invalid("refund_above_paid", "No more can be given back than was paid.", field="amount", limit=limit)
    repay_by_hand(refund, actor=actor, at=occurred_at, receipt_number=receipt_number)
    return refund


def _ask(refund: Refund, *, actor: Actor, at: datetime) -> Refund:
    refund.requested_by, refund.requested_at = actor.user, at
    refund.status = Status.REQUESTED
    if refund.currency == currency_of(refund.ticket_id) and _fits_the_limit(refund):
        _approve(refund, actor=actor, at=at)
    refund.save(force_insert=True)
    _record(refund, "refund_requested", actor=actor, at=at, public=False)
    if refund.status == Status.APPROVED:
        lay_out(refund, at=at)
    return refund


def _approve(refund: Refund, *, actor: Actor, at: datetime) -> None:
    """It may be paid out. An overcharged bill is credited now; who gets what is reckoned anew."""
    refund.status, refund.decided_at = Status.APPROVED, at
    if refund.bill is not None:
        bill = refund.bill
        bill.ticket = refund.ticket
        _must_fit(refund.overcharge, left_of(bill))
        _share(refund)
        clerk = replace(actor, on_behalf_of=None)
        lines = spread(bill, refund.overcharge)
        refund.credit_note = credit(bill, actor=clerk, at=at, reason=refund.reason, lines=lines)


def _must_fit(overcharge: int, limit: int) -> None:
    if overcharge > limit:
        detail = "The bill was not too high by more than what is left of it."
        raise Invalid("overcharge_above_bill", detail, field="overcharge", limit=limit)


def _share(refund: Refund) -> None:
    """Of an overcharge, what the customer had paid goes back to them; the rest of what they get is compensation."""
    account = account_of(refund.ticket_id, refund.currency)
    own = refund.refund if refund.status == Status.APPROVED and not refund._state.adding else 0  # promised to itself
    overpaid = refund.overcharge - account.balance
    refund.refund = max(0, min(refund.overcharge, overpaid, account.refundable + own))
    refund.compensation = rounded(refund.overcharge * (Decimal(settings.OVERCHARGE_PERCENT) - PERCENT) / PERCENT)


def _claimed(bill: Bill) -> int:
    """What is to be credited once somebody approves it."""
    waiting = Refund.objects.filter(bill=bill, status=Status.REQUESTED)
    return sum(waiting.values_list("overcharge", flat=True))


def _fits_the_limit(refund: Refund) -> bool:
    """With what is given back for this ticket already without anybody having approved it: small sums add up, too."""
    given = Refund.objects.filter(ticket=refund.ticket_id, currency=refund.currency, decided_by=None)
    unapproved = sum(one.total for one in given.filter(status__in=(Status.APPROVED, Status.PAID)))
    return refund.total + unapproved <= settings.REFUND_APPROVAL_LIMIT


def _must_be(refund: Refund, status: str) -> None:
    if refund.status != status:
        raise Conflict("refund_decided", "This has been decided already.", refund_status=refund.status)


def _record(refund: Refund, kind: str, *, actor: Actor, at: datetime, public: bool) -> None:
    facts = {
        "refund_id": refund.pk,
        "amount": written(refund.total, refund.currency),
        "currency": refund.currency,
        "reason": refund.reason,
    }
    record_event(refund.ticket, actor=actor, occurred_at=at, kind=kind, public=public, data=facts)
