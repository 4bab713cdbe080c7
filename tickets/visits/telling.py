"""Who hears of a visit: its technician and the resident."""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import Role
from accounts.people.selectors import people_with_role
from notifications.services import notify
from sync.commands import Actor
from tickets.complaints.models import Ticket
from tickets.visits.models import Visit
from tickets.visits.names import first_name

NEWS_FOR = timedelta(hours=1)
"""What happened longer ago is no news: it stands in the timeline."""


def tell_technician_to_go(visit: Visit, *, actor: Actor) -> None:
    """There is a visit for them. They have to acknowledge it, or a dispatcher will call."""
    ticket = visit.ticket
    kind = "visit_dispatched" if visit.leads else "companion_dispatched"
    lead = {"lead": visit.companion_of.technician.name} if visit.companion_of else {}
    notify(
        actor=actor,
        to=[visit.technician],
        kind=kind,
        subject=("visits", visit.pk),
        text={
            "reference": ticket.reference,
            "title": ticket.title,
            "place": ", ".join(part for part in (ticket.complex, ticket.address) if part),
            "window_start": visit.window_start,
            "window_end": visit.window_end,
            **lead,
        },
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"{kind}:{visit.pk}",
        wants_ack=True,
        urgent=True,
    )


def tell_technician_of_another_time(visit: Visit, *, actor: Actor, once_for: UUID) -> None:
    """They are to come at another time; once for each `once_for` (the event that says so)."""
    ticket = visit.ticket
    notify(
        actor=actor,
        to=[visit.technician],
        kind="visit_moved",
        subject=("visits", visit.pk),
        text={
            "reference": ticket.reference,
            "title": ticket.title,
            "window_start": visit.window_start,
            "window_end": visit.window_end,
        },
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"visit_moved:{once_for}",
        urgent=True,
    )


def tell_technician_it_is_off(visit: Visit, *, actor: Actor, reason: str = "") -> None:
    """They need not go there any more, or need not stay."""
    ticket = visit.ticket
    notify(
        actor=actor,
        to=[visit.technician],
        kind="visit_cancelled",
        subject=("visits", visit.pk),
        text={"reference": ticket.reference, "title": ticket.title, "reason": reason or visit.cancel_reason},
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"visit_cancelled:{visit.pk}",
        urgent=True,
    )


def tell_dispatchers_of_missing_companion(visit: Visit, *, actor: Actor) -> None:
    """Somebody who was to go along does not."""
    ticket = visit.ticket
    notify(
        actor=actor,
        to=people_with_role(Role.DISPATCHER, ticket.territory_id),
        kind="companion_declined",
        subject=("visits", visit.pk),
        text={
            "reference": ticket.reference,
            "title": ticket.title,
            "person": visit.technician.name,
            "reason": visit.decline_reason,
        },
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"companion_declined:{visit.pk}",
    )


def ask_to_lead(visit: Visit, *, actor: Actor, lead: Visit, reason: str, once_for: UUID) -> None:
    """This companion is asked to answer for the visit. Once for each `once_for` (the event that says so)."""
    _tell_of_lead(
        visit,
        actor=actor,
        kind="lead_offered",
        once_for=once_for,
        text={"person": lead.technician.name, "reason": reason},
        wants_ack=True,
    )


def tell_former_lead(visit: Visit, *, actor: Actor, lead: Visit, once_for: UUID) -> None:
    """Somebody else of the crew answers for the visit from now on."""
    _tell_of_lead(visit, actor=actor, kind="lead_taken", once_for=once_for, text={"person": lead.technician.name})


def tell_lead_of_refusal(visit: Visit, *, actor: Actor, companion: Visit, reason: str, once_for: UUID) -> None:
    """Whom they had asked does not want to lead: they go on answering for it."""
    text = {"person": companion.technician.name, "reason": reason}
    _tell_of_lead(visit, actor=actor, kind="lead_declined", once_for=once_for, text=text)


def _tell_of_lead(
    visit: Visit, *, actor: Actor, kind: str, once_for: UUID, text: dict[str, str], wants_ack: bool = False
) -> None:
    ticket = visit.ticket
    notify(
        actor=actor,
        to=[visit.technician],
        kind=kind,
        subject=("visits", visit.pk),
        text={"reference": ticket.reference, "title": ticket.title, **text},
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"{kind}:{once_for}",
        wants_ack=wants_ack,
        urgent=True,
    )


def tell_dispatchers_to_decide(
    conflict_id: UUID, *, actor: Actor, ticket: Ticket, territory_id: UUID, detail: str, detail_zh: str
) -> None:
    """Two stories do not go together. Once per conflict."""
    notify(
        actor=actor,
        to=people_with_role(Role.DISPATCHER, territory_id),
        kind="conflict_opened",
        subject=("conflicts", conflict_id),
        text={"subject": ticket.reference, "detail": detail, "detail_zh": detail_zh},
        ticket_id=ticket.pk,
        territory_id=territory_id,
        dedupe_key=f"conflict_opened:{conflict_id}",
    )


def tell_resident(visit: Visit, *, actor: Actor, at: datetime, kind: str) -> None:
    """`visit_scheduled` or `technician_arrived`: once per visit, if they are registered. `at` is when it happened."""
    if not is_old(at, actor):
        _tell_resident(visit, actor=actor, kind=kind, window=True)


def tell_resident_of_setting_out(visit: Visit, *, actor: Actor, arrives_at: datetime | None) -> None:
    """When to expect the technician: at that moment or, if nobody knows it, in the window."""
    _tell_resident(visit, actor=actor, kind="technician_travelling", window=arrives_at is None, arrives_at=arrives_at)


def is_old(at: datetime, actor: Actor) -> bool:
    """What happened then is no news any more, as the phone was without signal."""
    return actor.received_at - at > NEWS_FOR


def _tell_resident(visit: Visit, *, actor: Actor, kind: str, window: bool, **text: datetime | None) -> None:
    ticket = visit.ticket
    if ticket.resident is None:
        return
    notify(
        actor=actor,
        to=[ticket.resident],
        kind=kind,
        subject=("visits", visit.pk),
        text={
            "reference": ticket.reference,
            "technician": first_name(visit.technician.name),
            "window_start": visit.window_start if window else None,
            "window_end": visit.window_end if window else None,
            **text,
        },
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"{kind}:{visit.pk}",
    )
