"""The HTTP door of commands."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from rest_framework.request import Request

from fieldsvc.errors import Invalid
from fieldsvc.time import now
from sync import schemas
from sync.commands import Actor
from sync.devices.models import Device
from sync.serializing import Form, validated

R = TypeVar("R")


def device_of(request: Request) -> Device | None:
    """The device to which the request's token belongs, if it is a device's token.

    Where the project's authentication knows no devices at all, the header `X-Device` names one of the person's own.
    """
    if hasattr(request.auth, "device"):
        return request.auth.device  # type: ignore[no-any-return]
    try:
        named = UUID(request.headers.get("X-Device", ""))
    except ValueError:
        return None
    return Device.objects.filter(pk=named, user=request.user.pk, cut_off_at=None).first()


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


def perform(request: Request, form: type[Form] | None, command: Callable[..., R], **where: Any) -> R:
    """Read the body, if there is one to read, and call the command in the name of whoever sent it, as of now.

    Raises ValidationError.
    """
    told = validated(form, request.data) if form else {}
    return command(actor=actor_of(request), occurred_at=now(), **where, **told)
