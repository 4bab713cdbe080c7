"""The HTTP door of commands."""

from typing import Any

from rest_framework.request import Request

from sync.commands import Actor
from sync.devices.models import Device


def device_of(request: Request) -> Device | None:
    """The device to which the request's token belongs, if it is a device's token."""
    return getattr(request.auth, "device", None)


def actor_of(request: Request, on_behalf_of: Any = None) -> Actor:
    """Whoever sent the request, perhaps for somebody else."""
    device = device_of(request)
    return Actor(user=request.user, on_behalf_of=on_behalf_of, device_id=device.pk if device else None)
