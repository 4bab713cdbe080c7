"""From an id to a service type that this person may change. Everybody who is signed in sees all of them."""

from uuid import UUID

from accounts.people.access import require_administrator
from fieldsvc.errors import Invalid, must_exist
from sync.commands import Actor
from tickets.service_types.models import ServiceType


def service_type_to_change(actor: Actor, service_type_id: UUID) -> ServiceType:
    """Locked, for administrators of everything. Raises Forbidden("role_required"), NotFound."""
    require_administrator(actor)
    return must_exist(ServiceType.objects.select_for_update().filter(pk=service_type_id).first())


def offered_service_type(code: str) -> ServiceType:
    """Raises Invalid("service_type_unknown") for one that does not exist, or is not offered any more."""
    service_type = ServiceType.objects.filter(code=code, is_active=True).first()
    if service_type is None:
        raise Invalid("service_type_unknown", "Choose one of the service types on offer.", field="service_type")
    return service_type
