"""Who hears of shifts and absences: whose they are, and who has to decide or to plan anew."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from accounts.models import Role, User
from accounts.people.selectors import people_with_role
from notifications.services import notify
from sync.commands import Actor
from tickets.shifts.models import Absence, Shift
from tickets.shifts.words import ABSENCES, DECISIONS, both


def tell_of_plan(shifts: Collection[Shift], *, actor: Actor, week: date, at: datetime) -> None:
    """Each technician once, of all that was published."""
    of = attrgetter("technician_id")
    for _, found in groupby(sorted(shifts, key=of), of):
        theirs = list(found)
        text = {"week": f"{week:%Y-%m-%d}", "shifts": len(theirs), "starts_at": theirs[0].starts_at}
        _tell_technician(theirs[0], actor=actor, kind="shifts_published", text=text, once_for=at)


def tell_of_change(shift: Shift, before: Shift, *, actor: Actor, at: datetime) -> None:
    """Whose it is: what holds now, and what held."""
    text = {
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "former_start": before.starts_at,
        "former_end": before.ends_at,
        "note": shift.note,
    }
    _tell_technician(shift, actor=actor, kind="shift_changed", text=text, once_for=at)


def tell_of_cancellation(shift: Shift, *, actor: Actor) -> None:
    """Whose it was."""
    text = {"starts_at": shift.starts_at, "ends_at": shift.ends_at, "reason": shift.cancel_reason}
    _tell_technician(shift, actor=actor, kind="shift_cancelled", text=text)


def _tell_technician(
    shift: Shift, *, actor: Actor, kind: str, text: Mapping[str, Any], once_for: datetime | None = None
) -> None:
    notify(
        actor=actor,
        to=[shift.technician],
        kind=kind,
        subject=("shifts", shift.pk),
        text=text,
        territory_id=shift.territory_id,
        dedupe_key=f"{kind}:{shift.pk}:{once_for}" if once_for else f"{kind}:{shift.pk}",
        urgent=kind != "shifts_published",
    )


def tell_of_request(absence: Absence, *, actor: Actor) -> None:
    """The supervisors of the territory, who decide; never whoever asked."""
    deciders = people_with_role(Role.SUPERVISOR, absence.territory_id).exclude(pk=absence.technician_id)
    _tell_of(absence, deciders, actor=actor, kind="absence_asked", text={"reason": absence.reason})


def tell_of_decision(absence: Absence, *, actor: Actor, at: datetime) -> None:
    """Whose it is, unless it was they who decided."""
    if actor.user != absence.technician:
        text = {**both("decision", DECISIONS[absence.state]), "answer": absence.cancel_reason or absence.answer}
        _tell_of(absence, [absence.technician], actor=actor, kind="absence_decided", text=text, once_for=at)


def tell_of_conflicts(absence: Absence, *, actor: Actor, visits: int, at: datetime) -> None:
    """The dispatchers of the territory: visits are planned for somebody who will not be there."""
    dispatchers = people_with_role(Role.DISPATCHER, absence.territory_id)
    _tell_of(absence, dispatchers, actor=actor, kind="absence_conflicts", text={"visits": visits}, once_for=at)


def _tell_of(
    absence: Absence,
    people: Collection[User] | Any,
    *,
    actor: Actor,
    kind: str,
    text: Mapping[str, Any],
    once_for: datetime | None = None,
) -> None:
    told = {"person": absence.technician.name, "starts_at": absence.starts_at, "ends_at": absence.ends_at}
    notify(
        actor=actor,
        to=people,
        kind=kind,
        subject=("absences", absence.pk),
        text={**told, **both("kind", ABSENCES[absence.kind]), **text},
        territory_id=absence.territory_id,
        dedupe_key=f"{kind}:{absence.pk}:{once_for}" if once_for else f"{kind}:{absence.pk}",
    )
