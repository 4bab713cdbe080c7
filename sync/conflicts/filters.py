"""What the list of conflicts can be narrowed to."""

import django_filters as filters

from sync.conflicts.models import Conflict


class ConflictFilter(filters.FilterSet):  # type: ignore[misc]
    """By what a conflict is about, and by the device's side of it.

    The server's side is no filter: an author who may not see it could ask until the answer tells. Any id may be asked
    for: whether there is such a thing is not told.
    """

    status = filters.ChoiceFilter(choices=Conflict.Status.choices)
    kind = filters.MultipleChoiceFilter(choices=Conflict.Kind.choices)
    collection = filters.CharFilter()
    doc_id = filters.UUIDFilter()
    field = filters.CharFilter()
    device = filters.UUIDFilter("device_id")
    device_by = filters.UUIDFilter("device_by_id", label="Who wrote the device's side.")
    received_after = filters.IsoDateTimeFilter("received_at", "gte")
    received_before = filters.IsoDateTimeFilter("received_at", "lt")

    class Meta:
        model = Conflict
        fields: list[str] = []
