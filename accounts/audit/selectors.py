"""Reads of the audit."""

from collections.abc import Iterable
from uuid import UUID

from accounts.people.models import User
from sync.audit.models import AuditEntry
from sync.devices.models import Device


def names_of(entries: Iterable[AuditEntry]) -> dict[UUID, str]:
    """The names of the people and devices in these entries, by their ids. Two queries."""
    entries = list(entries)
    people = [id for entry in entries for id in (entry.actor_id, entry.on_behalf_of_id) if id]
    devices = [entry.device_id for entry in entries if entry.device_id]
    found = {person.pk: str(person) for person in User.objects.filter(pk__in=people).only("name", "username", "phone")}
    return found | {device.pk: str(device) for device in Device.objects.filter(pk__in=devices).only("name")}
