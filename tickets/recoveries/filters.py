"""What the list of recoveries can be narrowed to."""

import django_filters as filters

from tickets.recoveries.models import Recovery


class RecoveryFilter(filters.FilterSet):  # type: ignore[misc]
    person = filters.UUIDFilter("person")
    status = filters.ChoiceFilter(choices=Recovery.Status.choices)

    class Meta:
        model = Recovery
        fields: list[str] = []
