"""What lists of payments, links and hand-ins can be narrowed to."""

import django_filters as filters
from django.db.models import QuerySet

from tickets.payments.models import CashHandIn, Payment, PaymentLink


class PaymentFilter(filters.FilterSet):  # type: ignore[misc]
    """Payments by way, ticket, territory, who took them, cash still held, what is odd, and a span of time."""

    method = filters.ChoiceFilter(choices=Payment.Method.choices)
    ticket = filters.UUIDFilter()
    territory = filters.UUIDFilter()
    taken_by = filters.UUIDFilter()
    handed_in = filters.BooleanFilter("hand_in", "isnull", exclude=True, label="Of cash: a cashier has it.")
    flag = filters.CharFilter(method="flagged", label="Those with this flag.")
    occurred_after = filters.IsoDateTimeFilter("occurred_at", "gte")
    occurred_before = filters.IsoDateTimeFilter("occurred_at", "lt")

    class Meta:
        model = Payment
        fields: list[str] = []

    def flagged(self, payments: QuerySet[Payment], name: str, flag: str) -> QuerySet[Payment]:
        return payments.filter(flags__contains=[flag])


class LinkFilter(filters.FilterSet):  # type: ignore[misc]
    """Links by ticket and state."""

    ticket = filters.UUIDFilter()
    status = filters.MultipleChoiceFilter(choices=PaymentLink.Status.choices)

    class Meta:
        model = PaymentLink
        fields: list[str] = []


class HandInFilter(filters.FilterSet):  # type: ignore[misc]
    """Hand-ins by territory and technician."""

    territory = filters.UUIDFilter()
    technician = filters.UUIDFilter()

    class Meta:
        model = CashHandIn
        fields: list[str] = []
