"""Commands on devices."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fieldsvc.errors import Conflict
from fieldsvc.time import now
from sync.commands import Actor, command
from sync.devices import access
from sync.devices.clock import DeviceClock
from sync.devices.models import BootAnchor, Device
from sync.registry import poke_person


@command
def register_device(
    *, user: Any, device_id: UUID, name: str = "", platform: str = "", app_version: str = "", schema: int | None = None
) -> Device:
    """The person uses this device from now on; what is left empty stays as it is known.

    Raises Conflict("device_id_taken") when the id belongs to somebody else's device, and Conflict("device_cut_off")
    when it was reported lost: a device that is found again starts over under a new id.
    """
    device, _ = Device.objects.get_or_create(pk=device_id, defaults={"user": user})
    if device.user_id != user.pk:
        raise Conflict("device_id_taken", "Make a new device id for this person.")
    if device.cut_off_at:
        raise Conflict("device_cut_off", "This device was cut off. Wipe it and make a new device id.", wipe=True)
    told = {"name": name, "platform": platform, "app_version": app_version, "schema": schema}
    for field, value in told.items():
        if value:
            setattr(device, field, value)
    device.last_contact_at = now()
    device.save(update_fields=["last_contact_at", *told])
    return device


@command
def cut_off_device(*, actor: Actor, occurred_at: datetime, device_id: UUID) -> Device:
    """The device is lost: from now on it gets nothing but the order to wipe itself. Repeating it changes nothing."""
    device = access.device_to_change(actor, device_id)
    if device.cut_off_at is None:
        device.cut_off_at = occurred_at
        device.cut_off_by = actor.user
        device.save(update_fields=["cut_off_at", "cut_off_by"])
        poke_person(device.user_id)
    return device


def note_wipe_told(device: Device) -> None:
    """The lost phone has asked and was told to wipe itself: the first time is kept."""
    Device.objects.filter(pk=device.pk, wipe_told_at=None).update(wipe_told_at=now())


def note_contact(device: Device, clock: DeviceClock, *, schema: int) -> None:
    """Keep what this contact tells of the device's clock."""
    reading = clock.reading
    device.last_contact_at = clock.received_at
    device.skew_ms = round(clock.skew.total_seconds() * 1000)
    device.schema = schema
    device.save(update_fields=["last_contact_at", "skew_ms", "schema"])
    anchor = clock.anchor(reading.boot) if reading.boot else None
    if anchor is not None and anchor != clock.anchors.get(reading.boot):
        BootAnchor.objects.update_or_create(
            device=device,
            boot=reading.boot,
            defaults={"monotonic_ms": anchor.monotonic_ms, "server_time": anchor.server_time},
        )
