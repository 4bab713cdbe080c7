"""Empty the outbox: what the worker does with messages."""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from fieldsvc.time import now
from notifications.choices.unsubscribing import unsubscribe_link
from notifications.gateways import GatewayError, Gone, Unanswered, mail_gateway, sms_gateway
from notifications.gateways.web_push import send_push
from notifications.messages.models import Message
from notifications.notices.ways import go_on_without_push
from notifications.push.services import forget

BACKOFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
)
"""How long to wait after each failed attempt; after one more the message is dead."""

LEASE = timedelta(minutes=2)
"""For so long a message belongs to the worker that took it; if that one dies, another takes over. No transaction is
open while a gateway makes up its mind."""

ROUND_SECONDS = 20.0
"""A round ends about then, so that a gateway that answers slowly does not hold up the worker's other jobs for long."""

logger = logging.getLogger(__name__)


def deliver_due_messages() -> int:
    """Try the messages that are due now, those that expire first; answers how many were sent.

    Any number of workers may do this at the same time. Whoever does not answer is left alone until the next round: else
    everybody's pushes and e-mails would wait while one SMS after the other finds its gateway dead.
    """
    sent = 0
    end = time.monotonic() + ROUND_SECONDS
    unanswered: list[Q] = []
    while time.monotonic() < end and (message := _take_next(unanswered)):
        try:
            sent += _deliver(message)
        except Unanswered as error:
            _try_later(message, str(error))
            unanswered.append(_of_the_same_gateway(message))
    return sent


def _of_the_same_gateway(message: Message) -> Q:
    """Each push service is one of its own."""
    same = Q(channel=message.channel)
    return same & Q(address=message.address) if message.channel == Message.Channel.PUSH else same


def _take_next(unanswered: Sequence[Q] = ()) -> Message | None:
    with transaction.atomic():
        message = (
            Message.objects.filter(
                *(~gateway for gateway in unanswered), status=Message.Status.QUEUED, next_try_at__lte=now()
            )
            .select_related("notice", "subscription")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by(F("expires_at").asc(nulls_last=True), "next_try_at")
            .first()
        )
        if message:
            message.attempts += 1
            message.next_try_at = now() + LEASE
            message.save(update_fields=["attempts", "next_try_at"])
        return message


def _deliver(message: Message) -> bool:
    """Raises Unanswered, to be tried again later."""
    if message.expires_at and message.expires_at <= now():
        _bury(message, "expired before it could be sent")
        return False
    if message.notice and message.notice.acknowledged_at:
        _note(message, status=Message.Status.NEEDLESS)
        return False
    try:
        _hand_over(message)
    except Unanswered:
        raise
    except GatewayError as error:
        if isinstance(error, Gone) and message.subscription:
            forget(message.subscription.pk)
        _try_later(message, str(error)) if error.retry else _bury(message, str(error))
        return False
    except Exception as error:
        # A mistake of ours, say in the gateway's settings: the other messages must not wait behind this one.
        logger.exception("message %s could not be handed to its gateway", message.pk)
        _try_later(message, f"{type(error).__name__} in the gateway, see the log")
        return False
    return _note(message, status=Message.Status.SENT, sent_at=now(), last_error="")


def _hand_over(message: Message) -> None:
    """Raises GatewayError."""
    reference = str(message.pk)
    if message.channel == Message.Channel.SMS:
        sms_gateway().send(message.address, message.text, reference=reference)
    elif message.channel == Message.Channel.EMAIL:
        link = unsubscribe_link(message.notice.user_id, message.channel) if message.notice else ""
        mail_gateway().send(message.address, message.text, reference=reference, unsubscribe=link)
    elif message.subscription is None or message.notice is None:
        raise Gone("the device is not subscribed any more")
    else:
        notice = message.notice
        send_push(message.subscription, message.text, topic=notice.pk.hex, urgent=notice.urgent or notice.wants_ack)


def _try_later(message: Message, reason: str) -> None:
    if message.attempts > len(BACKOFF):
        _bury(message, reason)
        return
    next_try_at = now() + BACKOFF[message.attempts - 1]
    if message.expires_at:
        next_try_at = min(next_try_at, message.expires_at)  # to be buried then, and its code wiped out
    _note(message, next_try_at=next_try_at, last_error=reason)


def _bury(message: Message, reason: str) -> None:
    logger.error("message %s is dead: %s", message.pk, reason)
    if _note(message, status=Message.Status.DEAD, last_error=reason) and message.channel == Message.Channel.PUSH:
        go_on_without_push(message.notice)


def _note(message: Message, **changes: str | datetime) -> bool:
    """Write down what became of this attempt, unless the lease ran out and another worker has begun the next one."""
    if "status" in changes and message.kind == Message.Kind.CODE:
        changes["text"] = ""
    return bool(Message.objects.filter(pk=message.pk, attempts=message.attempts).update(**changes))
