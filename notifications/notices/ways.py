"""By which ways a notice reaches somebody: as they have agreed and chosen. It is always there to be looked up."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from accounts.consents.models import Consent
from accounts.consents.selectors import address_for, consents_of_residents, holds
from accounts.people.models import STAFF, RoleGrant, User
from notifications.choices.models import HeldNotice, NoticeChoices
from notifications.choices.selectors import choices_of
from notifications.choices.timing import due_at
from notifications.choices.unsubscribing import ABOUT, unsubscribe_link
from notifications.messages.models import Message
from notifications.messages.segments import shortened
from notifications.messages.services import send
from notifications.notices.models import Notice
from notifications.notices.words import Said, said
from notifications.push.models import PushSubscription
from notifications.push.payloads import payload
from notifications.push.selectors import subscriptions_of

Channel = Message.Channel
IN_APP = Consent.About.IN_APP


class WaysBack(NamedTuple):
    """What stands at the end of a message: how to have no more of them, or how to acknowledge it."""

    by_sms: str
    answer_stop: str
    """Where answers reach us."""
    elsewhere: str
    """Where they do not, and there is not even a link."""
    by_email: str
    answer_ok: str


WAYS_BACK = {
    "en": WaysBack(
        by_sms="No more SMS: ",
        answer_stop="answer STOP.",
        elsewhere="say so in the app or by phone.",
        by_email="No more of these e-mails: ",
        answer_ok="Answer OK.",
    ),
    "zh": WaysBack(
        by_sms="退订短信:",
        answer_stop="回复 TD。",
        elsewhere="在应用内或致电客服关闭。",
        by_email="退订邮件：",
        answer_ok="收到请回复 1。",
    ),
}


@dataclass(frozen=True, slots=True)
class Reach:
    """By which ways some people may be told now."""

    staff: Collection[UUID]
    consents: Mapping[tuple[UUID, str], Consent]
    choices: Mapping[UUID, NoticeChoices]
    subscriptions: Mapping[UUID, Sequence[PushSubscription]]

    @classmethod
    def of(cls, people: Collection[User]) -> "Reach":
        """Four queries."""
        ids = {person.pk for person in people}
        staff = RoleGrant.objects.filter(user__in=ids, role__in=STAFF).values_list("user_id", flat=True)
        return cls(
            frozenset(staff),
            consents_of_residents(ids, (IN_APP, *ABOUT.values())),
            choices_of(ids),
            subscriptions_of(ids),
        )

    def wants(self, notice: Notice, channel: str) -> bool:
        """Whether its reader has chosen to hear of this by that channel.

        Without a word from them residents hear by all that they agreed to, and staff by the app, open or not. What is
        to be acknowledged always comes by the app, whatever they chose; and what is urgent is said if it is open.
        """
        choices = self.choices.get(notice.user_id)
        chosen = choices.wants(notice.kind, channel) if choices else None
        if chosen is None:
            chosen = channel in (IN_APP, Channel.PUSH) or notice.user_id not in self.staff
        if channel == IN_APP:
            silence = self.consents.get((notice.user_id, IN_APP))
            return (chosen and (silence is None or silence.given)) or notice.wants_ack or notice.urgent
        return chosen or (notice.wants_ack and channel == Channel.PUSH)

    def address_for_news(self, person: User, channel: Channel) -> str:
        """Where they may be written to: residents as they have agreed, staff as they have chosen; empty if nowhere."""
        if person.pk in self.staff:
            return address_for(person, ABOUT[channel])
        consent = self.consents.get((person.pk, ABOUT[channel]))
        return consent.address if consent is not None and holds(person, ABOUT[channel], consent) else ""

    def messages(self, notice: Notice, channel: Channel) -> list[Message]:
        """By this channel, if there is anywhere to send it."""
        if channel == Channel.PUSH:
            return pushes(notice, said(notice), self.subscriptions.get(notice.user_id, ()))
        address = self.address_for_news(notice.user, channel)
        return [written(notice, said(notice), channel, address)] if address else []


def tell_by_their_ways(notices: Sequence[Notice]) -> list[Notice]:
    """Send those notices out that go out, hold back what can wait, and answer those that the sockets say at once."""
    if not notices:
        return []
    reach = Reach.of([notice.user for notice in notices])
    messages: list[Message] = []
    held: list[HeldNotice] = []
    for notice in notices:
        going = [
            message
            for channel in Channel
            if reach.wants(notice, channel)
            for message in reach.messages(notice, channel)
        ]
        due = due_at(notice, reach.choices.get(notice.user_id))
        if due is None:
            messages += going
        else:
            channels = {message.channel for message in going}
            held += [HeldNotice(notice=notice, channel=channel, due_at=due) for channel in sorted(channels)]
    send(messages)
    if held:
        HeldNotice.objects.bulk_create(held)
    return [notice for notice in notices if reach.wants(notice, IN_APP)]


def send_to_the_same(notice: Notice, channel: Channel) -> bool:
    """Say it once more to the same person, by SMS or e-mail, whatever they chose; answers whether they can be reached.

    Whom that way has told of it already is not told again. Residents are written to as they have agreed alone.
    """
    messages = Reach.of([notice.user]).messages(notice, channel)
    send(messages)
    return bool(messages)


def go_on_without_push(notice: Notice | None) -> None:
    """A push has failed for good. If it was the last one, and somebody has to hear, the next channel takes over."""
    if notice is None or notice.acknowledged_at or not (notice.urgent or notice.wants_ack):
        return
    alive = (Message.Status.QUEUED, Message.Status.SENT)
    if not Message.objects.filter(notice=notice, channel=Channel.PUSH, status__in=alive).exists():
        any(send_to_the_same(notice, channel) for channel in ABOUT)


def pushes(notice: Notice, words: Said, subscriptions: Iterable[PushSubscription]) -> list[Message]:
    """In these words, to each of these devices."""
    return [
        Message(
            channel=Channel.PUSH,
            address=(urlsplit(subscription.endpoint).hostname or "")[:254],
            subscription=subscription,
            text=payload(notice, words),
            notice=notice,
            dedupe_key=f"notice:{notice.pk}:push:{subscription.pk}",
        )
        for subscription in subscriptions
    ]


def written(notice: Notice, words: Said, channel: Channel, address: str) -> Message:
    """In these words as SMS or e-mail, with how to stop more of them; not where an SMS must be said (a step of an
    escalation, an alarm about one's account): there every character is for what it says, and how to acknowledge it.
    """
    text, link = "\n".join(words).strip(), unsubscribe_link(notice.user_id, channel)
    back = WAYS_BACK["zh" if notice.user.language == "zh" else "en"]
    if channel == Channel.SMS:
        text = shortened(text, _end_of_sms(notice, back, link))
    elif link:
        text = f"{text}\n\n{back.by_email}{link}"
    return Message(
        channel=channel, address=address, text=text, notice=notice, dedupe_key=f"notice:{notice.pk}:{channel}"
    )


def _end_of_sms(notice: Notice, back: WaysBack, link: str) -> str:
    answers_reach_us = bool(settings.SMS_INBOUND["secret"])
    if notice.wants_ack:
        return f"\n{back.answer_ok}" if answers_reach_us else ""
    if notice.urgent:
        return ""
    return f"\n{back.by_sms}{back.answer_stop if answers_reach_us else link or back.elsewhere}"
