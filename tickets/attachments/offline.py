"""Attachments on phones: the record travels like any document, its content by uploads and on demand.

Those follow an attachment who follow the ticket: the desk of the territory and the technicians with a visit until the
ticket is archived, the resident always, unless it is internal.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from rest_framework import serializers

from sync.registry import Body, Document, Operation
from sync.serializing import body_of
from tickets.attachments import selectors, services
from tickets.attachments import serializers as forms
from tickets.attachments.models import Attachment
from tickets.attachments.writes import COMPUTED, attachment_meaning
from tickets.audiences import OUR_OWN_PEOPLE
from tickets.complaints.offline import of_ticket
from tickets.visits.offline import on_visit
from tickets.visits.selectors import technicians_of
from tickets.visits.together import prepare_tickets


class WithdrawAttachmentOperation(forms.WithdrawAttachmentInput):
    """The same form as over HTTP, and the attachment that stands in the path there."""

    attachment_id = serializers.UUIDField()


OPERATIONS = {
    "attachment.add": of_ticket(forms.AddAttachmentInput, services.add_attachment),
    "attachment.withdraw": Operation(WithdrawAttachmentOperation, services.withdraw_attachment),
    "visit.sign": Operation(on_visit(forms.SignVisitInput), services.sign_visit, (prepare_tickets,)),
}


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """An attachment with the technicians of its ticket."""

    attachment: Attachment
    technicians: Collection[UUID]

    @property
    def pk(self) -> UUID:
        """The attachment's."""
        return self.attachment.pk


def load_attachments(ids: Collection[UUID]) -> Iterable[AttachmentRow]:
    """The rows with the technicians of their tickets, in two queries."""
    attachments = list(selectors.with_shown(Attachment.objects.filter(pk__in=ids)))
    technicians = technicians_of({attachment.ticket_id for attachment in attachments})
    return [AttachmentRow(attachment, technicians.get(attachment.ticket_id, set())) for attachment in attachments]


def attachment_followers(row: AttachmentRow) -> list[str]:
    """See the module."""
    ticket = row.attachment.ticket
    scopes = [f"resident:{ticket.resident_id}"] if ticket.resident_id and not row.attachment.internal else []
    if not ticket.archived:
        scopes.append(f"desk:{ticket.territory_id}")
        scopes.extend(sorted(f"technician:{person}" for person in row.technicians))
    return scopes


def render_attachment(row: AttachmentRow, audience: str) -> Body:
    """As over HTTP."""
    return body_of(forms.AttachmentOutput, audience=audience)(row.attachment)


DOCUMENTS = {
    "attachments": Document(
        load=load_attachments,
        followers=attachment_followers,
        render=render_attachment,
        alike=OUR_OWN_PEOPLE,
        meaning=attachment_meaning,
        computed=COMPUTED,
    ),
}
