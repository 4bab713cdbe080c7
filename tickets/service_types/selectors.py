"""Reads of service types."""

from django.db.models import QuerySet

from tickets.service_types.models import ServiceType


def service_types_for_lists() -> QuerySet[ServiceType]:
    """All kinds, with all that their output shows."""
    return ServiceType.objects.prefetch_related("skills")
