"""All tables of the engine."""

from sync.audit.models import AuditEntry
from sync.conflicts.models import Conflict, FieldAuthor
from sync.devices.models import BootAnchor, Device
from sync.feed.models import Epoch, FeedDocument, FeedEntry, FeedMark, FeedScope
from sync.operations.models import Receipt
from sync.uploads.models import StoredFile, Thumbnail, Upload, UploadPart
from sync.watermelon.models import RowReplica, StoredCursor
from sync.writes.models import DocumentWrite

__all__ = [
    "AuditEntry",
    "BootAnchor",
    "Conflict",
    "Device",
    "DocumentWrite",
    "Epoch",
    "FeedDocument",
    "FeedEntry",
    "FeedMark",
    "FeedScope",
    "FieldAuthor",
    "Receipt",
    "RowReplica",
    "StoredCursor",
    "StoredFile",
    "Thumbnail",
    "Upload",
    "UploadPart",
]
