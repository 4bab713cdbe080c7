"""The desk hears of an SMS that nobody could place."""

from accounts.models import Role, User
from accounts.people.selectors import first_with_role
from notifications.services import notify
from sync.commands import Actor
from tickets.incoming_sms.models import IncomingSms
from tickets.staff_complaints.access import handlers_of


def tell_desk(sms: IncomingSms) -> None:
    """Whoever may see to it, and not its sender. Of no territory, nobody: it stands in the list of every desk."""
    if sms.territory is None:
        return
    kind, text = "sms_received", {"person": sms.person.name if sms.person else sms.sender, "text": sms.text}
    if sms.staff_complaint is not None:
        kind, text = "staff_complaint_sms", {"reference": sms.staff_complaint.reference}
    notify(
        actor=Actor.system(),
        to=[person for person in _who_sees_to_it(sms) if person != sms.person],
        kind=kind,
        subject=("incoming_sms", sms.pk),
        text=text,
        ticket_id=sms.ticket.pk if sms.ticket else None,
        territory_id=sms.territory.pk,
        dedupe_key=f"{kind}:{sms.pk}",
    )


def _who_sees_to_it(sms: IncomingSms) -> list[User]:
    """Technicians are the dispatchers' business, everybody else the agents'."""
    assert sms.territory
    if sms.staff_complaint is not None:
        return handlers_of(sms.staff_complaint)
    of_ours = sms.person is not None and sms.person.works_here
    roles = (Role.DISPATCHER, Role.SUPERVISOR) if of_ours else (Role.AGENT, Role.DISPATCHER)
    return first_with_role(roles, sms.territory.pk)
