"""Commands on attachments. That something was attached is a fact; its content comes by an upload, before or after."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from fieldsvc.errors import Conflict, Invalid
from sync.archive import archive_after
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken, made_before
from sync.uploads.access import ended_upload
from sync.uploads.models import Upload
from sync.violations import violated_constraint
from tickets.attachments import access
from tickets.attachments.models import Attachment
from tickets.complaints.models import Ticket
from tickets.complaints.timeline import record_event
from tickets.quotes.models import Quote
from tickets.visits.access import own_visit_to_change
from tickets.visits.facts import lateness
from tickets.visits.models import Visit

Kind = Attachment.Kind
State = Attachment.State
SAID = ("ticket_id", "visit_id", "kind", "caption", "signed_by", "internal", "upload_id", "sha256")
"""What is the same when the same attachment is sent again."""


@command
def add_attachment(
    *,
    actor: Actor,
    occurred_at: datetime,
    ticket_id: UUID,
    kind: str,
    caption: str = "",
    visit_id: UUID | None = None,
    internal: bool = True,
    upload_id: UUID | None = None,
    sha256: str = "",
    id: UUID | None = None,
) -> Attachment:
    """A photo or a document for the ticket. What one of ours attaches is internal unless they say otherwise.

    `upload_id` names the upload that brings the content, one's own; without it, that is the one with the attachment's
    own id. `sha256` says what must come. A fact: from a phone it is kept, and flagged, even when the ticket has ended
    or the visit was given away. What the resident attaches is never internal.

    Raises Invalid("visit_elsewhere"), Conflict("id_taken"), and for residents Conflict("ticket_closed_long_ago").
    """
    ticket = access.ticket_to_attach_to(actor, ticket_id)
    visit = ticket.visits.filter(pk=visit_id).first() if visit_id else None
    if visit_id is not None and visit is None:
        raise Invalid("visit_elsewhere", "Choose a visit of this ticket.", field="visit_id")
    by_resident = actor.subject is not None and actor.subject.pk == ticket.resident_id
    if by_resident and ticket.closed_at is not None and occurred_at > ticket.closed_at + archive_after():
        raise Conflict("ticket_closed_long_ago", "This ticket is closed for good. Open a new one.")
    return _write(
        Attachment(
            pk=id,
            ticket=ticket,
            visit=visit,
            kind=kind,
            caption=caption,
            internal=internal and not by_resident,
            sha256=sha256,
        ),
        upload_id=upload_id,
        actor=actor,
        occurred_at=occurred_at,
    )


@command
def sign_visit(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    signed_by: str,
    caption: str = "",
    upload_id: UUID | None = None,
    sha256: str = "",
    id: UUID | None = None,
) -> Attachment:
    """Somebody signed on the technician's phone; `signed_by` is their name. The resident gets to see it.

    A fact, as `add_attachment`. Raises Conflict("id_taken").
    """
    visit = own_visit_to_change(actor, visit_id)
    return _write(
        Attachment(
            pk=id,
            ticket=visit.ticket,
            visit=visit,
            kind=Kind.SIGNATURE,
            caption=caption,
            signed_by=signed_by,
            internal=False,
            sha256=sha256,
        ),
        upload_id=upload_id,
        actor=actor,
        occurred_at=occurred_at,
    )


@command
def withdraw_attachment(*, actor: Actor, occurred_at: datetime, attachment_id: UUID, reason: str) -> Attachment:
    """It should not have been attached: its content goes for everybody, the record of it stays.

    Raises Conflict("signature_in_use") for the signature of a visit that was completed with it.
    """
    attachment = access.attachment_to_withdraw(actor, attachment_id)
    if attachment.state == State.WITHDRAWN:
        return attachment
    if Visit.objects.filter(signature=attachment).exists():
        raise Conflict("signature_in_use", "The visit was completed with this signature. It stays.")
    if Quote.objects.filter(signature=attachment).exists():
        raise Conflict("signature_in_use", "Somebody agreed to pay with this signature. It stays.")
    attachment.state, attachment.file = State.WITHDRAWN, None
    attachment.withdrawn_at, attachment.withdrawn_by = occurred_at, actor.user
    attachment.withdrawal_reason = reason
    attachment.save(update_fields=["state", "file", "withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    data = {"kind": attachment.kind, "reason": reason, "attachment": str(attachment.pk)}
    record_event(
        attachment.ticket,
        actor=actor,
        occurred_at=occurred_at,
        kind="attachment_withdrawn",
        public=False,
        data=data,
    )
    return attachment


def upload_ended(upload: Upload) -> None:
    """The engine tells of an upload that has ended: its author's attachments that wait for it get what came of it.

    Those whose content was rejected get another one when the upload was begun again. Withdrawn ones stay so.
    """
    waiting = Attachment.objects.filter(
        upload_id=upload.key, author=upload.user_id, state__in=(State.WAITING, State.REJECTED)
    )
    for attachment in waiting.order_by("pk").select_for_update(of=("self",)):
        _take_content(attachment, upload)
        attachment.save(update_fields=["state", "file", "content_type", "size", "sha256", "refusal"])


def _take_content(attachment: Attachment, upload: Upload) -> None:
    """What came of the upload, unless it is another content than was said, or of another kind."""
    file = upload.file
    if file is None:
        attachment.refusal = upload.refusal["code"]
    elif attachment.kind != Kind.DOCUMENT and not file.is_picture:
        attachment.refusal = "picture_wanted"
    elif attachment.sha256 not in ("", file.sha256):
        attachment.refusal = "upload_not_as_declared"
    else:
        attachment.state, attachment.file, attachment.refusal = State.STORED, file, ""
        attachment.content_type, attachment.size, attachment.sha256 = file.content_type, file.size, file.sha256
        return
    attachment.state = State.REJECTED


def _write(attachment: Attachment, *, actor: Actor, occurred_at: datetime, upload_id: UUID | None) -> Attachment:
    """Write it down, once: the same id with the same again is the same attachment."""
    ticket, visit = attachment.ticket, attachment.visit
    attachment.pk = attachment.pk or uuid7()
    attachment.upload_id = upload_id or attachment.pk
    said = {name: getattr(attachment, name) for name in SAID if name != "sha256" or attachment.sha256}
    before = made_before(Attachment, attachment.pk, author_id=actor.user.pk, **said)
    if before is not None:
        return before
    attachment.author, attachment.on_behalf_of = actor.user, actor.on_behalf_of
    attachment.occurred_at, attachment.received_at = occurred_at, actor.received_at
    attachment.flags = [
        *actor.flags,
        *(["before_ticket"] if occurred_at < ticket.reported_at else []),
        *(["after_end"] if ticket.status in Ticket.ENDED else []),
        *(lateness(visit, actor) if visit is not None else []),
    ]
    upload = ended_upload(actor.user, attachment.upload_id)
    if upload is not None:
        _take_content(attachment, upload)
    _insert(attachment)
    data: dict[str, Any] = {"attachment": str(attachment.pk), "kind": attachment.kind}  # its caption may be withdrawn
    signed = attachment.kind == Kind.SIGNATURE
    record_event(
        ticket,
        actor=actor,
        occurred_at=occurred_at,
        kind="visit_signed" if signed else "attachment_added",
        public=not attachment.internal,
        data={**data, "signed_by": attachment.signed_by} if signed else data,
    )
    return attachment


def _insert(attachment: Attachment) -> None:
    """Raises Conflict("id_taken"). Rows of one ticket wait for its lock, so only another ticket can have the id."""
    try:
        with transaction.atomic():
            attachment.save(force_insert=True)
    except IntegrityError as error:
        if violated_constraint(error) == "tickets_attachment_pkey":
            raise id_taken() from None
        raise
