"""Recoveries are seen by all who answer callers, as residents may call any desk, and each by whom it is about."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import WATCHERS, User
from fieldsvc.errors import must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.recoveries.models import Recovery


def visible_recoveries(user: User) -> QuerySet[Recovery]:
    """All for the desk, their own for everybody else."""
    return Recovery.objects.all() if user.has_role(*WATCHERS) else Recovery.objects.filter(person=user)


def recovery_to_decide(actor: Actor, recovery_id: UUID) -> Recovery:
    """Locked, after its person. Raises NotFound."""
    seen = must_exist(visible_recoveries(actor.user).filter(pk=recovery_id).first())
    User.objects.select_for_update().get(pk=seen.person_id)
    return locked(Recovery.objects.select_related("person", "asked_by").filter(pk=recovery_id)).get()
