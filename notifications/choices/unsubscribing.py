"""The way out of e-mails (RFC 8058) and SMS: a link that needs no sign-in, and says who stops which channel.

It is as short as it can be, as an SMS pays for each character: the person's id and 64 bits that only we can make.
Whoever answers an SMS by STOP says the same: see `stop_channel`.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.consents.models import Consent
from accounts.consents.selectors import holds
from accounts.consents.services import write
from accounts.consents.wordings import newest
from accounts.people.models import User
from fieldsvc.errors import NotFound, must_exist
from fieldsvc.time import now
from notifications.choices.selectors import own_choices
from notifications.choices.services import choose_channel
from notifications.messages.models import Message
from sync.commands import Actor, command

FORMER = Signer(salt="notifications.unsubscribe")
"""Made the links of e-mails that were sent before links were short; who has one may still use it."""
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
    if ":" in token:
        return _reader_of_former(token)
    try:
        content = urlsafe_b64decode(token)
        person_id, proof = UUID(bytes=content[:ID_BYTES]), content[ID_BYTES:]
    except ValueError as error:
        raise NotFound() from error
    for channel in ABOUT:
        if constant_time_compare(proof, _proof(person_id, channel)):
            return must_exist(User.objects.filter(pk=person_id, is_active=True).first()), channel
    raise NotFound()


def _reader_of_former(token: str) -> tuple[User, Message.Channel]:
    try:
        person_id, _, channel = FORMER.unsign(token).partition("-")
    except BadSignature as error:
        raise NotFound() from error
    return must_exist(User.objects.filter(pk=UUID(person_id), is_active=True).first()), Message.Channel(channel)


def _proof(person_id: UUID, channel: str) -> bytes:
    made = salted_hmac(f"notifications.unsubscribe.{channel}", person_id.bytes, algorithm="sha256")
    return bytes(made.digest()[:PROOF_BYTES])


@command
def unsubscribe_by_link(*, actor: Actor, occurred_at: datetime, token: str) -> tuple[User, Message.Channel]:
    """Whoever has the link says it for its reader: residents take their consent back, others choose.

    Saying it again changes nothing. Raises NotFound.
    """
    person, channel = reader_of(token)
    stop_channel(person, channel, how=Consent.How.LINK, at=occurred_at)
    return person, channel


def stop_channel(person: User, channel: Message.Channel, *, how: str, at: datetime) -> None:
    """They want nothing more by it: residents take their consent back, others choose. Part of commands."""
    if person.works_here:
        choose_channel(actor=_themselves(person), occurred_at=at, channel=channel, wanted=False)
    else:
        _consent(person, channel, given=False, how=how, at=at)


def resume_channel(person: User, channel: Message.Channel, *, how: str, at: datetime) -> None:
    """They want what there is by it: residents agree to it, and whoever has chosen otherwise chooses so no more.

    Part of commands.
    """
    if not person.works_here:
        _consent(person, channel, given=True, how=how, at=at)
    if person.works_here or own_choices(person).wants("", channel) is False:
        choose_channel(actor=_themselves(person), occurred_at=at, channel=channel, wanted=True)


def _consent(person: User, channel: Message.Channel, *, given: bool, how: str, at: datetime) -> None:
    """Where that changes anything."""
    about = ABOUT[channel]
    last = Consent.objects.filter(person=person, about=about).first()
    stands = holds(person, about, last) if given else last is not None and last.given
    if stands != given:
        write(person, about, given, newest(about), actor=_themselves(person), occurred_at=at, how=how)


def _themselves(person: User) -> Actor:
    return Actor(user=person, received_at=now())
