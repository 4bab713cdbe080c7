"""By which ways a notice reaches somebody: those to which they have agreed. It is always there to be looked up."""

from collections.abc import Sequence

from accounts.consents.models import Consent
from accounts.consents.selectors import consents_of_residents, holds
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


def _message(notice: Notice, channel: Message.Channel, address: str) -> Message:
    chinese = notice.user.language == "zh"
    title, body = (notice.title_zh, notice.body_zh) if chinese else (notice.title, notice.body)
    text = f"{title}\n{body}".strip()
    if channel == Message.Channel.SMS and len(text) > LONGEST_SMS:
        text = text[: LONGEST_SMS - 1] + "…"
    return Message(channel=channel, address=address, text=text, dedupe_key=f"notice:{notice.pk}:{channel}")
