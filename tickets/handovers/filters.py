"""What the list of hand-overs can be narrowed to."""

import django_filters as filters
from django.db.models import Q, QuerySet

from tickets.handovers.models import HandOver


class HandOverFilter(filters.FilterSet):  # type: ignore[misc]
    """Hand-overs by place, state, people, and by when they were given."""

    territory = filters.UUIDFilter()
    state = filters.MultipleChoiceFilter(choices=HandOver.State.choices)
    given_by = filters.UUIDFilter()
    taken_by = filters.UUIDFilter()
    mine = filters.BooleanFilter(method="only_mine", label="I gave it, or was asked.")
    given_after = filters.IsoDateTimeFilter("given_at", "gte")
    given_before = filters.IsoDateTimeFilter("given_at", "lt")

    class Meta:
        model = HandOver
        fields: list[str] = []

    def only_mine(self, hand_overs: QuerySet[HandOver], name: str, value: bool) -> QuerySet[HandOver]:
        mine = Q(given_by=self.request.user) | Q(taken_by=self.request.user)
        return hand_overs.filter(mine) if value else hand_overs.exclude(mine)
