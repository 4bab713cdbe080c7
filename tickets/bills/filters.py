"""What lists of bills can be narrowed to."""

import django_filters as filters
from django.db.models import QuerySet

from tickets.bills.models import Bill


class BillFilter(filters.FilterSet):  # type: ignore[misc]
    """Bills by kind, ticket, customer, territory, what is still to be paid, and a span of time."""

    kind = filters.ChoiceFilter(choices=Bill.Kind.choices)
    ticket = filters.UUIDFilter()
    resident = filters.UUIDFilter()
    territory = filters.UUIDFilter()
    unpaid = filters.BooleanFilter(method="not_paid", label="Something of it is still to be paid.")
    due_before = filters.DateFilter("due_on", "lt")
    issued_after = filters.IsoDateTimeFilter("issued_at", "gte")
    issued_before = filters.IsoDateTimeFilter("issued_at", "lt")

    class Meta:
        model = Bill
        fields: list[str] = []

    def not_paid(self, bills: QuerySet[Bill], name: str, wanted: bool) -> QuerySet[Bill]:
        return bills.filter(outstanding__gt=0) if wanted else bills.filter(outstanding=0)
