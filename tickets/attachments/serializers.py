"""Shapes of attachments over HTTP and in documents of phones."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from sync.serializing import Input
from tickets.attachments.models import Attachment
from tickets.audiences import ByAudience
from tickets.complaints.access import audience
from tickets.complaints.serializers import OnBehalfOfInput, PersonOutput

Kind = Attachment.Kind


class ContentInput(Input):
    """What is said about a content that comes by an upload, before or after this."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one attachment.")
    caption = serializers.CharField(required=False, allow_blank=True, max_length=500)
    upload_id = serializers.UUIDField(
        required=False, help_text="The upload that brings the content. Default: the one with the attachment's id."
    )
    sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}\Z", required=False, help_text="Hash of the content, hexadecimal: nothing else is taken for it."
    )


class AddAttachmentInput(ContentInput):
    """A photo or a document."""

    kind = serializers.ChoiceField([Kind.PHOTO, Kind.DOCUMENT])
    visit_id = serializers.UUIDField(required=False, allow_null=True)
    internal = serializers.BooleanField(
        required=False, default=True, help_text="Not for the resident. What residents attach is never internal."
    )


class AddAttachmentRequest(OnBehalfOfInput, AddAttachmentInput):
    """A photo or a document, perhaps for somebody else."""


class SignVisitInput(ContentInput):
    """A signature, and whose it is."""

    signed_by = serializers.CharField(max_length=200)


class WithdrawAttachmentInput(Input):
    """Why it goes."""

    reason = serializers.CharField(max_length=1000)


class AttachmentOutput(ByAudience, serializers.ModelSerializer[Attachment]):
    """An attachment. `waiting` for its content, `stored`, `rejected` (`refusal` says why) or `withdrawn`."""

    RESIDENT_SEES = frozenset(
        {
            "id",
            "ticket_id",
            "visit_id",
            "kind",
            "caption",
            "signed_by",
            "from_resident",
            "state",
            "upload_id",
            "content_type",
            "size",
            "sha256",
            "refusal",
            "occurred_at",
        }
    )

    ticket_id = serializers.UUIDField()
    visit_id = serializers.UUIDField(allow_null=True)
    from_resident = serializers.SerializerMethodField()
    author = PersonOutput()
    on_behalf_of = PersonOutput(allow_null=True)

    class Meta:
        model = Attachment
        fields = [
            "id",
            "ticket_id",
            "visit_id",
            "kind",
            "caption",
            "signed_by",
            "internal",
            "from_resident",
            "state",
            "upload_id",
            "content_type",
            "size",
            "sha256",
            "refusal",
            "author",
            "on_behalf_of",
            "occurred_at",
            "received_at",
            "withdrawn_at",
            "withdrawal_reason",
            "flags",
        ]

    def get_from_resident(self, attachment: Attachment) -> bool:
        return (attachment.on_behalf_of_id or attachment.author_id) == attachment.ticket.resident_id

    def audience_of(self, row: Attachment, viewer: User) -> str:
        return audience(viewer, row.ticket)

    def to_representation(self, row: Attachment) -> dict[str, Any]:
        body = super().to_representation(row)
        if row.state == Attachment.State.WITHDRAWN:
            body["caption"] = ""  # it may be why it was withdrawn
        return body
