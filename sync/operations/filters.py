"""What the list of operations can be narrowed to."""

import django_filters as filters

from sync.operations.models import Receipt


class ReceiptFilter(filters.FilterSet):  # type: ignore[misc]
    """Operations by answer, kind, device and what they wait for. Any id may be asked for: whether there is such a thing
    is not told.
    """

    device = filters.UUIDFilter()
    blocked_by = filters.UUIDFilter(label="What waits for this operation.")
    discarded = filters.BooleanFilter("discarded_at", "isnull", exclude=True, label="Whether somebody gave it up.")

    class Meta:
        model = Receipt
        fields = ["status", "kind"]
