"""What the resident is told, beyond what the timeline shows."""

from typing import Any
from uuid import UUID

from accounts.models import Role, User
from accounts.people.access import holds
from accounts.people.selectors import people_with_role
from notifications.services import notify
from sync.commands import Actor
from tickets.complaints.models import Note, Ticket


def tell_resident(ticket: Ticket, *, actor: Actor, kind: str, once_for: UUID, text: dict[str, Any]) -> None:
    """Write a notice to the resident, if they are registered; once for each `once_for` (the event that caused it)."""
    if ticket.resident is not None:
        notify(
            actor=actor,
            to=[ticket.resident],
            kind=kind,
            subject=("tickets", ticket.pk),
            text={"reference": ticket.reference, **text},
            ticket_id=ticket.pk,
            territory_id=ticket.territory_id,
            dedupe_key=f"{kind}:{once_for}",
        )


def tell_desk_of_message(message: Note, *, actor: Actor) -> None:
    """The resident has written: to whoever of the desk answers for the ticket, or to all who may answer them."""
    ticket = message.ticket
    notify(
        actor=actor,
        to=[person for person in _who_answers(ticket) if person != actor.user],
        kind="message_from_resident",
        subject=("messages", message.pk),
        text={
            "reference": ticket.reference,
            "person": ticket.resident.name if ticket.resident else ticket.contact_name,
            "text": message.text,
        },
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"message_from_resident:{message.pk}",
    )


def _who_answers(ticket: Ticket) -> list[User]:
    """Technicians do not read messages, even while they are responsible."""
    desk = User.objects.filter(holds((Role.AGENT, Role.DISPATCHER, Role.SUPERVISOR), [ticket.territory_id]))
    return (
        list(desk.filter(responsible_for=ticket, is_active=True))
        or list(people_with_role(Role.AGENT, ticket.territory_id))
        or list(people_with_role(Role.DISPATCHER, ticket.territory_id))
    )


def resolution_texts(ticket: Ticket) -> dict[str, str]:
    """What the resolution code of the ticket means, in English and Chinese; the code itself if nobody knows."""
    for choice in ticket.service_type.resolution_codes:
        if choice["code"] == ticket.resolution_code:
            return {"resolution": choice["text"], "resolution_zh": choice.get("text_zh") or choice["text"]}
    return {"resolution": ticket.resolution_code, "resolution_zh": ticket.resolution_code}
