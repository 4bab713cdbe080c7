"""Speed tables are read by the desk, and written by administrators."""

from django.db.models import QuerySet

from accounts.models import WATCHERS
from accounts.people.access import require_role
from sync.commands import Actor
from tickets.travel.models import SpeedTable


def speed_tables(actor: Actor) -> QuerySet[SpeedTable]:
    """All of them. Raises Forbidden("role_required") for those who plan nothing."""
    require_role(actor, *WATCHERS)
    return SpeedTable.objects.all()
