"""From an id to a service type that this person may change. Everybody who is signed in sees all of them."""

from uuid import UUID

from accounts.people.access import require_administrator
from fieldsvc.errors import NotFound
from sync.commands import Actor
from tickets.service_types.models import ServiceType


def service_type_to_change(actor: Actor, service_type_id: UUID) -> ServiceType:
    """Locked, for administrators of everything. Raises Forbidden("role_required"), NotFound."""
    require_administrator(actor)
    service_type = ServiceType.objects.select_for_update().filter(pk=service_type_id).first()
    if service_type is None:
        raise NotFound()
    return service_type
