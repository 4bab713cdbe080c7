"""From an attachment's id to an attachment that this person may see or withdraw."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import DESK, WATCHERS, Role, User
from accounts.people.access import require_role, territories
from fieldsvc.errors import Forbidden, Gone, NotFound, must_exist
from sync.commands import Actor
from sync.uploads.models import StoredFile
from tickets.attachments.models import Attachment
from tickets.complaints.access import ticket_of_resident, ticket_to_change
from tickets.complaints.models import Ticket
from tickets.visits.models import Visit


def visible_attachments(user: User) -> QuerySet[Attachment]:
    """The desk's by territory, those of a technician's tickets, and what is not internal of a resident's own."""
    places = territories(user, *WATCHERS)
    if places is None:
        return Attachment.objects.all()
    seen = Q(ticket__territory__in=places)
    if user.has_role(Role.RESIDENT):
        seen |= Q(ticket__resident=user, internal=False)
    if user.has_role(Role.TECHNICIAN):
        visits = Visit.objects.filter(ticket=OuterRef("ticket"), technician=user)
        seen |= Q(Exists(visits.exclude(status=Visit.Status.CANCELLED)))
    return Attachment.objects.filter(seen)


def attachment_to_see(actor: Actor, attachment_id: UUID) -> Attachment:
    """Raises NotFound."""
    attachments = visible_attachments(actor.user).select_related("ticket", "file", "author", "on_behalf_of")
    return must_exist(attachments.filter(pk=attachment_id).first())


def content_to_see(actor: Actor, attachment_id: UUID) -> tuple[Attachment, StoredFile]:
    """With its content. Raises NotFound, NotFound("content_not_here"), Gone("attachment_withdrawn")."""
    attachment = attachment_to_see(actor, attachment_id)
    if attachment.state == Attachment.State.WITHDRAWN:
        raise Gone("attachment_withdrawn", "This was withdrawn, and its content removed.")
    if attachment.file is None:
        raise NotFound("content_not_here", "The record is here; its content has not come, or was rejected.")
    return attachment, attachment.file


def attachment_to_withdraw(actor: Actor, attachment_id: UUID) -> Attachment:
    """One's own, also on a ticket that one has no visit to any more; or one of the desk's territory.

    Locked, and before it the ticket. Raises NotFound, Forbidden("not_your_attachment").
    """
    seen = visible_attachments(actor.user) | Attachment.objects.filter(author=actor.user)
    attachment = must_exist(seen.filter(pk=attachment_id).select_related("ticket").first())
    if actor.user.pk not in (attachment.author_id, attachment.on_behalf_of_id):
        try:
            require_role(actor, *DESK, territory_id=attachment.ticket.territory_id)
        except Forbidden:
            raise Forbidden("not_your_attachment", "Its author or the desk can withdraw it.") from None
    ticket = Ticket.objects.select_for_update().get(pk=attachment.ticket_id)
    attachment = Attachment.objects.select_for_update().get(pk=attachment_id)
    attachment.ticket = ticket
    return attachment


def ticket_to_attach_to(actor: Actor, ticket_id: UUID) -> Ticket:
    """Locked, for the resident whose ticket it is, for its technicians, and for the desk.

    Raises NotFound, Forbidden("role_required"), and Forbidden("not_your_ticket") when acting for somebody else.
    """
    if actor.on_behalf_of is not None or Ticket.objects.filter(pk=ticket_id, resident=actor.user).exists():
        return ticket_of_resident(actor, ticket_id)
    return ticket_to_change(actor, ticket_id, *DESK, Role.TECHNICIAN)
