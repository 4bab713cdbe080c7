"""Commands on uploads: begin, take the next piece, end; and what has to be cleared away."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Sum

from fieldsvc.errors import Conflict, Invalid, TooLarge, TooMany
from sync import registry
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.sql import execute
from sync.uploads import access, content, pictures, store
from sync.uploads.conf import upload_settings
from sync.uploads.models import StoredFile, Upload, UploadPart
from sync.uploads.tus import Metadata

log = structlog.get_logger(__name__)

PART = 1 << 20
"""Bytes that are taken at once: a crash or a broken line loses less than that, however long the chunk."""
RETRY_SECONDS = 60
DAY_SECONDS = 86_400
"""When to try again with too many uploads."""
BATCH = 200
"""Rows that one transaction of a job takes."""

State = Upload.State


@command
def begin_upload(*, actor: Actor, occurred_at: datetime, length: int, metadata: Metadata) -> Upload:
    """Somebody announces `length` bytes. The same again, by the id that the client made, is the same upload.

    One that was rejected or has expired is begun anew under its id. Raises TooLarge("upload_too_large"),
    Invalid("upload_type_not_taken"), Invalid("upload_header_not_valid"), Conflict("id_taken"),
    TooMany("too_many_uploads").
    """
    limits = upload_settings()
    if length > limits.max_bytes:
        raise TooLarge("upload_too_large", "Make it smaller.", limit=limits.max_bytes)
    if length == 0:
        raise Invalid("upload_header_not_valid", "There is nothing to upload.", field="Upload-Length")
    content.must_be_taken(metadata.content_type)
    upload_id = metadata.id or uuid7()
    known = access.own_uploads(actor.user, upload_id).select_for_update().first()
    if known is not None and access.is_over(known, occurred_at):
        known.delete()
    others = Upload.objects.filter(user=actor.user, expires_at__gt=occurred_at).exclude(key=upload_id)
    if others.filter(state=State.RECEIVING).count() >= limits.unfinished_per_person:
        detail, most = "Finish some uploads first.", limits.unfinished_per_person
        raise TooMany("too_many_uploads", detail, limit=most, retry_after=RETRY_SECONDS)
    if (others.aggregate(so_far=Sum("length"))["so_far"] or 0) + length > limits.bytes_per_person:
        detail, most = "You have sent very much of late. Send more tomorrow.", limits.bytes_per_person
        raise TooMany("too_many_uploaded_bytes", detail, limit=most, retry_after=DAY_SECONDS)
    announced = {
        "length": length,
        "metadata": metadata.raw,
        "content_type": metadata.content_type,
        "sha256": metadata.sha256,
    }
    upload, new = Upload.objects.get_or_create(
        user=actor.user,
        key=upload_id,
        defaults={
            **announced,
            "device_id": actor.device_id,
            "created_at": occurred_at,
            "expires_at": occurred_at + limits.unfinished_for,
        },
    )
    if not new and any(getattr(upload, name) != value for name, value in announced.items()):
        raise Conflict("id_taken", "This id belongs to something else. Make a new one.")
    return upload


@command
def take_part(*, actor: Actor, occurred_at: datetime, upload_id: UUID, offset: int, data: bytes) -> Upload:
    """The next piece has come. It and the new offset are one transaction; of two at one offset, the first wins.

    The last piece ends the upload in the same transaction: the upload answered is then `finished` or `rejected`.
    Raises Conflict("upload_offset_wrong") with the `offset` to go on from, TooLarge("upload_longer_than_declared"),
    and what `upload_to_continue` raises.
    """
    upload = access.upload_to_continue(actor, upload_id)
    must_fit(upload, offset, len(data))
    # Past the ORM, which would send a megabyte as text.
    execute('INSERT INTO sync_uploadpart (upload_id, "offset", data) VALUES (%s, %s, %b)', [upload.pk, offset, data])
    upload.offset += len(data)
    upload.expires_at = occurred_at + upload_settings().unfinished_for
    if upload.offset == upload.length:
        _end(upload, at=occurred_at)
    upload.save(update_fields=["offset", "state", "file", "refusal", "expires_at"])
    if upload.state != State.RECEIVING:
        registry.upload_ended(upload)
    return upload


@command
def keep_whole(*, actor: Actor, occurred_at: datetime, whole: IO[bytes], found: content.Found) -> Upload:
    """A content that came at once, as a part of something else, and is all right: an upload that has ended.

    Raises what `begin_upload` raises.
    """
    nothing_said = Metadata(raw="", id=None, content_type="", sha256="")
    upload = begin_upload(actor=actor, occurred_at=occurred_at, length=found.size, metadata=nothing_said)
    upload.file, upload.state, upload.offset = store.keep(whole, found), State.FINISHED, found.size
    upload.expires_at = occurred_at + upload_settings().ended_for
    upload.save(update_fields=["offset", "state", "file", "expires_at"])
    return upload


def must_fit(upload: Upload, offset: int, size: int) -> None:
    """Raises unless the upload goes on here, and so many bytes are still to come: see `take_part`."""
    if offset != upload.offset:
        raise Conflict("upload_offset_wrong", "Go on from where the upload is.", offset=upload.offset)
    if offset + size > upload.length:
        raise longer_than_announced(upload.length)


def longer_than_announced(length: int) -> TooLarge:
    """The refusal of a body that would make an upload longer than it was said to be; nothing of it is taken."""
    return TooLarge("upload_longer_than_declared", "More came than was announced.", limit=length)


def rejection(upload: Upload) -> Invalid:
    """Why an upload was rejected, to be raised: the refusal as it was when the upload ended."""
    members = {name: value for name, value in upload.refusal.items() if name not in ("type", "title", "status")}
    return Invalid(**members)


def _end(upload: Upload, *, at: datetime) -> None:
    """All is here: keep it if it is what it was said to be, and else nothing of it."""
    with _assembled(upload) as whole:
        try:
            found = content.examine(whole, declared_type=upload.content_type, declared_sha256=upload.sha256)
        except Invalid as refusal:
            upload.state, upload.refusal = State.REJECTED, refusal.problem()
        else:
            upload.state, upload.file = State.FINISHED, store.keep(whole, found)
    upload.parts.all().delete()
    upload.expires_at = at + upload_settings().ended_for


@contextmanager
def _assembled(upload: Upload) -> Iterator[IO[bytes]]:
    """The pieces in one file, read one by one so that memory stays flat."""
    with SpooledTemporaryFile(max_size=PART) as whole:
        ids = list(upload.parts.order_by("offset").values_list("pk", flat=True))
        for pk in ids:
            whole.write(UploadPart.objects.values_list("data", flat=True).get(pk=pk))
        yield whole


@command
def terminate_upload(*, actor: Actor, upload_id: UUID) -> None:
    """The client does not want it any more. What something has linked already stays with that."""
    access.upload_to_terminate(actor, upload_id).delete()


# What the worker does


@command
def forget_uploads(*, occurred_at: datetime) -> int:
    """Forget uploads whose time is over, finished or not; returns how many. Files that were linked stay."""
    due = Upload.objects.filter(expires_at__lte=occurred_at).order_by("expires_at")
    ids = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
    Upload.objects.filter(pk__in=ids).delete()
    return len(ids)


@command
def remove_unreferenced_files() -> int:
    """Remove files to which nothing refers any more; returns how many."""
    return store.remove_unreferenced()


def make_thumbnails(*, at: datetime) -> bool:
    """Make the thumbnails of one picture that has none yet; returns whether there was one."""
    with transaction.atomic():
        waiting = StoredFile.objects.filter(thumbnails_at=None, width__isnull=False).order_by("stored_at")
        file = waiting.select_for_update(skip_locked=True).first()
        if file is None:
            return False
        file.thumbnails_at = at
        file.save(update_fields=["thumbnails_at"])
        try:
            with transaction.atomic():
                for edge in pictures.EDGES:
                    store.thumbnail(file, edge)
        except Exception:  # one picture must not keep the others waiting; whoever asks for it tries again
            log.exception("thumbnails_not_made", file=str(file.pk))
    return True
