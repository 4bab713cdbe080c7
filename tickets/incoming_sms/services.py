"""Commands: an SMS has come, and the desk sees to what nobody could place."""

from datetime import datetime
from uuid import UUID

from accounts.consents.models import Consent
from accounts.models import User
from accounts.signin import limits
from fieldsvc.errors import Conflict
from notifications.choices import unsubscribing
from notifications.messages.models import Message
from notifications.notices.services import acknowledge_notice
from notifications.services import send_sms
from sync.commands import Actor, command
from tickets.calls.access import ticket_to_talk_about
from tickets.complaints.access import acting_for
from tickets.complaints.models import Note, Ticket
from tickets.complaints.services import add_note, send_message
from tickets.incoming_sms import access
from tickets.incoming_sms.matching import awaited_of, meant_by
from tickets.incoming_sms.models import IncomingSms
from tickets.incoming_sms.telling import tell_desk
from tickets.incoming_sms.words import Wish, answer_to, wish_in

State = IncomingSms.State
ANSWERS_PER_NUMBER = limits.Limit(3, limits.KEPT_FOR)
"""Somebody's machine that answers whatever it gets must not keep ours talking."""


@command
def sms_came(*, actor: Actor, occurred_at: datetime, provider_id: str, sender: str, text: str) -> IncomingSms:
    """Somebody has sent an SMS; told twice, it came once.

    STOP and START do what the link in an SMS does, and are answered. OK acknowledges what waits for it: whoever was
    told by SMS may have no other signal. All else goes to the conversation of the ticket that is meant, as if its
    resident had written it in the app; or it waits for the desk.
    """
    sms, new = IncomingSms.objects.get_or_create(
        provider_id=provider_id, defaults={"sender": sender, "text": text, "received_at": occurred_at}
    )
    if not new:
        return sms
    # Held, so that an erasure finds it or comes first.
    sms.person = User.objects.select_for_update(no_key=True).filter(phone=sender, is_active=True).first()
    wish = wish_in(text)
    if wish in (Wish.STOP, Wish.START):
        sms.state = State.STOPPED if wish == Wish.STOP else State.STARTED
        if sms.person is not None:
            _grant(sms.person, wish, sms, at=occurred_at)
    elif wish == Wish.SEEN and (notice := awaited_of(sms, at=occurred_at)):
        acknowledge_notice(actor=Actor(user=sms.person), occurred_at=occurred_at, notice_id=notice.pk)
        sms.state = State.ACKNOWLEDGED
    else:
        _pass_on(sms, at=occurred_at)
    sms.save()
    return sms


@command
def attach_sms(*, actor: Actor, occurred_at: datetime, sms_id: UUID, ticket_id: UUID) -> IncomingSms:
    """The desk says to which ticket it belongs: to its conversation, if its resident has sent it; else to its notes.

    The same again changes nothing. Raises NotFound, Forbidden("role_required"), Invalid("ticket_unknown"),
    Conflict("sms_settled").
    """
    sms = access.sms_to_settle(actor, sms_id)
    if sms.state in (State.FORWARDED, State.SETTLED) and sms.ticket_id == ticket_id:
        return sms
    _must_be_open(sms)
    ticket = ticket_to_talk_about(actor, ticket_id)
    _settle(sms, actor=actor, at=occurred_at)
    sms.ticket, sms.territory = ticket, ticket.territory
    if _is_for_conversation(sms, ticket):
        sms.state, sms.message = State.FORWARDED, _say(sms, ticket, acting_for(actor, sms.person_id), at=occurred_at)
    else:
        add_note(actor=actor, occurred_at=occurred_at, ticket_id=ticket.pk, text=f"SMS: {sms.text}")
    sms.save()
    return sms


@command
def settle_sms(*, actor: Actor, occurred_at: datetime, sms_id: UUID, outcome: str) -> IncomingSms:
    """The desk has seen to it otherwise, or there is nothing to see to. The same again changes nothing.

    Raises NotFound, Forbidden("role_required"), Conflict("sms_settled").
    """
    sms = access.sms_to_settle(actor, sms_id)
    if (sms.state, sms.outcome) == (State.SETTLED, outcome):
        return sms
    _must_be_open(sms)
    _settle(sms, actor=actor, at=occurred_at)
    sms.outcome = outcome
    sms.save()
    return sms


def _grant(person: User, wish: Wish, sms: IncomingSms, *, at: datetime) -> None:
    """It is as they wish, and they hear so."""
    change = unsubscribing.stop_channel if wish == Wish.STOP else unsubscribing.resume_channel
    change(person, Message.Channel.SMS, how=Consent.How.SMS, at=at)
    key = f"answers to {person.phone}"
    if person.phone and not limits.wait(key, ANSWERS_PER_NUMBER, at=at):
        limits.count(key, at=at)
        text = answer_to(wish, works_here=person.works_here, language=person.language)
        send_sms(person.phone, text, dedupe_key=f"answer:{sms.pk}")


def _pass_on(sms: IncomingSms, *, at: datetime) -> None:
    """To the ticket that is meant, or to the desk."""
    meant = meant_by(sms, at=at)
    sms.ticket, sms.territory, sms.staff_complaint = meant.ticket, meant.territory, meant.staff_complaint
    if meant.ticket is not None and _is_for_conversation(sms, meant.ticket):
        sms.state, sms.message = State.FORWARDED, _say(sms, meant.ticket, Actor(user=sms.person), at=at)
    else:
        tell_desk(sms)


def _is_for_conversation(sms: IncomingSms, ticket: Ticket) -> bool:
    """Whether the resident has said something. (A picture has no text.)"""
    return bool(sms.text) and sms.person_id is not None and sms.person_id == ticket.resident_id


def _say(sms: IncomingSms, ticket: Ticket, actor: Actor, *, at: datetime) -> Note:
    return send_message(actor=actor, occurred_at=at, ticket_id=ticket.pk, text=sms.text)


def _must_be_open(sms: IncomingSms) -> None:
    if sms.state != State.OPEN:
        raise Conflict(
            "sms_settled",
            "Nobody waits for it any more.",
            sms_state=sms.state,
            ticket=sms.ticket_id and str(sms.ticket_id),
        )


def _settle(sms: IncomingSms, *, actor: Actor, at: datetime) -> None:
    sms.state, sms.settled_by, sms.settled_at = State.SETTLED, actor.user, at
