"""What the queue of callbacks can be narrowed to."""

import django_filters as filters
from django.db.models import Q, QuerySet

from fieldsvc.time import now
from tickets.callbacks.models import Callback, CallbackQuota


class CallbackFilter(filters.FilterSet):  # type: ignore[misc]
    """Callbacks by state, by who answers for them or was asked to, about what, and by when they are due."""

    state = filters.MultipleChoiceFilter(choices=Callback.State.choices)
    cause = filters.ChoiceFilter(choices=Callback.Cause.choices)
    territory = filters.UUIDFilter()
    responsible = filters.UUIDFilter()
    mine = filters.BooleanFilter(method="only_mine", label="I answer for it, or was asked to take it over.")
    waiting = filters.BooleanFilter("responsible", "isnull", label="For whoever of the team is free.")
    overdue = filters.BooleanFilter(method="only_overdue", label="Open, and its moment has passed.")
    ticket = filters.UUIDFilter()
    resident = filters.UUIDFilter()
    due_after = filters.IsoDateTimeFilter("due_at", "gte")
    due_before = filters.IsoDateTimeFilter("due_at", "lt")

    class Meta:
        model = Callback
        fields: list[str] = []

    def only_mine(self, callbacks: QuerySet[Callback], name: str, value: bool) -> QuerySet[Callback]:
        user = self.request.user
        mine = Q(responsible=user) | Q(asked=user)
        return callbacks.filter(mine) if value else callbacks.exclude(responsible=user).exclude(asked=user)

    def only_overdue(self, callbacks: QuerySet[Callback], name: str, value: bool) -> QuerySet[Callback]:
        overdue = Q(state=Callback.State.OPEN, due_at__lte=now())
        return callbacks.filter(overdue) if value else callbacks.exclude(overdue)


class QuotaFilter(filters.FilterSet):  # type: ignore[misc]
    territory = filters.UUIDFilter()
    per = filters.ChoiceFilter(choices=CallbackQuota.Per.choices)

    class Meta:
        model = CallbackQuota
        fields: list[str] = []
