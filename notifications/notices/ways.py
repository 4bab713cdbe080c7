"""By which ways a notice reaches somebody: those to which they have agreed. It is always there to be looked up."""

from collections.abc import Sequence

from accounts.consents.models import Consent
from accounts.consents.selectors import address_for, consents_of_residents, holds
from notifications.messages.models import Message
from notifications.messages.services import send
from notifications.notices.models import Notice

About = Consent.About
OUTSIDE = {About.SMS: Message.Channel.SMS, About.EMAIL: Message.Channel.EMAIL}
"""Ways out of the house, which need a consent."""
LONGEST_SMS = 300
"""Characters."""


def tell_by_their_ways(notices: Sequence[Notice]) -> list[Notice]:
    """Send those notices out that go out, and answer those that the sockets are to say at once. One query.

    Whoever works here has nothing to choose: their notices are their work. What is urgent, or asks for an
    acknowledgement, is always said.
    """
    found = consents_of_residents({notice.user_id for notice in notices}, (About.IN_APP, *OUTSIDE))
    aloud: list[Notice] = []
    messages: list[Message] = []
    for notice in notices:
        silence = found.get((notice.user_id, About.IN_APP))
        if silence is None or silence.given or notice.wants_ack or notice.urgent:
            aloud.append(notice)
        for about, channel in OUTSIDE.items():
            consent = found.get((notice.user_id, about))
            if consent is not None and holds(notice.user, about, consent):
                messages.append(_message(notice, channel, consent.address))
    send(messages)
    return aloud


def send_to_the_same(notice: Notice, way: str) -> None:
    """Say it once more to whoever has not acknowledged it, by SMS or e-mail, if they can be reached so.

    Whom that way has told of it already is not told again. Residents are written to by what they have agreed to alone.
    """
    channel, person = Message.Channel(way), notice.user
    about = next(about for about, other in OUTSIDE.items() if other == channel)
    address = address_for(person, about)
    if not person.works_here:
        consent = consents_of_residents({person.pk}, (about,)).get((person.pk, about))
        address = address if consent is not None and holds(person, about, consent) else ""
    if address:
        send([_message(notice, channel, address)])


def _message(notice: Notice, channel: Message.Channel, address: str) -> Message:
    chinese = notice.user.language == "zh"
    title, body = (notice.title_zh, notice.body_zh) if chinese else (notice.title, notice.body)
    text = f"{title}\n{body}".strip()
    if channel == Message.Channel.SMS and len(text) > LONGEST_SMS:
        text = text[: LONGEST_SMS - 1] + "…"
    return Message(
        channel=channel, address=address, text=text, notice=notice, dedupe_key=f"notice:{notice.pk}:{channel}"
    )
