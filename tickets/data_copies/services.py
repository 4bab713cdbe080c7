"""Commands on copies of somebody's data, and the making of one."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import structlog
from django.core.files import File
from django.db import transaction
from django.db.models import Q, QuerySet
from rest_framework.utils.encoders import JSONEncoder

from accounts.checks import must_have_passed
from accounts.models import User
from accounts.people.access import caller_to_help, own_person
from fieldsvc.errors import Gone, TooMany, must_exist
from fieldsvc.time import now
from notifications.services import notify
from sync.commands import Actor, command
from sync.uploads.serving import EXTENSIONS
from sync.uploads.store import storage
from tickets.data_copies.contents import SECTIONS, attachments_of
from tickets.data_copies.models import DataCopy

Status = DataCopy.Status
AGAIN_AFTER = timedelta(days=1)
KEPT_FOR = timedelta(days=7)
LEASE = timedelta(minutes=10)
"""Whoever makes a copy and has not been heard of for so long is taken for dead."""
MOST_ATTEMPTS = 5
"""After so many it has failed, and its owner may ask for another."""

log = structlog.get_logger(__name__)


class Taken(Exception):
    """Somebody else makes this copy by now, or nobody is to have it any more."""


@command
def ask_copy(*, actor: Actor, occurred_at: datetime) -> DataCopy:
    """Somebody wants to know all that we know of them. While one is being made, that is it.

    Raises TooMany("too_many_copies") for a second one within a day.
    """
    return _ask(own_person(actor), at=occurred_at)


@command
def ask_copy_for(
    *, actor: Actor, occurred_at: datetime, person_id: UUID, checks: Sequence[Mapping[str, Any]]
) -> DataCopy:
    """The same for somebody on the phone, who has shown an agent who they are. They alone may read it.

    Raises what `caller_to_help` and `must_have_passed` raise, and the rest as `ask_copy`.
    """
    person = caller_to_help(actor, person_id)
    return _ask(person, at=occurred_at, asked_by=actor.user, checks=must_have_passed(checks))


def _ask(person: User, *, at: datetime, **help: Any) -> DataCopy:
    """See `ask_copy`; who helped the locked person, and how they know them, if anybody did."""
    last = DataCopy.objects.filter(person=person).order_by("-asked_at").first()
    if last is not None and last.status == Status.WAITING:
        return last
    if last is not None and last.status != Status.FAILED and last.asked_at > at - AGAIN_AFTER:
        seconds = int((last.asked_at + AGAIN_AFTER - at).total_seconds())
        raise TooMany("too_many_copies", "You have asked for a copy today. Ask again tomorrow.", retry_after=seconds)
    return DataCopy.objects.create(person=person, asked_at=at, **help)


def copy_to_read(*, actor: Actor, copy_id: UUID, at: datetime) -> DataCopy:
    """One's own, ready to be read. Raises NotFound, Gone("copy_expired")."""
    made = DataCopy.objects.filter(person=actor.user, status__in=(Status.READY, Status.EXPIRED))
    copy = must_exist(made.filter(pk=copy_id).first())
    if copy.status == Status.EXPIRED or copy.expires_at is None or copy.expires_at <= at:
        raise Gone("copy_expired", "This copy is not kept any more. Ask for a new one.")
    return copy


def make_next(*, at: datetime) -> bool:
    """Make one of the copies that wait, if there is one. Any number of workers may do this at once.

    It takes long and holds no lock: what is written meanwhile may be in it or not. One that fails is tried again when
    its lease is over, and given up in the end; the others do not wait for it.
    """
    copy = _take(occurred_at=at)
    if copy is None:
        return False
    try:
        with tempfile.TemporaryFile() as file:
            _write(copy, file)
            size = file.tell()
            file.seek(0)
            name = storage().save(f"copies/copy-{copy.pk}.zip", File(file))
    except Taken:
        return True
    except Exception as error:
        log.exception("data_copy_failed", copy=str(copy.pk), attempt=copy.attempts)
        DataCopy.objects.filter(pk=copy.pk).update(last_error=type(error).__name__)
        return True
    _finish(actor=Actor.system(), occurred_at=now(), copy=copy, name=name, size=size)
    return True


@command
def _take(*, occurred_at: datetime) -> DataCopy | None:
    free = Q(held_at=None) | Q(held_at__lte=occurred_at - LEASE)
    waiting = DataCopy.objects.filter(free, status=Status.WAITING)
    waiting.filter(attempts__gte=MOST_ATTEMPTS).update(status=Status.FAILED)
    copy = waiting.order_by("asked_at").select_for_update(skip_locked=True).first()
    if copy is not None:
        copy.held_at = occurred_at
        copy.attempts += 1
        copy.save(update_fields=["held_at", "attempts"])
    return copy


def _write(copy: DataCopy, file: IO[bytes]) -> None:
    files = [attachment for attachment in attachments_of(copy.person) if attachment.file]
    steps, done, missing = len(SECTIONS) + len(files), 0, []
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for section, read in SECTIONS.items():
            text = json.dumps(read(copy.person), cls=JSONEncoder, ensure_ascii=False, indent=1)
            archive.writestr(f"{section}.json", text)
            done += 1
            _progress(copy, done, steps)
        for attachment in files:
            assert attachment.file is not None
            name = f"files/{attachment.pk}.{EXTENSIONS[attachment.file.content_type]}"
            try:
                content = storage().open(attachment.file.name)
            except FileNotFoundError:  # the rest is theirs all the same
                log.error("file_missing", attachment=str(attachment.pk), file=str(attachment.file.pk))
                missing.append(name)
            else:
                with content, archive.open(name, "w") as entry:
                    while block := content.read(1 << 20):
                        entry.write(block)
                        _progress(copy, done, steps)
            done += 1
            _progress(copy, done, steps)
        if missing:
            archive.writestr("files/missing.json", json.dumps(missing, indent=1))


def _progress(copy: DataCopy, done: int, steps: int) -> None:
    """How far it is, and that somebody is still at it. Raises Taken."""
    ours = DataCopy.objects.filter(pk=copy.pk, status=Status.WAITING, held_at=copy.held_at)
    copy.held_at = now()
    if not ours.update(percent=99 * done // steps, held_at=copy.held_at):
        raise Taken


@command
def _finish(*, actor: Actor, occurred_at: datetime, copy: DataCopy, name: str, size: int) -> None:
    ready = DataCopy.objects.filter(pk=copy.pk, status=Status.WAITING, held_at=copy.held_at)
    expires_at = occurred_at + KEPT_FOR
    if not ready.update(
        status=Status.READY, percent=100, ready_at=occurred_at, expires_at=expires_at, name=name, size=size
    ):
        storage().delete(name)  # another worker has made it, or the person is gone
        return
    notify(
        actor=actor,
        to=[copy.person],
        kind="data_copy_ready",
        subject=("data_copies", copy.pk),
        text={"expires_at": expires_at},
        dedupe_key=f"data_copy_ready:{copy.pk}",
    )


@command
def forget_expired(*, actor: Actor, occurred_at: datetime) -> int:
    """Remove the files of copies whose time is over; returns how many."""
    return forget(DataCopy.objects.filter(status=Status.READY, expires_at__lte=occurred_at))


def forget(copies: QuerySet[DataCopy]) -> int:
    """Remove the files of these copies. Part of commands; a file goes when the row says that it is gone."""
    names = list(copies.exclude(name="").values_list("name", flat=True))
    copies.update(status=Status.EXPIRED, name="")
    for name in names:
        transaction.on_commit(partial(storage().delete, name), robust=True)
    return len(names)
