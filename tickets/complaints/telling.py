"""Who hears of a ticket, beyond what the timeline shows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from accounts.models import DESK, Role, Territory, User
from accounts.people.access import holds
from accounts.people.selectors import first_with_role
from notifications.services import notify
from sync.commands import Actor
from sync.ids import uuid7
from tickets.complaints.models import Note, Rating, Ticket
from tickets.sites.models import Site
from tickets.visits.models import Visit


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


def ask_for_ratings(tickets: Sequence[Ticket], *, actor: Actor) -> None:
    """These are closed, whoever closed them: residents who have not rated yet are asked, once per ticket."""
    asked = [ticket for ticket in tickets if ticket.resident is not None]
    rated = set(Rating.objects.filter(ticket__in=asked).values_list("ticket_id", flat=True)) if asked else set()
    for ticket in asked:
        if ticket.pk not in rated:
            tell_resident(ticket, actor=actor, kind="rating_asked", once_for=ticket.pk, text={})


def is_by_resident(ticket: Ticket, actor: Actor) -> bool:
    """Whether the resident does it with their own hands, and need not be told."""
    return actor.user is not None and actor.user.pk == ticket.resident_id


def tell_supervisors(
    ticket: Ticket,
    *,
    actor: Actor,
    kind: str,
    subject: tuple[str, UUID],
    text: dict[str, Any],
    once_for: UUID | None = None,
) -> None:
    """Somebody has to look into it: the supervisors of the territory, or its dispatchers; once for each subject.

    Or once for each `once_for`, where several things may happen to one.
    """
    notify(
        actor=actor,
        to=first_with_role((Role.SUPERVISOR, Role.DISPATCHER), ticket.territory_id),
        kind=kind,
        subject=subject,
        text={"reference": ticket.reference, **text},
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"{kind}:{once_for or subject[1]}",
    )


def tell_desk_of_message(message: Note, *, actor: Actor) -> None:
    """The resident has written: to whoever of the desk answers for the ticket, or to all who may answer them."""
    ticket = message.ticket
    notify(
        actor=actor,
        to=[person for person in _who_answers(ticket, Role.AGENT, Role.DISPATCHER) if person != actor.user],
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


def tell_desk_of_reopening(ticket: Ticket, *, actor: Actor, reason: str, once_for: UUID) -> None:
    """It was not repaired after all: to whoever of the desk answers for the ticket, or to those who plan visits."""
    notify(
        actor=actor,
        to=[person for person in _who_answers(ticket, Role.DISPATCHER, Role.SUPERVISOR) if person != actor.user],
        kind="ticket_reopened",
        subject=("tickets", ticket.pk),
        text={"reference": ticket.reference, "title": ticket.title, "reason": reason},
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"ticket_reopened:{once_for}",
    )


def _who_answers(ticket: Ticket, *otherwise: Role) -> list[User]:
    """Technicians read no messages and plan no visits, even while they are responsible."""
    desk = User.objects.filter(holds(DESK, [ticket.territory_id]))
    responsible = list(desk.filter(responsible_for=ticket, is_active=True))
    return responsible or first_with_role(otherwise, ticket.territory_id)


def tell_of_handing_over(
    tickets: Sequence[Ticket], site: Site, *, former: Territory, reason: str, actor: Actor
) -> None:
    """The open tickets of a site came from another territory: its dispatchers hear of it, and who is to go there."""
    if not tickets:
        return
    territory = site.territory
    dispatchers = first_with_role((Role.DISPATCHER, Role.SUPERVISOR), territory.pk)
    notify(
        actor=actor,
        to=[person for person in dispatchers if person != actor.user],
        kind="tickets_moved",
        subject=("sites", site.pk),
        text={
            "tickets": len(tickets),
            "place": str(site),
            "references": ", ".join(ticket.reference for ticket in tickets[:10]),
            "former": former.name,
            "former_zh": former.name_zh or former.name,
            "reason": reason,
        },
        territory_id=territory.pk,
        dedupe_key=f"tickets_moved:{uuid7()}",
    )
    visits = Visit.objects.filter(ticket__in=tickets, status__in=Visit.ACTIVE)
    for visit in visits.select_related("technician", "ticket"):
        notify(
            actor=actor,
            to=[visit.technician],
            kind="visit_of_another_desk",
            subject=("visits", visit.pk),
            text={
                "reference": visit.ticket.reference,
                "territory": territory.name,
                "territory_zh": territory.name_zh or territory.name,
            },
            ticket_id=visit.ticket_id,
            territory_id=territory.pk,
            dedupe_key=f"visit_of_another_desk:{uuid7()}",
        )


def resolution_texts(ticket: Ticket) -> dict[str, str]:
    """What the resolution code of the ticket means, in English and Chinese; the code itself if nobody knows."""
    for choice in ticket.service_type.resolution_codes:
        if choice["code"] == ticket.resolution_code:
            return {"resolution": choice["text"], "resolution_zh": choice.get("text_zh") or choice["text"]}
    return {"resolution": ticket.resolution_code, "resolution_zh": ticket.resolution_code}
