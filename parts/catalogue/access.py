"""From a part's id to a part that this person may see, change or book."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from accounts.people.access import require_role
from accounts.people.models import Role, User
from fieldsvc.errors import NotFound
from parts.catalogue.models import Part
from sync import work
from sync.commands import Actor

KEEPERS = (Role.STOREKEEPER, Role.ADMINISTRATOR)
"""Those who write the catalogue."""


def visible_parts(user: User) -> QuerySet[Part]:
    """The whole catalogue for everybody who works here, nothing for residents."""
    return Part.objects.all() if user.works_here else Part.objects.none()


def part_to_change(actor: Actor, part_id: UUID) -> Part:
    """Locked. Raises NotFound, or Forbidden("role_required") for those who may only see it."""
    visible = Part.objects.all() if actor.user is None else visible_parts(actor.user)
    if not visible.filter(pk=part_id).exists():
        raise NotFound()
    require_role(actor, *KEEPERS)
    return Part.objects.select_for_update().get(pk=part_id)


def parts_to_book(ids: Collection[UUID]) -> dict[UUID, Part]:
    """The parts under which stock of these ids is booked now; a phone may not have heard yet that one was merged.

    Ids that do not exist are missing from the answer. Provisional parts are locked, as one may be merged at any moment.
    """
    for made in filter(None, (work.held(Part, part_id) for part_id in ids)):
        work.remember(("part to book", made.pk), made.booked_as)
    unread = {part_id for part_id in ids if not work.remembers(("part to book", part_id))}
    if unread:
        parts = {part.pk: part for part in Part.objects.filter(pk__in=unread).select_related("superseded_by")}
        if provisional := [part.pk for part in parts.values() if part.is_provisional]:
            locked = Part.objects.filter(pk__in=provisional).select_for_update().order_by("pk")
            parts |= {part.pk: part for part in locked}
        for part_id, part in parts.items():
            work.remember(("part to book", part_id), part.booked_as)
    return {part_id: work.recall(key) for part_id in ids if work.remembers(key := ("part to book", part_id))}
