"""Uploads on their way, and the files that came of them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from sync.devices.models import Device
from sync.ids import uuid7


class StoredFile(models.Model):
    """A file in the storage, whole and checked. The same content is here once, however often it was sent.

    Whoever wants to keep it refers to it by a foreign key; it goes when nothing refers to it any more.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    sha256 = models.CharField(max_length=64, unique=True, help_text="Hexadecimal.")
    size = models.PositiveBigIntegerField(help_text="In bytes.")
    content_type = models.CharField(max_length=40, help_text="What it is, and not what somebody called it.")
    width = models.PositiveIntegerField(null=True, help_text="Of a picture, in pixels, as it is to be looked at.")
    height = models.PositiveIntegerField(null=True)
    name = models.CharField(max_length=200, help_text="In the storage.")
    stored_at = models.DateTimeField()
    thumbnails_at = models.DateTimeField(null=True, help_text="When the worker made them, or gave up.")

    class Meta:
        db_table = "sync_storedfile"
        indexes = [
            models.Index("stored_at", condition=Q(thumbnails_at=None, width__isnull=False), name="pictures_to_shrink")
        ]

    def __str__(self) -> str:
        return f"{self.content_type} {self.sha256[:12]}"

    @property
    def is_picture(self) -> bool:
        """Whether it can be looked at in small."""
        return self.width is not None


class Thumbnail(models.Model):
    """A picture made small, the right way up, without what the camera noted in it. `edge` is the longest it may be."""

    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="thumbnails")
    edge = models.PositiveSmallIntegerField()
    size = models.PositiveBigIntegerField(help_text="In bytes.")
    name = models.CharField(max_length=200, help_text="In the storage.")

    class Meta:
        db_table = "sync_thumbnail"
        constraints = [models.UniqueConstraint("file", "edge", name="one_thumbnail_of_a_size")]


class Upload(models.Model):
    """One upload of one person: what they said that would come, how much has come, what came of it."""

    class State(models.TextChoices):
        RECEIVING = "receiving"
        FINISHED = "finished"
        REJECTED = "rejected"

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    key = models.UUIDField(default=uuid7, help_text="Its id for its owner: others may know it, and have the same.")
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, related_name="uploads")
    length = models.PositiveBigIntegerField(help_text="In bytes, as it was announced.")
    offset = models.PositiveBigIntegerField(default=0, help_text="So many bytes are here for good.")
    metadata = models.TextField(blank=True, help_text="The header as it was sent.")
    content_type = models.CharField(max_length=40, blank=True, help_text="What it is said to be.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="What its hash is said to be.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.RECEIVING)
    refusal = models.JSONField(default=dict, help_text="Why it was rejected: the members of the problem.")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="uploads")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="Then it is forgotten.")

    class Meta:
        db_table = "sync_upload"
        constraints = [
            models.UniqueConstraint("user", "key", name="one_upload_per_person_and_key"),
            models.CheckConstraint(condition=Q(offset__lte=F("length")), name="upload_is_no_longer_than_announced"),
            models.CheckConstraint(
                condition=Q(state="finished", file__isnull=False) | ~Q(state="finished") & Q(file=None),
                name="finished_upload_has_a_file",
            ),
        ]
        indexes = [models.Index("expires_at", name="uploads_to_forget")]


class UploadPart(models.Model):
    """A piece of an unfinished upload. Here, and not in the storage, so that it and the offset are one transaction."""

    id = models.BigAutoField(primary_key=True)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    offset = models.PositiveBigIntegerField()
    data = models.BinaryField()

    class Meta:
        db_table = "sync_uploadpart"
        constraints = [models.UniqueConstraint("upload", "offset", name="one_part_at_an_offset")]
