"""What the list of weights can be narrowed to."""

import django_filters as filters
from django.db.models import Q, QuerySet

from tickets.suggestions.models import SuggestionWeights


class WeightsFilter(filters.FilterSet):  # type: ignore[misc]
    """Weights by what they are for, and by a moment at which they hold."""

    service_type = filters.CharFilter("service_type__code")
    at = filters.IsoDateTimeFilter(method="holding_at", label="What holds at this moment.")

    class Meta:
        model = SuggestionWeights
        fields: list[str] = []

    def holding_at(self, weights: QuerySet[SuggestionWeights], name: str, value: object) -> QuerySet[SuggestionWeights]:
        """It contains its beginning and not its end."""
        return weights.filter(Q(holds_until=None) | Q(holds_until__gt=value), holds_from__lte=value)
