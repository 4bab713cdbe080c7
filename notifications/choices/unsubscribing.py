"""The way out that stands in every e-mail (RFC 8058): a link that needs no sign-in, and says who by which channel."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

from accounts.consents.models import Consent
from accounts.consents.services import write
from accounts.consents.wordings import newest
from accounts.people.models import User
from fieldsvc.errors import NotFound
from fieldsvc.time import now
from notifications.choices.services import refuse_channel
from notifications.messages.models import Message
from sync.commands import Actor, command

ABOUT = {Message.Channel.SMS: Consent.About.SMS, Message.Channel.EMAIL: Consent.About.EMAIL}
_signer = Signer(salt="notifications.unsubscribe")


def unsubscribe_link(person_id: UUID, channel: str) -> str:
    """Empty where nobody has said under which address we are found (`PUBLIC_URL`)."""
    if not settings.PUBLIC_URL or channel not in ABOUT:
        return ""
    return f"{settings.PUBLIC_URL}/api/v1/unsubscribe/{_signer.sign(f'{person_id.hex}-{channel}')}"


def reader_of(token: str) -> tuple[User, Message.Channel]:
    """Whose link it is, and of which channel. Raises NotFound for what we have not signed."""
    try:
        person_id, channel = _signer.unsign(token).split("-")
        return User.objects.get(pk=UUID(person_id), is_active=True), Message.Channel(channel)
    except (BadSignature, ValueError, User.DoesNotExist) as error:
        raise NotFound() from error


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
