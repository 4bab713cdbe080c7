"""What the list of days can be narrowed to."""

import django_filters as filters
from django.db.models import QuerySet

from tickets.attendance.models import AttendanceDay


class AttendanceDayFilter(filters.FilterSet):  # type: ignore[misc]
    """Days by whom, where, when, and by what holds."""

    technician = filters.UUIDFilter()
    territory = filters.UUIDFilter()
    state = filters.MultipleChoiceFilter(choices=AttendanceDay.State.choices)
    since = filters.DateFilter("day", "gte", label="The first day.")
    until = filters.DateFilter("day", "lte", label="The last day.")
    late = filters.BooleanFilter(method="by_late", label="They came later than is tolerated.")
    mark = filters.ChoiceFilter(method="by_mark", choices=AttendanceDay.Mark.choices)
    corrected = filters.BooleanFilter("told", "isnull", exclude=True, label="Somebody says otherwise than the events.")

    class Meta:
        model = AttendanceDay
        fields: list[str] = []

    def by_late(self, days: QuerySet[AttendanceDay], name: str, value: bool) -> QuerySet[AttendanceDay]:
        return days.filter(late_s__gt=0) if value else days.filter(late_s=0)

    def by_mark(self, days: QuerySet[AttendanceDay], name: str, value: str) -> QuerySet[AttendanceDay]:
        return days.filter(marks__contains=[value])
