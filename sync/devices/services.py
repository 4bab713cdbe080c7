"""Commands on devices."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fieldsvc.errors import Conflict
from fieldsvc.time import now
from sync.commands import Actor, command
from sync.devices import access
from sync.devices.clock import DeviceClock, Reading
from sync.devices.models import BootAnchor, Device
from sync.registry import poke_person
from sync.work import save


@command
def register_device(
    *,
    user: Any,
    device_id: UUID,
    name: str = "",
    platform: str = "",
    app_version: str = "",
    schema: int | None = None,
    pending: Mapping[str, Any] | None = None,
) -> Device:
    """The person uses this device from now on; what is left empty stays as it is known.

    `pending` is what it has still to send, as in a push; its clock is believed as far as the last push told of it.

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
    device.last_contact_at = at = now()
    clock = DeviceClock(Reading(at + timedelta(milliseconds=device.skew_ms or 0)), at, {})
    device.save(update_fields=["last_contact_at", *told, *_noted(device, pending, clock)])
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


PULLS_NOTED = timedelta(minutes=5)
"""A pull is noted when the last one that was is older than this."""


def note_pull(device: Device | None, *, schema: int, at: datetime) -> None:
    """The device has asked for news. Most pulls write nothing."""
    if device is None:
        return
    fresh = device.last_pull_at is not None and at - device.last_pull_at < PULLS_NOTED
    if not fresh or device.schema != schema:
        Device.objects.filter(pk=device.pk).update(last_pull_at=at, last_contact_at=at, schema=schema)


def note_contact(device: Device, clock: DeviceClock, *, schema: int, pending: Mapping[str, Any] | None = None) -> None:
    """Keep what this push tells of the device: its clock, and what it has not sent yet (`pending`), if it says so."""
    reading = clock.reading
    device.last_contact_at = device.last_push_at = clock.received_at
    device.skew_ms = round(clock.skew.total_seconds() * 1000)
    device.schema = schema
    fields = ["last_contact_at", "last_push_at", "skew_ms", "schema"]
    save(device, [*fields, *_noted(device, pending, clock)])
    anchor = clock.anchor(reading.boot) if reading.boot else None
    if anchor is not None and anchor != clock.anchors.get(reading.boot):
        BootAnchor.objects.update_or_create(
            device=device,
            boot=reading.boot,
            defaults={"monotonic_ms": anchor.monotonic_ms, "server_time": anchor.server_time},
        )


def _noted(device: Device, pending: Mapping[str, Any] | None, clock: DeviceClock) -> list[str]:
    """Write down what the device has still to send, if it said so; the fields that were set."""
    if pending is None:
        return []
    oldest = pending.get("oldest")
    device.pending_operations, device.pending_uploads = pending["operations"], pending["uploads"]
    device.oldest_pending_at = clock.occurred_at(Reading(oldest))[0] if oldest else None
    device.pending_told_at = clock.received_at
    return ["pending_operations", "pending_uploads", "oldest_pending_at", "pending_told_at"]
