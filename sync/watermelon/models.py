"""Where each phone stands that pulls by numbers."""

from django.db import models
from django.db.models.functions import Now

from sync.devices.models import Device


class RowReplica(models.Model):
    """The tables of one device, as far as we have to know them."""

    device = models.OneToOneField(Device, primary_key=True, on_delete=models.CASCADE, related_name="+")
    columns = models.JSONField(default=dict)
    """By collection, every column that the device was ever sent: what has to be emptied when a row is withdrawn."""

    class Meta:
        db_table = "sync_rowreplica"


class StoredCursor(models.Model):
    """The feed's cursor behind a number that the device was given. A few are kept: see `pulling.KEPT`."""

    id = models.BigAutoField(primary_key=True)
    replica = models.ForeignKey(RowReplica, on_delete=models.CASCADE, related_name="cursors", db_index=False)
    number = models.BigIntegerField()
    """Grows with every pull; milliseconds since 1970, so that none comes twice when the database is restored."""
    cursor = models.TextField()
    owed = models.JSONField(default=list)
    """Documents (collection, id) that the device wrote while it stood here: it gets them again, as they have become."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "sync_storedcursor"
        constraints = [models.UniqueConstraint(fields=["replica", "number"], name="a_number_stands_for_one_cursor")]
