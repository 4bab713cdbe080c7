"""What the list of transfers can be narrowed to."""

from uuid import UUID

import django_filters as filters
from django.db.models import Exists, OuterRef, Q, QuerySet

from parts.transfers.models import Transfer, TransferLine


class TransferFilter(filters.FilterSet):  # type: ignore[misc]
    """Transfers by state, places, territory, part, and when they were written."""

    status = filters.MultipleChoiceFilter(choices=Transfer.Status.choices)
    from_location = filters.UUIDFilter()
    to_location = filters.UUIDFilter()
    territory = filters.UUIDFilter(method="in_territory", label="Where they leave or arrive.")
    part = filters.UUIDFilter(method="of_part")
    created_after = filters.IsoDateTimeFilter("created_at", "gte")
    created_before = filters.IsoDateTimeFilter("created_at", "lt")

    class Meta:
        model = Transfer
        fields: list[str] = []

    def in_territory(self, queryset: QuerySet[Transfer], name: str, value: UUID) -> QuerySet[Transfer]:
        return queryset.filter(Q(from_location__territory=value) | Q(to_location__territory=value))

    def of_part(self, queryset: QuerySet[Transfer], name: str, value: UUID) -> QuerySet[Transfer]:
        return queryset.filter(Exists(TransferLine.objects.filter(transfer=OuterRef("pk"), part=value)))
