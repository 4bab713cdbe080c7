"""Tables of the feed. Only `sync.feed` writes them."""

from django.db import models
from django.db.models.functions import Now

from sync.ids import uuid7


class Epoch(models.Model):
    """The life of this database. A restore from backup begins a new one, so that phones ahead of it can tell."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    began_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "sync_epoch"


class FeedScope(models.Model):
    """An audience, the number of its newest entry, and how much stands in it.

    `pruned_seq` is the highest number of a tombstone that was removed: whoever has not read up to it may have missed
    one.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.TextField(unique=True)
    last_seq = models.BigIntegerField(default=0)
    documents = models.BigIntegerField(db_default=0)
    bytes = models.BigIntegerField(db_default=0)
    pruned_seq = models.BigIntegerField(db_default=0)

    class Meta:
        db_table = "sync_feedscope"

    def __str__(self) -> str:
        return self.name


class FeedDocument(models.Model):
    """One document. Its row is the lock under which the document is rendered, and counts its versions."""

    pk = models.CompositePrimaryKey("collection", "doc_id")
    collection = models.TextField()
    doc_id = models.UUIDField()
    version = models.BigIntegerField(default=1)

    class Meta:
        db_table = "sync_feeddocument"


class FeedEntry(models.Model):
    """The newest state of one document in one scope; a tombstone when it left the scope.

    `body` is JSON text as the audience may see it, empty for a tombstone. `entered` is the number with which the
    document first came into the scope: whoever lost the scope before that hears nothing of it.
    """

    pk = models.CompositePrimaryKey("scope_id", "collection", "doc_id")
    scope = models.ForeignKey(FeedScope, on_delete=models.PROTECT, db_index=False)
    collection = models.TextField()
    doc_id = models.UUIDField()
    seq = models.BigIntegerField()
    entered = models.BigIntegerField(db_default=1)
    version = models.BigIntegerField()
    deleted = models.BooleanField(default=False)
    body = models.TextField(default="")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "sync_feedentry"
        constraints = [
            models.UniqueConstraint(fields=["scope", "seq"], name="one_entry_per_number"),
            models.CheckConstraint(
                condition=models.Q(deleted=True, body="") | models.Q(deleted=False) & ~models.Q(body=""),
                name="tombstones_are_empty",
            ),
        ]
        indexes = [
            models.Index(fields=["collection", "doc_id"], name="entries_of_a_document"),
            models.Index(fields=["changed_at"], condition=models.Q(deleted=True), name="tombstones_by_age"),
            models.Index(fields=["scope", "collection", "seq"], name="entries_of_a_collection"),
        ]


class FeedMark(models.Model):
    """A document that was written to and is not yet fed. Triggers write marks: see `marks.py`.

    `xid` is the transaction that wrote, so that a command can serve its own marks and no one else's.
    A mark with a `horizon` was served and waits for a second look: see `look_again()`. `failed_at` says that the
    document could not be rendered, by a fault of ours; the others are fed meanwhile.
    """

    id = models.BigAutoField(primary_key=True)
    collection = models.TextField()
    doc_id = models.UUIDField()
    spread = models.BooleanField()
    xid = models.BigIntegerField()
    horizon = models.BigIntegerField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sync_feedmark"
        indexes = [models.Index(fields=["xid"], name="marks_of_a_transaction")]
