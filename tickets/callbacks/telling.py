"""Who hears of a callback."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from accounts.models import Role, User
from accounts.people.selectors import first_with_role, people_with_role
from notifications.services import notify, stop_waiting
from sync.commands import Actor
from tickets.callbacks.models import Callback
from tickets.clock.audiences import HIGHER_UP, audience_of
from tickets.clock.models import ClockWarning

Audience = ClockWarning.Audience


def tell_customer(callback: Callback, *, actor: Actor, kind: str, once_for: UUID) -> None:
    """`callback_promised` or `callback_not_reached`, with the moment by which we call; if they are registered."""
    if callback.resident is not None:
        _tell(callback, [callback.resident], actor=actor, kind=kind, once_for=once_for)


def tell_team_it_waits(callback: Callback, *, actor: Actor, once_for: UUID) -> None:
    """Nobody in particular has it: the agents hear of it, or who is there instead of them."""
    _tell(callback, _team(callback), actor=actor, kind="callback_waiting", once_for=once_for, urgent=True)


def ask_to_take_over(callback: Callback, *, actor: Actor, once_for: UUID) -> None:
    """Somebody is asked. When they do not acknowledge it, the dispatchers hear of that."""
    assert callback.asked is not None
    _tell(
        callback,
        [callback.asked],
        actor=actor,
        kind="callback_asked",
        once_for=once_for,
        wants_ack=True,
        person=str(actor.user),
    )


def stop_asking(callback: Callback) -> None:
    """Whoever was asked has answered, or need not any more."""
    stop_waiting(("callbacks", callback.pk))


def tell_of_answer(callback: Callback, former: User | None, *, actor: Actor, kind: str, once_for: UUID) -> None:
    """`callback_taken_over` or `callback_declined`, to whoever answers, or answered, for it."""
    if former is not None and former != actor.user:
        _tell(callback, [former], actor=actor, kind=kind, once_for=once_for, person=str(actor.user or ""))


def warn(callback: Callback, percent: int, *, actor: Actor) -> None:
    """So much of the time is used up: whoever is responsible, then the dispatchers, then the supervisors."""
    _tell(
        callback,
        _concerned(callback, audience_of(percent)),
        actor=actor,
        kind="callback_warning",
        once_for=callback.pk,
        again=f":{callback.round}:{percent}",
        urgent=percent >= 100,
        percent=percent,
    )


def _concerned(callback: Callback, audience: Audience) -> list[User]:
    """Where there is nobody, the next one hears of it: see `tickets.clock.audiences`."""
    match audience:
        case Audience.TECHNICIAN:
            person = callback.responsible
            people = [person] if person and person.is_active else _agents(callback)
        case Audience.DISPATCHER:
            people = list(people_with_role(Role.DISPATCHER, callback.territory_id))
        case _:
            people = list(people_with_role(Role.SUPERVISOR, callback.territory_id))
    if not people and (next_audience := HIGHER_UP.get(audience)):
        return _concerned(callback, next_audience)
    return people


def _agents(callback: Callback) -> list[User]:
    return list(people_with_role(Role.AGENT, callback.territory_id))


def _team(callback: Callback) -> list[User]:
    return first_with_role((Role.AGENT, Role.DISPATCHER), callback.territory_id)


def _tell(
    callback: Callback,
    people: Iterable[User],
    *,
    actor: Actor,
    kind: str,
    once_for: UUID,
    again: str = "",
    urgent: bool = False,
    wants_ack: bool = False,
    **text: Any,
) -> None:
    notify(
        actor=actor,
        to=people,
        kind=kind,
        subject=("callbacks", callback.pk),
        text={
            "name": callback.contact_name or callback.contact_number,
            "number": callback.contact_number,
            "question": callback.question,
            "due_at": callback.due_at,
            **text,
        },
        ticket_id=callback.ticket_id,
        territory_id=callback.territory_id,
        dedupe_key=f"{kind}:{once_for}{again}",
        urgent=urgent,
        wants_ack=wants_ack,
    )
