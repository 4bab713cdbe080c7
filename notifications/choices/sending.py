"""What was held back goes out when its time has come: what waits for one person and channel as one message."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from notifications.choices.models import HeldNotice
from notifications.messages.models import Message
from notifications.messages.services import send
from notifications.notices.models import Notice
from notifications.notices.ways import Reach, pushes, written
from notifications.notices.words import merged
from sync.commands import Actor, command

PORTION = 500


def send_held(*, at: datetime) -> int:
    """All that was held until this moment; answers how many notices these were. Any number of workers may do it."""
    sent = 0
    while portion := send_portion(actor=Actor.system(), occurred_at=at):
        sent += portion
    return sent


@command
def send_portion(*, actor: Actor, occurred_at: datetime) -> int:
    """One portion of the above. What was seen meanwhile, or is not wanted any more, is left out."""
    due = HeldNotice.objects.filter(due_at__lte=occurred_at).select_related("notice__user")
    held = list(
        due.select_for_update(of=("self",), skip_locked=True).order_by("notice__user", "channel", "notice")[:PORTION]
    )
    waiting = [one for one in held if one.notice.acknowledged_at is None]
    reach = Reach.of([one.notice.user for one in waiting])
    messages: list[Message] = []
    for (_, channel), group in groupby(waiting, key=lambda one: (one.notice.user_id, one.channel)):
        messages += _together([one.notice for one in group], Message.Channel(channel), reach)
    send(messages)
    HeldNotice.objects.filter(pk__in=[one.pk for one in held]).delete()
    return len(held)


def _together(notices: Sequence[Notice], channel: Message.Channel, reach: Reach) -> list[Message]:
    """One message that stands for all of them; it counts as one about the first."""
    wanted = [notice for notice in notices if reach.wants(notice, channel)]
    if not wanted:
        return []
    words = merged(wanted)
    if channel == Message.Channel.PUSH:
        return pushes(wanted[0], words, reach.subscriptions.get(wanted[0].user_id, ()))
    address = reach.address_for_news(wanted[0].user, channel)
    return [written(wanted[0], words, channel, address)] if address else []
