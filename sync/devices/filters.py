"""What the list of devices can be narrowed to."""

from contextlib import suppress
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

import django_filters as filters
from django.db.models import Q, QuerySet

from sync import registry
from sync.devices.models import Device


class DeviceFilter(filters.FilterSet):  # type: ignore[misc]
    """Devices by person and by how they are. Any id may be asked for: whether there is such a person is not told."""

    user = filters.CharFilter(method="of_person", label="Whose: an id, or words of the name, account or number.")
    schema = filters.NumberFilter(label="The version of the wire that it speaks.")
    cut_off = filters.BooleanFilter("cut_off_at", "isnull", exclude=True, label="Whether it was reported lost.")
    not_heard_since = filters.IsoDateTimeFilter(method="silent_since", label="Its last contact was before.")
    waiting = filters.BooleanFilter(method="with_something_waiting", label="Refused, blocked, or in a conflict.")

    class Meta:
        model = Device
        fields: list[str] = []

    def of_person(self, devices: QuerySet[Device], name: str, value: str) -> QuerySet[Device]:
        """The person with this id, or all whose names, as the project knows them, have each of these words."""
        with suppress(ValueError):
            return devices.filter(user=UUID(value))
        for word in value.split():
            has_it = (Q(**{f"user__{field}__icontains": word}) for field in registry.found_by())
            devices = devices.filter(reduce(or_, has_it))
        return devices

    def silent_since(self, devices: QuerySet[Device], name: str, value: datetime) -> QuerySet[Device]:
        """One that has never been heard of is silent, too."""
        return devices.filter(Q(last_contact_at=None) | Q(last_contact_at__lt=value))

    def with_something_waiting(self, devices: QuerySet[Device], name: str, value: bool) -> QuerySet[Device]:
        """Whether something of it waits for somebody to decide."""
        waits = Q(refused__gt=0) | Q(blocked__gt=0) | Q(open_conflicts__gt=0)
        return devices.filter(waits if value else ~waits)
