"""What a transaction says of itself, for the triggers that write the audit: who acts, for whom, from where.

It is said once per transaction and forgotten with it. Whoever writes past the application says nothing, and the entry
shows that.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from sync.sql import execute

SETTING = "fieldsvc.audit"
SAFE = {"GET", "HEAD", "OPTIONS"}
door: ContextVar[str] = ContextVar("door", default="console")
"""Through which door the present work came: `http`, `push`, `admin`, `worker`, `console`."""


@contextmanager
def through(name: str) -> Iterator[None]:
    """The work of this block came through this door."""
    token = door.set(name)
    try:
        yield
    finally:
        door.reset(token)


def say_who_acts(user: Any, *, on_behalf_of: Any = None, device_id: UUID | None = None, by: str = "") -> None:
    """For the rest of this transaction; `by` is the door, if it is not that of the present work."""
    said = {
        **_known_by("actor", user),
        **_known_by("on_behalf_of", on_behalf_of),
        "device": device_id,
        "request": structlog.contextvars.get_contextvars().get("request_id"),
        "door": by or door.get(),
    }
    known = {name: value for name, value in said.items() if value is not None}
    execute("SELECT set_config(%s, %s, true)", [SETTING, orjson.dumps(known).decode()])


def _known_by(part: str, person: Any) -> dict[str, UUID | str]:
    """By their id, or, in a project whose people have no UUIDs, by its text."""
    if person is None:
        return {}
    return {part: person.pk} if isinstance(person.pk, UUID) else {f"{part}_key": str(person.pk)}


class AuditedDoors:
    """Middleware: what comes by HTTP, and what the admin site does, which knows no commands."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/"):
            with through("http"):
                return self.get_response(request)
        with through("admin"):
            if request.method in SAFE or not request.user.is_authenticated:
                return self.get_response(request)
            with transaction.atomic():
                say_who_acts(request.user)
                return self.get_response(request)
