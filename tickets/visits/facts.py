"""Facts: what somebody did, written down once under an id that the phone may make, with what is odd about it."""

from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Territory, User
from fieldsvc.errors import Conflict
from parts.violations import violated_constraint
from sync.commands import Actor
from sync.ids import uuid7
from tickets.visits.models import CheckIn, PartUse, Visit
from tickets.visits.places import Position

Fact = TypeVar("Fact", Visit, CheckIn, PartUse)
KEYS = ("tickets_checkin_pkey", "tickets_partuse_pkey")


def known(model: type[Fact], id: UUID | None, **identity: Any) -> Fact | None:
    """The row that was made under this id before. Raises Conflict("id_taken") if it is something else."""
    row = model._default_manager.filter(pk=id).first() if id else None
    if row is not None and any(getattr(row, name) != value for name, value in identity.items()):
        raise _id_taken()
    return row


def insert(fact: CheckIn | PartUse) -> None:
    """Raises Conflict("id_taken"). Who writes the same fact waits for a lock, so only another one can have the id."""
    try:
        with transaction.atomic():
            fact.save(force_insert=True)
    except IntegrityError as error:
        if violated_constraint(error) in KEYS:
            raise _id_taken() from None
        raise


def _id_taken() -> Conflict:
    return Conflict("id_taken", "This id belongs to something else. Make a new one.")


def check_in_of(
    *,
    id: UUID | None,
    technician: User,
    kind: CheckIn.Kind,
    actor: Actor,
    position: Position | None,
    mock: bool,
    visit: Visit | None = None,
    territory: Territory | None = None,
    **fields: Any,
) -> CheckIn:
    """A new check-in as the phone told it; the caller adds when it was and what is odd about it."""
    return CheckIn(
        pk=id or uuid7(),
        visit=visit,
        technician=technician,
        territory=territory,
        kind=kind,
        latitude=position.latitude if position else None,
        longitude=position.longitude if position else None,
        accuracy_m=position.accuracy_m if position else None,
        mock=mock,
        received_at=actor.received_at,
        captured=actor.operation.captured if actor.operation else {},
        **fields,
    )
