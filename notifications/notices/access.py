"""From a notice's id to a notice of this person."""

from uuid import UUID

from fieldsvc.errors import must_exist
from notifications.notices.models import Notice
from sync.commands import Actor


def notice_to_acknowledge(actor: Actor, notice_id: UUID) -> Notice:
    """Locked. Raises NotFound unless it is one's own: nobody hears a notice in another's name."""
    return must_exist(Notice.objects.filter(pk=notice_id, user=actor.user).select_for_update(of=("self",)).first())
