"""What lists of refunds and repayments can be narrowed to."""

import django_filters as filters
from django.db.models import Q, QuerySet

from tickets.refunds.models import Refund, Repayment


class RefundFilter(filters.FilterSet):  # type: ignore[misc]
    """Refunds by kind, state, ticket and territory."""

    kind = filters.ChoiceFilter(choices=Refund.Kind.choices)
    status = filters.MultipleChoiceFilter(choices=Refund.Status.choices)
    ticket = filters.UUIDFilter()
    territory = filters.UUIDFilter("ticket__territory")

    class Meta:
        model = Refund
        fields: list[str] = []


class RepaymentFilter(filters.FilterSet):  # type: ignore[misc]
    """Repayments by refund, ticket, territory, state, owner, way, and those that somebody has to see to."""

    refund = filters.UUIDFilter()
    ticket = filters.UUIDFilter("refund__ticket")
    territory = filters.UUIDFilter("refund__ticket__territory")
    status = filters.MultipleChoiceFilter(choices=Repayment.Status.choices)
    owner = filters.UUIDFilter()
    by_hand = filters.BooleanFilter("payment", "isnull", label="Not through the provider.")
    open = filters.BooleanFilter(method="standing_open", label="It failed, and somebody has still to see to it.")

    class Meta:
        model = Repayment
        fields: list[str] = []

    def standing_open(self, repayments: QuerySet[Repayment], name: str, wanted: bool) -> QuerySet[Repayment]:
        standing = Q(status=Repayment.Status.FAILED, settlement="")
        return repayments.filter(standing if wanted else ~standing)
