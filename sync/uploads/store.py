"""Files in the storage (`STORAGES["uploads"]`), and the rows that say which there are.

A file is written before its row is committed and removed after its row is gone, under a name that is never used
twice. So a crash can leave a file that no row names (`remove_strays` finds it), but never a row without its file.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import IO
from uuid import UUID

import structlog
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import IntegrityError, transaction
from django.db.models import Exists, ForeignObjectRel, OuterRef, QuerySet

from fieldsvc.time import now
from sync.ids import uuid7
from sync.uploads.content import Found
from sync.uploads.models import StoredFile, Thumbnail
from sync.uploads.pictures import shrink

log = structlog.get_logger(__name__)

BATCH = 200
STRAY_AFTER = timedelta(days=1)
"""A file that no row names belongs to a transaction that is not over yet, or to one that never will be."""


def storage() -> Storage:
    """Where files are."""
    return storages["uploads"]


def keep(content: IO[bytes], found: Found) -> StoredFile:
    """The file with this content, locked: the one that is here already, or else a new one. Within a transaction."""
    same = StoredFile.objects.filter(sha256=found.sha256).select_for_update()
    known = same.first()
    if known is not None:
        return known
    file = StoredFile(
        id=uuid7(),
        sha256=found.sha256,
        size=found.size,
        content_type=found.content_type,
        width=found.width,
        height=found.height,
        stored_at=now(),
    )
    file.name = _write(_name(file.pk), content)
    try:
        with transaction.atomic():
            file.save(force_insert=True)
    except IntegrityError:  # somebody else was quicker with the same content
        _remove([file.name])
        return same.get()
    return file


def thumbnail(file: StoredFile, edge: int) -> Thumbnail:
    """The picture no larger than `edge`; made now, if the worker has not come to it yet."""
    known = file.thumbnails.filter(edge=edge).first()
    if known is not None:
        return known
    with storage().open(file.name) as original:
        small = shrink(original, edge)
    name = _write(_name(file.pk, f"-{edge}"), BytesIO(small))
    made, new = Thumbnail.objects.get_or_create(file=file, edge=edge, defaults={"name": name, "size": len(small)})
    if not new:
        _remove([name])
    return made


def unreferenced() -> QuerySet[StoredFile]:
    """The files to which nothing refers: no upload, and no row of whichever project keeps files."""
    files = StoredFile.objects.all()
    for relation in StoredFile._meta.get_fields(include_hidden=True):  # hidden: those without a name for the way back
        if isinstance(relation, ForeignObjectRel) and relation.related_model is not Thumbnail:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            files = files.filter(~Exists(rows))
    return files


def remove_unreferenced() -> int:
    """Remove some of the files to which nothing refers; returns how many. Within a transaction."""
    candidates = unreferenced().order_by("id").values_list("pk", flat=True)[:BATCH]
    locked = StoredFile.objects.filter(pk__in=list(candidates)).select_for_update(skip_locked=True)
    # Asked again now that nobody can refer to them any more: somebody may just have done so.
    ids = list(unreferenced().filter(pk__in=list(locked.values_list("pk", flat=True))).values_list("pk", flat=True))
    names = [
        *StoredFile.objects.filter(pk__in=ids).values_list("name", flat=True),
        *Thumbnail.objects.filter(file__in=ids).values_list("name", flat=True),
    ]
    StoredFile.objects.filter(pk__in=ids).delete()
    transaction.on_commit(lambda: _remove(names), robust=True)
    return len(ids)


def remove_strays(*, at: datetime) -> int:
    """Remove what crashes left in the storage: files older than a day that no row names. Returns how many."""
    removed = 0
    for folder, names in _folders():
        ours = {f"{folder}/{name}": pk for name in names if (pk := _id_in(name))}
        files = StoredFile.objects.filter(pk__in=ours.values()).values_list("name", flat=True)
        thumbnails = Thumbnail.objects.filter(file__in=ours.values()).values_list("name", flat=True)
        known = {*files, *thumbnails}
        for name in ours:
            if name not in known and storage().get_modified_time(name) < at - STRAY_AFTER:
                _remove([name])
                removed += 1
    return removed


def _folders() -> Iterator[tuple[str, list[str]]]:
    """The storage's folders with the names of their files, as `_name` spreads them."""
    try:
        folders, _ = storage().listdir("")
    except FileNotFoundError:  # nothing was ever stored
        return
    for folder in sorted(folders):
        yield folder, storage().listdir(folder)[1]


def _name(pk: UUID, suffix: str = "") -> str:
    """A place in one of 256 folders, as file systems are slow with millions of names in one."""
    return f"{pk.hex[-2:]}/{pk}{suffix}"


def _id_in(name: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(name[:36])
    return None


def _write(name: str, content: IO[bytes]) -> str:
    """Save it, and on a file system see to it that it survives a power failure as its row does."""
    content.seek(0)
    place = storage()
    name = place.save(name, File(content))
    if isinstance(place, FileSystemStorage):
        path = Path(place.path(name))
        for written in (path, path.parent):
            handle = os.open(written, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    return name


def _remove(names: Iterable[str]) -> None:
    for name in names:
        try:
            storage().delete(name)
        except Exception:  # the storage is out of reach; `remove_strays` comes back to it
            log.exception("stored_file_not_removed", name=name)
