"""How an approved refund reaches the customer: what came by a link goes back the same way, the rest is given by hand.

Each way is a repayment. Through the provider never more goes back than came in by that payment, and the latest payment
goes back first. The worker asks the provider, outside of any transaction, under the id of the repayment, so that a
request which is tried again is one refund; the provider's webhook, or its answer, says that the customer has the money.
What it refuses, or is silent about, is a matter with an owner, who lets it be tried again or gives it by hand.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet, Sum

from accounts.models import DESK, Role, User
from accounts.people.access import holds
from accounts.people.selectors import people_with_role
from fieldsvc.errors import Conflict
from fieldsvc.time import now
from notifications.services import notify
from sync.commands import Actor, command
from tickets.bills.account import reckon
from tickets.complaints.models import Ticket
from tickets.complaints.moving import territory_then
from tickets.complaints.telling import tell_resident, tell_supervisors
from tickets.complaints.timeline import record_event
from tickets.payments.asking import asked, due, try_later
from tickets.payments.models import Payment
from tickets.payments.providers import ProviderError, gives_back, payment_provider
from tickets.prices.money import written
from tickets.refunds import access
from tickets.refunds.models import Refund, Repayment

logger = logging.getLogger(__name__)
Status, Settlement = Repayment.Status, Repayment.Settlement


def lay_out(refund: Refund, *, at: datetime) -> None:
    """The repayments of a refund that has just been approved; its ticket is locked."""
    refunded, compensation = refund.refund, refund.compensation
    for payment, most in [*_to_go_back_to(refund), (None, refund.total)]:
        amount = min(most, refunded + compensation)
        if amount:
            of_paid = min(amount, refunded)
            refunded, compensation = refunded - of_paid, compensation - (amount - of_paid)
            _ask(refund, payment, amount, amount - of_paid, at=at)


def repay_by_hand(refund: Refund, *, actor: Actor, at: datetime, receipt_number: str) -> None:
    """All that waits for it of a locked refund was given to the customer against this receipt."""
    for repayment in _by_hand(refund):
        repayment.status, repayment.confirmed_at = Status.CONFIRMED, at
        repayment.receipt_number, repayment.given_by = receipt_number, actor.user
        repayment.territory_id = refund.ticket.territory_id
        _save(repayment)
        _record(repayment, "refund_paid", actor=actor, at=at, public=True)
    _reckon(refund)


def has_to_be_given(refund: Refund) -> bool:
    """Whether anything waits to be given by hand."""
    return _by_hand(refund).exists()


def waits_by_hand(refund: Refund) -> int:
    """How much of what was paid does."""
    return sum(repayment.refunded for repayment in _by_hand(refund))


def on_the_way(refund: Refund) -> int:
    """How much of what was paid for its ticket may reach the customer through the provider without our doing."""
    rows = Repayment.objects.filter(Repayment.OPEN, payment__isnull=False, refund__currency=refund.currency)
    return sum(repayment.refunded for repayment in rows.filter(refund__ticket=refund.ticket_id))


def send_repayments(*, at: datetime) -> int:
    """Ask the provider for those that wait; returns how many it took. Any number of workers may do this."""
    return sum(_send(repayment) for repayment in due(_waiting(), at))


@command
def note_sent(
    *, actor: Actor, occurred_at: datetime, repayment_id: UUID, provider_id: str = "", done: bool = False
) -> None:
    """The provider has taken it, and the customer hears that it is on its way; perhaps they have it already.

    So it ends a doubt. What the provider itself has told of it by then, by its webhook, stands.
    """
    repayment = access.repayment_at_provider(repayment_id)
    in_doubt = repayment.status == Status.FAILED and repayment.in_doubt and not repayment.settlement
    if repayment.status != Status.ASKED and not in_doubt:
        return
    _be_on_its_way(repayment, actor=actor, at=occurred_at, provider_id=provider_id)
    if done:
        _confirm(repayment, actor=actor, at=occurred_at)


@command
def note_failed(*, actor: Actor, occurred_at: datetime, repayment_id: UUID, reason: str, in_doubt: bool) -> None:
    """The provider has refused it or, `in_doubt`, has not said what became of it."""
    repayment = access.repayment_at_provider(repayment_id)
    if repayment.status in (Status.ASKED, Status.SENT):
        _fail(repayment, actor=actor, at=occurred_at, reason=reason, in_doubt=in_doubt)


@command
def hear_of_repayment(
    *, actor: Actor, occurred_at: datetime, reference: UUID, state: str, refund_id: str = "", reason: str = ""
) -> Repayment:
    """The provider says what has become of it (`confirmed`, `failed`), perhaps not for the first time.

    Of two words the one stands that the provider dates later; the same again changes nothing. What it says after
    somebody has settled the failure is kept, and the supervisors hear of it: the customer may have the money twice.
    Raises Invalid("repayment_unknown").
    """
    repayment = access.repayment_told_of(reference)
    if repayment.heard_at is not None and occurred_at <= repayment.heard_at:
        return repayment
    repayment.heard_at = occurred_at
    repayment.provider_id = refund_id or repayment.provider_id
    if state == repayment.status:
        repayment.in_doubt = False
        _save(repayment)
    elif state == Status.CONFIRMED:
        if repayment.status == Status.ASKED:
            _be_on_its_way(repayment, actor=actor, at=occurred_at)
        _confirm(repayment, actor=actor, at=occurred_at)
    else:
        _fail(repayment, actor=actor, at=occurred_at, reason=reason, in_doubt=False)
    return repayment


@command
def settle_repayment(
    *, actor: Actor, occurred_at: datetime, repayment_id: UUID, settlement: str, note: str
) -> Repayment:
    """Somebody has seen to one that failed: it is tried `again`, or given `by_hand`. The same again changes nothing.

    What the provider has refused is asked for under another reference, as it remembers its refusal; what it was silent
    about, under the same, so that it does it once. Raises Conflict("repayment_not_failed").
    """
    repayment = access.repayment_to_settle(actor, repayment_id)
    if repayment.settlement and repayment.settlement == settlement:
        return repayment
    if repayment.status != Status.FAILED or repayment.settlement:
        detail = "Only what the provider has not paid back needs somebody."
        raise Conflict("repayment_not_failed", detail, repayment_status=repayment.status)
    if repayment.in_doubt and settlement == Settlement.AGAIN:
        repayment.status, repayment.in_doubt = Status.ASKED, False
        repayment.failed_at, repayment.attempts, repayment.next_try_at = None, 0, occurred_at
    else:
        repayment.settlement, repayment.settled_at, repayment.settled_by = settlement, occurred_at, actor.user
        payment = repayment.payment if settlement == Settlement.AGAIN else None
        _ask(repayment.refund, payment, repayment.amount, repayment.compensation, at=occurred_at)
    repayment.note = note
    _save(repayment)
    _record(repayment, f"refund_{settlement}", actor=actor, at=occurred_at, public=False, note=note)
    return repayment


def doubt_the_silent(*, at: datetime) -> int:
    """What the provider took `REFUND_CONFIRMED_DAYS` ago and has said nothing of, somebody has to ask it about."""
    since = at - timedelta(days=settings.REFUND_CONFIRMED_DAYS)
    silent = list(Repayment.objects.filter(status=Status.SENT, sent_at__lte=since).values_list("pk", flat=True)[:100])
    for repayment_id in silent:
        reason = "the payment provider has not confirmed it"
        note_failed(actor=Actor.system(), occurred_at=at, repayment_id=repayment_id, reason=reason, in_doubt=True)
    return len(silent)


# What the commands share


def _to_go_back_to(refund: Refund) -> Iterator[tuple[Payment, int]]:
    """Payments by link, the latest first, and how much of each has not gone back."""
    if not gives_back():
        return
    payments = Payment.objects.filter(ticket=refund.ticket_id, currency=refund.currency, method=Payment.Method.LINK)
    gone = Repayment.objects.filter(Repayment.MAY_HAVE_GONE, payment__in=payments).order_by().values_list("payment")
    sums = dict(gone.annotate(sum=Sum("amount")))
    for payment in payments.order_by("-occurred_at", "-pk"):
        yield payment, max(0, payment.amount - sums.get(payment.pk, 0))


def _ask(refund: Refund, payment: Payment | None, amount: int, compensation: int, *, at: datetime) -> None:
    Repayment.objects.create(
        refund=refund,
        payment=payment,
        amount=amount,
        compensation=compensation,
        asked_at=at,
        next_try_at=at if payment else None,
    )


def _by_hand(refund: Refund) -> QuerySet[Repayment]:
    return refund.repayments.filter(payment=None, status=Status.ASKED)


def _waiting() -> QuerySet[Repayment]:
    return Repayment.objects.filter(status=Status.ASKED, payment__isnull=False)


def _send(repayment: Repayment) -> bool:
    """Outside of any transaction."""
    refund, payment = repayment.refund, repayment.payment
    try:
        provider_id, done = asked(
            f"repayment {repayment.pk}",
            lambda: payment_provider().refund(
                reference=str(repayment.pk),
                payment=payment.receipt_number,  # type: ignore[union-attr]  # only those with one wait
                amount=repayment.amount,
                currency=refund.currency,
                description=refund.ticket.reference,
            ),
        )
    except ProviderError as error:
        if not try_later(repayment, _waiting(), error):
            logger.error("repayment %s has failed: %s", repayment.pk, error)
            failed: dict[str, Any] = {"reason": str(error), "in_doubt": error.retry}
            note_failed(actor=Actor.system(), occurred_at=now(), repayment_id=repayment.pk, **failed)
        return False
    taken: dict[str, Any] = {"provider_id": provider_id, "done": done}
    note_sent(actor=Actor.system(), occurred_at=now(), repayment_id=repayment.pk, **taken)
    return True


def _be_on_its_way(repayment: Repayment, *, actor: Actor, at: datetime, provider_id: str = "") -> None:
    repayment.status, repayment.sent_at, repayment.last_error = Status.SENT, at, ""
    repayment.failed_at, repayment.in_doubt, repayment.next_try_at = None, False, None
    repayment.provider_id = provider_id or repayment.provider_id
    _save(repayment)
    _record(repayment, "refund_sent", actor=actor, at=at, public=True)
    tell_resident(
        repayment.refund.ticket, actor=actor, kind="refund_sent", once_for=repayment.pk, text=_words(repayment)
    )


def _confirm(repayment: Repayment, *, actor: Actor, at: datetime) -> None:
    ticket, settled = repayment.refund.ticket, repayment.settlement
    repayment.status, repayment.confirmed_at, repayment.failed_at = Status.CONFIRMED, at, None
    repayment.in_doubt, repayment.territory_id = False, territory_then(ticket, at)
    _save(repayment)
    _reckon(repayment.refund)
    _record(repayment, "refund_paid", actor=actor, at=at, public=True)
    if settled:
        _record(repayment, "refund_twice", actor=actor, at=at, public=False)
        subject, text = ("repayments", repayment.pk), _words(repayment)
        tell_supervisors(ticket, actor=actor, kind="refund_twice", subject=subject, text=text)


def _fail(repayment: Repayment, *, actor: Actor, at: datetime, reason: str, in_doubt: bool) -> None:
    """Also of what was confirmed: the customer's bank may have sent it back."""
    ticket = repayment.refund.ticket
    repayment.status, repayment.failed_at, repayment.next_try_at = Status.FAILED, at, None
    repayment.last_error, repayment.in_doubt = reason, in_doubt
    repayment.owner = _owner(repayment.refund)
    _save(repayment)
    _reckon(repayment.refund)
    _record(repayment, "refund_failed", actor=actor, at=at, public=False, why=reason)
    if repayment.owner is not None:
        notify(
            actor=actor,
            to=[repayment.owner],
            kind="refund_failed",
            subject=("repayments", repayment.pk),
            text={"reference": ticket.reference, **_words(repayment), "why": reason},
            ticket_id=ticket.pk,
            territory_id=ticket.territory_id,
            dedupe_key=f"refund_failed:{repayment.pk}:{at.isoformat()}",
        )


