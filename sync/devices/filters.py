"""What the list of devices can be narrowed to."""

import django_filters as filters

from sync.devices.models import Device


class DeviceFilter(filters.FilterSet):  # type: ignore[misc]
    """Devices by person. Any id may be asked for: whether there is such a person is not told."""

    user = filters.UUIDFilter()

    class Meta:
        model = Device
        fields: list[str] = []
