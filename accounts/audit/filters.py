"""Filters of the audit."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters

from sync.audit.models import AuditEntry


class AuditFilter(filters.FilterSet):  # type: ignore[misc]
    """Several filters must all hold."""

    person = filters.UUIDFilter(method="of_person", label="Who did it, or for whom it was done.")
    kind = filters.CharFilter("kind", label="What it was done to, such as tickets.site or accounts.user.")
    row = filters.CharFilter("row_id", label="The id of what it was done to.")
    device = filters.UUIDFilter("device_id")
    door = filters.MultipleChoiceFilter(choices=AuditEntry.Door.choices)
    action = filters.MultipleChoiceFilter(choices=AuditEntry.Action.choices)
    after = filters.IsoDateTimeFilter("at", lookup_expr="gte")
    before = filters.IsoDateTimeFilter("at", lookup_expr="lt")

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def of_person(self, entries: QuerySet[AuditEntry], name: str, value: UUID) -> QuerySet[AuditEntry]:
        """Both are recorded."""
        return entries.filter(Q(actor_id=value) | Q(on_behalf_of_id=value))
