"""What lists of quotes and gaps can be narrowed to."""

import django_filters as filters
from django.db.models import QuerySet

from tickets.quotes.models import ConsentGap, Quote


class QuoteFilter(filters.FilterSet):  # type: ignore[misc]
    """Quotes by ticket, visit, territory, state, what is odd about them, and a span of time."""

    ticket = filters.UUIDFilter()
    visit = filters.UUIDFilter()
    territory = filters.UUIDFilter("ticket__territory")
    status = filters.MultipleChoiceFilter(choices=Quote.Status.choices)
    flag = filters.CharFilter(method="flagged", label="Those with this flag.")
    occurred_after = filters.IsoDateTimeFilter("occurred_at", "gte")
    occurred_before = filters.IsoDateTimeFilter("occurred_at", "lt")

    class Meta:
        model = Quote
        fields: list[str] = []

    def flagged(self, quotes: QuerySet[Quote], name: str, flag: str) -> QuerySet[Quote]:
        return quotes.filter(flags__contains=[flag])


class GapFilter(filters.FilterSet):  # type: ignore[misc]
    """Gaps that are open or settled, by ticket and territory."""

    open = filters.BooleanFilter(method="standing_open", label="Somebody has still to settle it.")
    ticket = filters.UUIDFilter()
    territory = filters.UUIDFilter("ticket__territory")

    class Meta:
        model = ConsentGap
        fields: list[str] = []

    def standing_open(self, gaps: QuerySet[ConsentGap], name: str, wanted: bool) -> QuerySet[ConsentGap]:
        return gaps.filter(settlement="") if wanted else gaps.exclude(settlement="")
