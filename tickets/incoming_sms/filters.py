"""What the list of SMS can be narrowed to."""

import django_filters as filters

from tickets.incoming_sms.models import IncomingSms


class IncomingSmsFilter(filters.FilterSet):  # type: ignore[misc]
    """By what became of them, by place, person and ticket."""

    state = filters.MultipleChoiceFilter(choices=IncomingSms.State.choices)
    territory = filters.UUIDFilter()
    nowhere = filters.BooleanFilter("territory", "isnull", label="Of no territory: every desk sees them.")
    person = filters.UUIDFilter()
    ticket = filters.UUIDFilter()

    class Meta:
        model = IncomingSms
        fields: list[str] = []
