"""From a device's id to a device that this person may see or change."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from fieldsvc.errors import must_exist
from sync.commands import Actor
from sync.devices.models import Device


def looked_after(user: Any) -> QuerySet[Any]:
    """The people whom this person looks after: the project says who (`SYNC["LOOKS_AFTER"]`)."""
    if "LOOKS_AFTER" not in settings.SYNC:
        return get_user_model().objects.none()
    people: QuerySet[Any] = import_string(settings.SYNC["LOOKS_AFTER"])(user)
    return people


def visible_devices(actor: Actor) -> QuerySet[Device]:
    """One's own, and those of the people whom one looks after."""
    return Device.objects.filter(user=actor.user) | Device.objects.filter(user__in=looked_after(actor.user))


def device_to_change(actor: Actor, device_id: UUID) -> Device:
    """Locked. Raises NotFound unless it is one's own or that of somebody whom one looks after."""
    return must_exist(visible_devices(actor).filter(pk=device_id).select_for_update(of=("self",)).first())
