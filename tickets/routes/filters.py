"""How plans and their stops may be filtered."""

from django_filters import rest_framework as filters

from tickets.routes.models import PlannedStop, RoutePlan


class RoutePlanFilter(filters.FilterSet):  # type: ignore[misc]
    class Meta:
        model = RoutePlan
        fields = ["territory", "day", "status"]


class PlannedStopFilter(filters.FilterSet):  # type: ignore[misc]
    class Meta:
        model = PlannedStop
        fields = ["technician", "change", "status"]
