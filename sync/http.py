"""The HTTP door of commands."""

from typing import Any

from rest_framework.request import Request

from fieldsvc.errors import Invalid
from sync import schemas
from sync.commands import Actor
from sync.devices.models import Device


def device_of(request: Request) -> Device | None:
    """The device to which the request's token belongs, if it is a device's token."""
    return getattr(request.auth, "device", None)


def schema_of(request: Request) -> int:
    """The version of the wire that the phone speaks, by the parameter `schema`.

    Raises Invalid("schema_not_valid"), and what `schemas.must_be_spoken` raises.
    """
    text = request.query_params.get("schema", str(schemas.FIRST))
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 8 and int(text) >= schemas.FIRST):
        raise Invalid("schema_not_valid", "Give the version of the wire as a number from 1 on.", field="schema")
    schemas.must_be_spoken(int(text))
    return int(text)


def actor_of(request: Request, on_behalf_of: Any = None) -> Actor:
    """Whoever sent the request, perhaps for somebody else."""
    device = device_of(request)
    return Actor(user=request.user, on_behalf_of=on_behalf_of, device_id=device.pk if device else None)
