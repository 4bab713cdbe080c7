"""Facts: what somebody did, written down once under an id that the phone may make, with what is odd about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Territory, User
from sync.commands import Actor
from sync.ids import uuid7
from sync.rows import fresh
from tickets.visits.models import CheckIn, Visit
from tickets.visits.overtaken import is_overtaken
from tickets.visits.places import Position


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
    return fresh(
        CheckIn,
        id=id or uuid7(),
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


def lateness(visit: Visit, actor: Actor) -> list[str]:
    """The flag of what comes too late: to a visit that has ended, or was called off before we heard of the work."""
    if is_overtaken(visit, actor):
        return ["overtaken"]
    return [] if visit.is_active else ["after_visit"]


def flags_of_fact(visit: Visit, actor: Actor, occurred_at: datetime) -> list[str]:
    """What is odd about a fact: about the device's clock, about the time, about the visit."""
    flags = list(actor.flags)
    if occurred_at < visit.ticket.reported_at:
        flags.append("before_ticket")
    return [
        *flags,
        *(flag for flag in lateness(visit, actor) if flag != "after_visit" or not _went_along(visit, occurred_at)),
    ]


def _went_along(visit: Visit, occurred_at: datetime) -> bool:
    """Whether a companion did it before the lead ended the visit of all, which they may not have heard of."""
    return not visit.leads and visit.completed_at is not None and occurred_at <= visit.completed_at
