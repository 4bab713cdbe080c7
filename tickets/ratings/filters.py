"""What the list of technicians' ratings can be narrowed to."""

import django_filters as filters
from django.db.models import QuerySet

from tickets.ratings.models import VisitRating


class VisitRatingFilter(filters.FilterSet):  # type: ignore[misc]
    """Ratings by place, person and ticket, by score and reason, and by when they were given."""

    territory = filters.UUIDFilter("visit__ticket__territory")
    technician = filters.UUIDFilter("visit__technician")
    ticket = filters.UUIDFilter("visit__ticket")
    score_to = filters.NumberFilter("score", "lte", label="This score, or less.")
    reason = filters.CharFilter(method="names", label="Names this reason.")
    rated_after = filters.IsoDateTimeFilter("occurred_at", "gte")
    rated_before = filters.IsoDateTimeFilter("occurred_at", "lt")

    class Meta:
        model = VisitRating
        fields: list[str] = []

    def names(self, ratings: QuerySet[VisitRating], name: str, code: str) -> QuerySet[VisitRating]:
        return ratings.filter(reasons__contains=[code])
