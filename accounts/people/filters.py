from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from accounts.people import access
from accounts.people.models import STAFF, Role, User


class UserFilter(filters.FilterSet):  # type: ignore[misc]
    """`role` and `territory` together mean that role in that territory; a role held everywhere counts everywhere."""

    role = filters.ChoiceFilter(choices=Role.choices, method="skip")
    territory = filters.UUIDFilter(method="skip", label="Staff of this territory.")
    skill = filters.CharFilter(field_name="skills__code", label="Code of a skill.")
    is_active = filters.BooleanFilter()

    class Meta:
        model = User
        fields: list[str] = []

    def skip(self, queryset: QuerySet[User], name: str, value: object) -> QuerySet[User]:
        """Left to `filter_queryset`, as the two belong together."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[User]) -> QuerySet[User]:
        queryset = super().filter_queryset(queryset)
        asked: dict[str, Any] = self.form.cleaned_data
        if asked["role"] or asked["territory"]:
            roles = [asked["role"]] if asked["role"] else STAFF
            places = [asked["territory"]] if asked["territory"] else None
            queryset = queryset.filter(access.holds(roles, places))
        return queryset
