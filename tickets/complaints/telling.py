"""What the resident is told, beyond what the timeline shows."""

from typing import Any
from uuid import UUID

from notifications.services import notify
from sync.commands import Actor
from tickets.complaints.models import Ticket


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


def resolution_texts(ticket: Ticket) -> dict[str, str]:
    """What the resolution code of the ticket means, in English and Chinese; the code itself if nobody knows."""
    for choice in ticket.service_type.resolution_codes:
        if choice["code"] == ticket.resolution_code:
            return {"resolution": choice["text"], "resolution_zh": choice.get("text_zh") or choice["text"]}
    return {"resolution": ticket.resolution_code, "resolution_zh": ticket.resolution_code}
