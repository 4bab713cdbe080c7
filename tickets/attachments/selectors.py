"""Reads of attachments for lists."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from sync.rows import with_related
from tickets.attachments.access import visible_attachments
from tickets.attachments.models import Attachment
from tickets.complaints.models import FOLLOWED_BY


def with_shown(attachments: QuerySet[Attachment]) -> QuerySet[Attachment]:
    """With all that the output of an attachment shows of other tables, in one query."""
    return with_related(attachments, ticket=FOLLOWED_BY, author=("name",), on_behalf_of=("name",))


def attachments_of(ticket_id: UUID, user: User) -> QuerySet[Attachment]:
    """Those of the ticket that this person may see."""
    return with_shown(visible_attachments(user).filter(ticket=ticket_id))
