"""The steps of an escalation: after so many minutes without acknowledgement, by which way who hears of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict, cast
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

LONGEST = 7 * 24 * 60
"""Minutes after which nobody waits any more."""
MOST_STEPS = 10


class Way(models.TextChoices):
    """The same person by another channel, or others by a notice of their own."""

    SMS = "sms", "the same person, by SMS"
    EMAIL = "email", "the same person, by e-mail"
    DISPATCHERS = "dispatchers", "the dispatchers of the territory"
    SUPERVISORS = "supervisors", "the supervisors of the territory"


class Step(TypedDict):
    """One step, as plans and notices keep it."""

    minutes: int
    way: str


def why_not(steps: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with them; empty if nothing is."""
    minutes = [step["minutes"] for step in steps]
    ways = [step["way"] for step in steps]
    if len(steps) > MOST_STEPS:
        return f"There may be {MOST_STEPS} steps at most."
    if set(ways) - set(Way.values):
        return f"The ways are {', '.join(Way.values)}."
    if any(not 0 <= number <= LONGEST for number in minutes) or minutes != sorted(minutes):
        return f"Minutes go from 0 to {LONGEST}, and no step comes before the one above it."
    if len(set(ways)) < len(ways):
        return "Each way is taken once: nobody hears the same twice by it."
    return ""


def steps_for(awaited: Collection[tuple[str, UUID | None]]) -> Mapping[tuple[str, UUID | None], Sequence[Step]]:
    """By kind and territory, the steps of the plan that speaks most exactly of them. One query.

    A plan of the kind comes before one of all kinds, and then one of the territory before one of all of them; where
    there is none, `NOTICE_ESCALATION` counts.
    """
    from notifications.escalations.models import EscalationPlan

    kinds, otherwise = {kind for kind, _ in awaited}, cast(Sequence[Step], settings.NOTICE_ESCALATION)
    plans: dict[tuple[str, UUID | None], Sequence[Step]] = {
        (plan.kind, plan.territory_id): plan.steps
        for plan in EscalationPlan.objects.filter(Q(kind="") | Q(kind__in=kinds)).order_by()
    }
    return {
        (kind, place): next(
            (plans[key] for key in ((kind, place), (kind, None), ("", place), ("", None)) if key in plans),
            otherwise,
        )
        for kind, place in awaited
    }


def due_at(sent_at: datetime, step: Mapping[str, Any]) -> datetime:
    """When a step of a notice is to be taken."""
    return sent_at + timedelta(minutes=step["minutes"])


def next_due(sent_at: datetime, steps: Sequence[Step], taken: int) -> datetime | None:
    """When the first step after those that were taken is due; none when there is none."""
    ahead: Iterable[Step] = steps[taken : taken + 1]
    return next((due_at(sent_at, step) for step in ahead), None)
