"""Segments are read by the desk, and written by administrators, both by territory."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import WATCHERS, Role
from accounts.people.access import in_territories, require_role
from fieldsvc.errors import must_exist
from sync.commands import Actor
from tickets.segments.models import NetworkConnection, NetworkSegment


def visible_segments(actor: Actor) -> QuerySet[NetworkSegment]:
    """Those of the desk's territories. Raises Forbidden("role_required") for whoever has no desk."""
    require_role(actor, *WATCHERS)
    rows = NetworkSegment.objects.all()
    return rows if actor.user is None else in_territories(rows, actor.user, *WATCHERS)


def visible_connections(actor: Actor) -> QuerySet[NetworkConnection]:
    """Those of segments that the actor sees, past ones included. Raises Forbidden("role_required")."""
    require_role(actor, *WATCHERS)
    rows = NetworkConnection.objects.all()
    if actor.user is None:
        return rows
    return in_territories(rows, actor.user, *WATCHERS, field="segment__territory_id")


def segment_to_change(actor: Actor, segment_id: UUID) -> NetworkSegment:
    """Locked, for administrators of its territory. Raises NotFound, Forbidden("role_required")."""
    seen = must_exist(visible_segments(actor).filter(pk=segment_id).first())
    require_role(actor, Role.ADMINISTRATOR, territory_id=seen.territory_id)
    return NetworkSegment.objects.select_for_update().get(pk=segment_id)
