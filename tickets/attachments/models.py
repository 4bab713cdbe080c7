"""What was attached to a ticket."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from sync.feed.marks import feed_marks
from sync.ids import uuid7


class Attachment(models.Model):
    """A photo, a signature or a document of a ticket, perhaps of a visit: that there is one, and its content.

    The record never waits for the bytes: until they have come it is `waiting` for the upload that it names.
    `size` and `content_type` are those of the content; `sha256`, too, and before that what the author said it would be.
    """

    class Kind(models.TextChoices):
        PHOTO = "photo"
        SIGNATURE = "signature"
        DOCUMENT = "document"

    class State(models.TextChoices):
        WAITING = "waiting"
        STORED = "stored"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="attachments")
    visit = models.ForeignKey("tickets.Visit", on_delete=models.PROTECT, null=True, related_name="attachments")
    kind = models.CharField(max_length=16, choices=Kind)
    caption = models.CharField(max_length=500, blank=True)
    signed_by = models.CharField(max_length=200, blank=True, help_text="Of a signature: whose it is.")
    internal = models.BooleanField(help_text="Not for the resident.")

    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    upload_id = models.UUIDField(help_text="The upload that brings the content; it may not have begun.")
    file = models.ForeignKey("sync.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    content_type = models.CharField(max_length=40, blank=True)
    size = models.PositiveBigIntegerField(null=True, help_text="In bytes.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Hexadecimal.")
    refusal = models.CharField(max_length=40, blank=True, help_text="The code of why the content was rejected.")

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    occurred_at = models.DateTimeField(help_text="When it was taken or signed, by the device's corrected clock.")
    received_at = models.DateTimeField()
    flags = ArrayField(models.CharField(max_length=32), default=list)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawal_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["occurred_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="stored", file__isnull=False) | ~Q(state="stored") & Q(file=None),
                name="stored_attachment_has_a_file",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_at__isnull=False)
                | ~Q(state="withdrawn") & Q(withdrawn_at=None),
                name="withdrawn_attachment_says_when",
            ),
            models.CheckConstraint(
                condition=Q(kind="signature") & ~Q(signed_by="") & Q(visit__isnull=False)
                | Q(kind__in=("photo", "document"), signed_by=""),
                name="signature_says_whose_and_at_which_visit",
            ),
        ]
        indexes = [
            models.Index("ticket", "occurred_at", "id", name="attachments_of_a_ticket"),
            models.Index("upload_id", name="attachments_by_upload"),
        ]
        triggers = feed_marks("attachments")

    def __str__(self) -> str:
        return self.caption or self.kind
