"""By which ways a notice reaches somebody: those to which they have agreed. It is always there to be looked up."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from accounts.consents.models import Consent
from accounts.consents.selectors import address_for, consents_of_residents, holds
from accounts.people.models import User
from notifications.messages.models import Message
from notifications.messages.services import send
from notifications.notices.models import Notice
from notifications.push.models import PushSubscription
from notifications.push.payloads import payload
from notifications.push.selectors import subscriptions_of

About = Consent.About
Channel = Message.Channel
ABOUT = {Channel.SMS: About.SMS, Channel.EMAIL: About.EMAIL}
"""The consent that residents have to have given for a channel. A device that subscribes has said yes by that."""
LONGEST_SMS = 300
"""Characters."""


@dataclass(frozen=True, slots=True)
class Reach:
    """By which ways some people may be told now."""

    consents: Mapping[tuple[UUID, str], Consent]
    subscriptions: Mapping[UUID, Sequence[PushSubscription]]

    @classmethod
    def of(cls, people: Collection[User]) -> "Reach":
        """Two queries."""
        ids = {person.pk for person in people}
        consents = consents_of_residents(ids, (About.IN_APP, *ABOUT.values()))
        return cls(consents, subscriptions_of(ids))

    def is_told_aloud(self, notice: Notice) -> bool:
        """Whether the sockets say it at once. What is urgent, or asks for an acknowledgement, always is."""
        silence = self.consents.get((notice.user_id, About.IN_APP))
        return silence is None or silence.given or notice.wants_ack or notice.urgent

    def agreed(self, person: User, channel: Channel) -> str:
        """The address to which this resident has agreed to be written; empty if there is none."""
        consent = self.consents.get((person.pk, ABOUT[channel]))
        return consent.address if consent is not None and holds(person, ABOUT[channel], consent) else ""

    def address(self, person: User, channel: Channel) -> str:
        """Where this person may be written to: residents as they have agreed, whoever works here as their work asks."""
        return address_for(person, ABOUT[channel]) if person.works_here else self.agreed(person, channel)


def tell_by_their_ways(notices: Sequence[Notice]) -> list[Notice]:
    """Send those notices out that go out, and answer those that the sockets are to say at once. Two queries.

    Whoever works here is told by the app, open or not; by SMS only when they do not hear.
    """
    reach = Reach.of([notice.user for notice in notices])
    messages: list[Message] = []
    for notice in notices:
        messages += pushes(notice, reach.subscriptions.get(notice.user_id, ()))
        messages += [
            written(notice, channel, address) for channel in ABOUT if (address := reach.agreed(notice.user, channel))
        ]
    send(messages)
    return [notice for notice in notices if reach.is_told_aloud(notice)]


def send_to_the_same(notice: Notice, channel: Channel) -> bool:
    """Say it once more to the same person, by SMS or e-mail; answers whether they can be reached so.

    Whom that way has told of it already is not told again.
    """
    address = Reach.of([notice.user]).address(notice.user, channel)
    if address:
        send([written(notice, channel, address)])
    return bool(address)


def go_on_without_push(notice: Notice | None) -> None:
    """A push has failed for good. If it was the last one, and somebody has to hear, the next channel takes over."""
    if notice is None or notice.acknowledged_at or not (notice.urgent or notice.wants_ack):
        return
    alive = (Message.Status.QUEUED, Message.Status.SENT)
    if not Message.objects.filter(notice=notice, channel=Channel.PUSH, status__in=alive).exists():
        any(send_to_the_same(notice, channel) for channel in ABOUT)


def pushes(notice: Notice, subscriptions: Iterable[PushSubscription]) -> list[Message]:
    """The notice for each of these devices."""
    return [
        Message(
            channel=Channel.PUSH,
            address=(urlsplit(subscription.endpoint).hostname or "")[:254],
            subscription=subscription,
            text=payload(notice),
            notice=notice,
            dedupe_key=f"notice:{notice.pk}:push:{subscription.pk}",
        )
        for subscription in subscriptions
    ]


def written(notice: Notice, channel: Channel, address: str) -> Message:
    """The notice as SMS or e-mail, in the language of its reader."""
    chinese = notice.user.language == "zh"
    title, body = (notice.title_zh, notice.body_zh) if chinese else (notice.title, notice.body)
    text = f"{title}\n{body}".strip()
    if channel == Channel.SMS and len(text) > LONGEST_SMS:
        text = text[: LONGEST_SMS - 1] + "…"
    return Message(
        channel=channel, address=address, text=text, notice=notice, dedupe_key=f"notice:{notice.pk}:{channel}"
    )
