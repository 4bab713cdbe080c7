"""Clients make ids, and send again what they have heard nothing of: the same id with the same words is one row."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model

from fieldsvc.errors import Conflict
from sync import work
from sync.commands import Actor

M = TypeVar("M", bound=Model)


def made_before(model: type[M], id: UUID | None, **said: Any) -> M | None:
    """The row that was made under this id by these very words; None where there is none, or the client named no id.

    Within a command. Raises Conflict("id_taken") for a row that says anything else.
    """
    before = work.found(model, id) if id else None
    if before is not None and any(getattr(before, name) != value for name, value in said.items()):
        raise id_taken()
    return before


def look_for(model: type[Model]) -> Callable[[Actor, Sequence[Mapping[str, Any]]], None]:
    """A preparation of operations: see together which rows there are already with the ids that the phone has made."""

    def prepare(actor: Actor, inputs: Sequence[Mapping[str, Any]]) -> None:
        ids: set[UUID] = {data["id"] for data in inputs if data.get("id")}
        work.look_up(model, ids)

    return prepare


def id_taken() -> Conflict:
    """Somebody has made something else under this id."""
    return Conflict("id_taken", "This id belongs to something else. Make a new one.")