def _owner(refund: Refund) -> User | None:
    """Whoever asked for the refund, if they are still at the desk there; else its supervisor, or a dispatcher."""
    place = refund.ticket.territory_id
    asker = User.objects.filter(holds(DESK, [place]), pk__in=[refund.requested_by_id], is_active=True).first()
    rest: Sequence[str] = () if asker else (Role.SUPERVISOR, Role.DISPATCHER)
    owners = (people_with_role(role, place).order_by("username", "pk").first() for role in rest)
    return asker or next((owner for owner in owners if owner), None)


def _reckon(refund: Refund) -> None:
    """It is paid when nothing of it is open. What came back has to be given anew."""
    still = refund.repayments.filter(Repayment.OPEN).exists()
    latest = refund.repayments.filter(status=Status.CONFIRMED).order_by("-confirmed_at").first()
    refund.status = Refund.Status.APPROVED if still else Refund.Status.PAID
    refund.paid_at = None if still or latest is None else latest.confirmed_at
    refund.save(update_fields=["status", "paid_at"])
    reckon(refund.ticket)


def _save(repayment: Repayment) -> None:
    repayment.save(force_update=True)


def _words(repayment: Repayment) -> dict[str, Any]:
    currency = repayment.refund.currency
    return {"amount": written(repayment.amount, currency), "currency": currency}


def _record(repayment: Repayment, kind: str, *, actor: Actor, at: datetime, public: bool, **more: Any) -> None:
    facts = {"refund_id": repayment.refund_id, **_words(repayment), **more}
    ticket: Ticket = repayment.refund.ticket
    record_event(ticket, actor=actor, occurred_at=at, kind=kind, public=public, data=facts)
