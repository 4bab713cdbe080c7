"""From an upload's id to an upload that this person may go on with.

The ids are each person's own: whoever learns of one can neither take it away from its owner nor stand in their way.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fieldsvc.errors import Gone, NotFound, must_exist
from fieldsvc.time import now
from sync.commands import Actor
from sync.sql import execute
from sync.uploads.models import Upload

State = Upload.State


def own_uploads(user: Any, upload_id: UUID) -> QuerySet[Upload]:
    """This person's upload with this id, if there is one."""
    return Upload.objects.filter(user=user, key=upload_id)


def upload_to_see(actor: Actor, upload_id: UUID) -> Upload:
    """One's own, from whichever of one's devices it was begun: who changes phones goes on where they were.

    Raises NotFound, Gone("upload_expired"), or Gone("upload_rejected") with the `reason`.
    """
    return _usable(own_uploads(actor.user, upload_id).first(), at=now())


def upload_to_continue(actor: Actor, upload_id: UUID) -> Upload:
    """The same, locked, and so is its end: see `ended_upload`."""
    _hold(actor.user, upload_id)
    return _usable(own_uploads(actor.user, upload_id).select_for_update().first(), at=now())


def upload_to_terminate(actor: Actor, upload_id: UUID) -> Upload:
    """One's own in any state, locked. Raises NotFound."""
    return must_exist(own_uploads(actor.user, upload_id).select_for_update().first())


def ended_upload(user: Any, upload_id: UUID) -> Upload | None:
    """This person's upload, if it has ended; locked, for those who want to link it within a command.

    Until the commit, an upload of this id cannot end, whether it has begun or not. So one that ends at this very
    moment is either seen here, or whoever hears of its end sees what was written here.
    """
    _hold(user, upload_id)
    return own_uploads(user, upload_id).exclude(state=State.RECEIVING).select_for_update().first()


def _hold(user: Any, upload_id: UUID) -> None:
    """Taken before the row, as the row may not be there yet."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sync.upload:{user.pk}:{upload_id}"])


def is_over(upload: Upload, at: datetime) -> bool:
    """Whether it can only be begun again: nobody went on with it in time, or it was not what it was said to be."""
    return upload.expires_at <= at or upload.state == State.REJECTED


def _usable(upload: Upload | None, *, at: datetime) -> Upload:
    if upload is None:
        raise NotFound()
    if upload.state == State.REJECTED:
        raise Gone("upload_rejected", "It was not taken. Begin again.", reason=upload.refusal["code"])
    if is_over(upload, at):
        raise Gone("upload_expired", "Nobody went on with this upload in time. Begin again.")
    return upload
