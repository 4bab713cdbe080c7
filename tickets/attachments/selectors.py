"""Reads of attachments for lists."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from tickets.attachments.access import visible_attachments
from tickets.attachments.models import Attachment


def with_shown(attachments: QuerySet[Attachment]) -> QuerySet[Attachment]:
    """With all that the output of an attachment shows of other tables, in one query."""
    return attachments.select_related("ticket", "author", "on_behalf_of")


def attachments_of(ticket_id: UUID, user: User) -> QuerySet[Attachment]:
    """Those of the ticket that this person may see."""
    return with_shown(visible_attachments(user).filter(ticket=ticket_id))
