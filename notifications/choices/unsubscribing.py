"""The way out of e-mails (RFC 8058) and SMS: a link that needs no sign-in, and says who stops which channel.

It is as short as it can be, as an SMS pays for each character: the person's id and 64 bits that only we can make.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.consents.models import Consent
from accounts.consents.services import write
from accounts.consents.wordings import newest
from accounts.people.models import User
from fieldsvc.errors import NotFound, must_exist
from fieldsvc.time import now
from notifications.choices.services import refuse_channel
from notifications.messages.models import Message
from sync.commands import Actor, command

ABOUT = {Message.Channel.SMS: Consent.About.SMS, Message.Channel.EMAIL: Consent.About.EMAIL}
ID_BYTES, PROOF_BYTES = 16, 8


def unsubscribe_link(person_id: UUID, channel: str) -> str:
    """Empty where nobody has said under which address we are found (`PUBLIC_URL`)."""
    if not settings.PUBLIC_URL or channel not in ABOUT:
        return ""
    token = urlsafe_b64encode(person_id.bytes + _proof(person_id, channel)).decode()
    return f"{settings.PUBLIC_URL}/api/v1/u/{token}"


def reader_of(token: str) -> tuple[User, Message.Channel]:
    """Whose link it is, and of which channel. Raises NotFound for what we have not made."""
    try:
        content = urlsafe_b64decode(token)
        person_id, proof = UUID(bytes=content[:ID_BYTES]), content[ID_BYTES:]
    except ValueError as error:
        raise NotFound() from error
    for channel in ABOUT:
        if constant_time_compare(proof, _proof(person_id, channel)):
            return must_exist(User.objects.filter(pk=person_id, is_active=True).first()), channel
    raise NotFound()


def _proof(person_id: UUID, channel: str) -> bytes:
    made = salted_hmac(f"notifications.unsubscribe.{channel}", person_id.bytes, algorithm="sha256")
    return bytes(made.digest()[:PROOF_BYTES])


@command
def unsubscribe_by_link(*, actor: Actor, occurred_at: datetime, token: str) -> tuple[User, Message.Channel]:
    """Whoever has the link says it for its reader: residents take their consent back, others choose.

    Saying it again changes nothing. Raises NotFound.
    """
    person, channel = reader_of(token)
    them = Actor(user=person, received_at=now())
    if person.works_here:
        refuse_channel(actor=them, occurred_at=occurred_at, channel=channel)
    else:
        about = ABOUT[channel]
        last = Consent.objects.filter(person=person, about=about).first()
        if last is not None and last.given:
            how = Consent.How.LINK
            write(person, about, False, newest(about), actor=them, occurred_at=occurred_at, how=how)
    return person, channel
