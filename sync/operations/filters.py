"""What the list of operations can be narrowed to."""

import django_filters as filters

from sync.operations.models import Receipt


class ReceiptFilter(filters.FilterSet):  # type: ignore[misc]
    """Operations by answer, kind and device. Any id may be asked for: whether there is such a device is not told."""

    device = filters.UUIDFilter()

    class Meta:
        model = Receipt
        fields = ["status", "kind"]
