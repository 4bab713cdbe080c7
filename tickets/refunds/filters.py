"""What the list of refunds can be narrowed to."""

import django_filters as filters

from tickets.refunds.models import Refund


class RefundFilter(filters.FilterSet):  # type: ignore[misc]
    """Refunds by kind, state, ticket and territory."""

    kind = filters.ChoiceFilter(choices=Refund.Kind.choices)
    status = filters.MultipleChoiceFilter(choices=Refund.Status.choices)
    ticket = filters.UUIDFilter()
    territory = filters.UUIDFilter("ticket__territory")

    class Meta:
        model = Refund
        fields: list[str] = []
