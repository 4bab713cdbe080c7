"""What each device last wrote into each document."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from sync.devices.models import Device


class DocumentWrite(models.Model):
    """The newest write of one device to one document, kept to know it again when it is repeated.

    `number` counts the device's different writes to this document; with it, the same words said again later make other
    operations. The row and the receipts of its `operations` are committed together.
    """

    pk = models.CompositePrimaryKey("device_id", "collection", "doc_id")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="+", db_index=False)
    collection = models.TextField()
    doc_id = models.UUIDField()
    number = models.PositiveIntegerField()
    base = models.JSONField(null=True)
    new = models.JSONField(null=True)
    operations = ArrayField(models.UUIDField())
    applied = models.BooleanField()
    """All of it; the rest stands in conflicts and refusals."""

    class Meta:
        db_table = "sync_documentwrite"

    def __str__(self) -> str:
        return f"{self.collection}/{self.doc_id} by {self.device_id}"
