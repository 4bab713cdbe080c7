"""What the call log can be narrowed to."""

import django_filters as filters
from django.db.models import QuerySet

from accounts.people.contacts import reads_contacts
from accounts.people.phones import phone_number
from fieldsvc.errors import Invalid
from tickets.calls.models import Call


class CallFilter(filters.FilterSet):  # type: ignore[misc]
    """Calls by who made them, with whom, about what, with which result, and a span of time."""

    agent = filters.UUIDFilter()
    territory = filters.UUIDFilter()
    direction = filters.ChoiceFilter(choices=Call.Direction.choices)
    result = filters.MultipleChoiceFilter(choices=Call.Result.choices)
    number = filters.CharFilter(method="by_number", label="The caller's number, in any notation.")
    resident = filters.UUIDFilter()
    ticket = filters.UUIDFilter()
    site = filters.UUIDFilter()
    account = filters.UUIDFilter()
    corrected = filters.BooleanFilter("corrected_by", "isnull", exclude=True, label="Another entry stands for it.")
    started_after = filters.IsoDateTimeFilter("started_at", "gte")
    started_before = filters.IsoDateTimeFilter("started_at", "lt")

    class Meta:
        model = Call
        fields: list[str] = []

    def by_number(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        """What is no number was nobody's; and whoever is shown no numbers finds nothing by them."""
        try:
            return (
                calls.filter(caller_number=phone_number(value)) if reads_contacts(self.request.user) else calls.none()
            )
        except Invalid:
            return calls.none()
