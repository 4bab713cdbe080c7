"""Dead letters are tried again: one, or many."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from fieldsvc.errors import Conflict
from notifications.choices.unsubscribing import ABOUT
from notifications.messages import access
from notifications.messages.models import Message
from notifications.messages.services import hurry
from notifications.notices.ways import Reach
from sync.commands import Actor, command

AT_ONCE = 500
"""So many are taken out of the dead letters by one command."""


@command
def resend_message(*, actor: Actor, occurred_at: datetime, message_id: UUID) -> Message:
    """Try a dead letter anew, to the address that its reader has now.

    Raises NotFound, Forbidden("role_required"), and Conflict: `message_not_dead`; `message_over` for a one-time code,
    or what has expired or was seen meanwhile; `nowhere_to_send` where there is no address, device or consent.
    """
    message = access.message_to_resend(actor, message_id)
    if message.status != Message.Status.DEAD:
        raise Conflict("message_not_dead", "Only what was given up can be sent again.", status=message.status)
    if _is_over(message, at=occurred_at):
        raise Conflict("message_over", "Nobody needs it any more.")
    if not _send_again([message], actor=actor, at=occurred_at):
        raise Conflict("nowhere_to_send", "There is no address or device to which it may be sent.")
    return message


@command
def resend_messages(*, actor: Actor, occurred_at: datetime, chosen: QuerySet[Message]) -> int:
    """The same with the oldest of many. Answers how many are tried anew; what cannot be is left as it is."""
    dead = chosen.filter(status=Message.Status.DEAD).exclude(kind=Message.Kind.CODE)
    ids = list(dead.order_by("created_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    locked = Message.objects.filter(pk__in=ids, status=Message.Status.DEAD).order_by("pk").select_for_update()
    return _send_again(
        [message for message in locked if not _is_over(message, at=occurred_at)], actor=actor, at=occurred_at
    )


def _is_over(message: Message, *, at: datetime) -> bool:
    expired = message.expires_at is not None and message.expires_at <= at
    seen = message.notice is not None and message.notice.acknowledged_at is not None
    return message.kind == Message.Kind.CODE or expired or seen


def _send_again(messages: Iterable[Message], *, actor: Actor, at: datetime) -> int:
    """Those that can be delivered at all; answers how many these are."""
    found = list(messages)
    reach = Reach.of([message.notice.user for message in found if message.notice])
    going = [message for message in found if _readdress(message, reach)]
    for message in going:
        message.status, message.attempts, message.next_try_at = Message.Status.QUEUED, 0, at
        message.resent_at, message.resent_by = at, actor.user
    fields = ["address", "status", "attempts", "next_try_at", "resent_at", "resent_by"]
    Message.objects.bulk_update(going, fields)
    if going:
        hurry()
    return len(going)


def _readdress(message: Message, reach: Reach) -> bool:
    """Whether there is somewhere to send it; an address that was wrong may have been put right."""
    if message.channel == Message.Channel.PUSH:
        return message.subscription_id is not None
    channel = Message.Channel(message.channel)
    if message.notice is not None and channel in ABOUT:
        message.address = reach.address_for_news(message.notice.user, channel)
    return bool(message.address)
