"""What the lists of shifts and absences can be narrowed to."""

import django_filters as filters

from tickets.shifts.models import Absence, Shift


class ShiftFilter(filters.FilterSet):  # type: ignore[misc]
    """Shifts by whom, where, kind, state, and by when they begin."""

    technician = filters.UUIDFilter()
    territory = filters.UUIDFilter()
    kind = filters.MultipleChoiceFilter(choices=Shift.Kind.choices)
    state = filters.MultipleChoiceFilter(choices=Shift.State.choices)
    starts_after = filters.IsoDateTimeFilter("starts_at", "gte")
    starts_before = filters.IsoDateTimeFilter("starts_at", "lt")

    class Meta:
        model = Shift
        fields: list[str] = []


class AbsenceFilter(filters.FilterSet):  # type: ignore[misc]
    """Absences by whom, where, kind, state; `ends_after` with `starts_before` finds those that touch a time."""

    technician = filters.UUIDFilter()
    territory = filters.UUIDFilter()
    kind = filters.MultipleChoiceFilter(choices=Absence.Kind.choices)
    state = filters.MultipleChoiceFilter(choices=Absence.State.choices)
    ends_after = filters.IsoDateTimeFilter("ends_at", "gt")
    starts_before = filters.IsoDateTimeFilter("starts_at", "lt")

    class Meta:
        model = Absence
        fields: list[str] = []
