"""Who hears of an outage: dispatchers decide, residents hear what is known."""

from datetime import datetime

from accounts.models import Role
from accounts.people.selectors import first_with_role
from notifications.services import notify
from sync.commands import Actor
from sync.ids import uuid7
from tickets.complaints.models import Ticket
from tickets.complaints.telling import tell_resident
from tickets.complaints.timeline import record_event
from tickets.outages.models import Outage


def tell_dispatchers(outage: Outage, *, actor: Actor, tickets: int, about: Ticket) -> None:
    """Many report the same: somebody has to decide. Where there is no dispatcher, the supervisors hear.

    Of a proposal that has become that of a segment they hear anew.
    """
    territory_id = outage.territory_id
    place = place_zh = about.complex or about.address
    if outage.segment is not None:
        place, place_zh = outage.segment.name, outage.segment.name_zh or outage.segment.name
    notify(
        actor=actor,
        to=first_with_role((Role.DISPATCHER, Role.SUPERVISOR), territory_id),
        kind="outage_proposed",
        subject=("tickets", about.pk),
        text={
            "tickets": tickets,
            "service": about.service_type.name,
            "service_zh": about.service_type.name_zh or about.service_type.name,
            "place": place,
            "place_zh": place_zh,
        },
        ticket_id=about.pk,
        territory_id=territory_id,
        dedupe_key=f"outage_proposed:{outage.segment_id or outage.pk}:{outage.pk}",
        urgent=True,
    )


def tell_message(ticket: Ticket, outage: Outage, *, actor: Actor, occurred_at: datetime) -> None:
    """What is known of the outage: in the timeline of one of its tickets, and to its resident."""
    message = {"message": outage.message, "message_zh": outage.message_zh or outage.message}
    record_event(ticket, actor=actor, occurred_at=occurred_at, kind="outage_message", public=True, data=message)
    tell_resident(ticket, actor=actor, kind="outage_message", once_for=uuid7(), text=message)
