"""Service types on phones: what to ask, what to check, how a repair may end: public, also to residents.

What to take along is for those who carry the catalogue. A likely part is named as an administrator named it, and what
has taken its place stands in the document of the part; so each of the two changes by itself.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from parts.quantities import plain
from sync.registry import Body, Document
from tickets.service_types.models import ServiceType
from tickets.service_types.selectors import service_types_for_lists


def load_service_types(ids: Collection[UUID]) -> Iterable[ServiceType]:
    return service_types_for_lists().prefetch_related("likely_parts").filter(pk__in=ids)


def service_type_followers(service_type: ServiceType) -> Iterable[str]:
    """Everybody; also of one that is no longer offered, as tickets of its kind are still about."""
    return ["catalogue", "public"]


def render_service_type(service_type: ServiceType, audience: str) -> Body:
    body = {
        "code": service_type.code,
        "name": service_type.name,
        "name_zh": service_type.name_zh,
        "form": service_type.form,
        "skills": sorted(skill.code for skill in service_type.skills.all()),
        "checklist": service_type.checklist,
        "resolution_codes": service_type.resolution_codes,
        "default_priority": service_type.default_priority,
        "visit_minutes": service_type.visit_minutes,
        "is_active": service_type.is_active,
    }
    if audience == "catalogue":
        body["paid_work_id"] = service_type.paid_work_id and str(service_type.paid_work_id)
        body["likely_parts"] = [
            {"part_id": likely.part_id, "quantity": None if likely.quantity is None else plain(likely.quantity)}
            for likely in service_type.likely_parts.all()
        ]
    return body


DOCUMENTS = {
    "service_types": Document(load=load_service_types, followers=service_type_followers, render=render_service_type)
}
