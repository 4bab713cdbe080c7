"""What the list of doubtful check-ins can be narrowed to."""

import django_filters as filters
from django.db.models import Q, QuerySet

from tickets.doubts.models import Doubt
from tickets.doubts.reasons import REASONS
from tickets.visits.models import CheckIn


class DoubtFilter(filters.FilterSet):  # type: ignore[misc]
    """Doubts by whose check-in, where, when, how grave, why, and whether somebody has looked."""

    technician = filters.UUIDFilter("check_in__technician")
    territory = filters.UUIDFilter(method="by_territory")
    kind = filters.MultipleChoiceFilter("check_in__kind", choices=CheckIn.Kind.choices)
    reason = filters.ChoiceFilter("reasons", "has_key", choices=[(code, code) for code in REASONS])
    score_to = filters.NumberFilter("score", "lte", label="Trusted so far at most.")
    looked_at = filters.BooleanFilter("looked_at", "isnull", exclude=True, label="Somebody has looked at it.")
    occurred_after = filters.IsoDateTimeFilter("occurred_at", "gte")
    occurred_before = filters.IsoDateTimeFilter("occurred_at", "lt")

    class Meta:
        model = Doubt
        fields: list[str] = []

    def by_territory(self, doubts: QuerySet[Doubt], name: str, value: object) -> QuerySet[Doubt]:
        return doubts.filter(Q(check_in__visit__ticket__territory=value) | Q(check_in__territory=value))
