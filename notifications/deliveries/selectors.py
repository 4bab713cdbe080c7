"""How notices went: their steps with whoever was told, and their messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from notifications.escalations.steps import due_at
from notifications.notices.models import Notice


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who was told at a step, and when they said to have seen it."""

    person: User
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step of a notice; not taken yet, or not any more, if `taken_at` is none."""

    minutes: int
    way: str
    due_at: datetime
    taken_at: datetime | None
    told: list[Told]


def with_their_course(notices: QuerySet[Notice]) -> QuerySet[Notice]:
    """With all that `steps_of` and the messages want to know. Four queries."""
    return notices.select_related("user").prefetch_related("messages", "escalations", "consequences__user")


def steps_of(notice: Notice) -> Iterator[StepTaken]:
    """The steps of its plan, in order, with what came of them."""
    taken = {escalation.number: escalation for escalation in notice.escalations.all()}
    heard = {notice.user_id: notice} | {other.user_id: other for other in notice.consequences.all()}
    for number, step in enumerate(notice.steps):
        escalation = taken.get(number)
        told = [heard[person] for person in escalation.told if person in heard] if escalation else []
        yield StepTaken(
            minutes=step["minutes"],
            way=step["way"],
            due_at=due_at(notice.created_at, step),
            taken_at=escalation.taken_at if escalation else None,
            told=[Told(other.user, other.acknowledged_at) for other in told],
        )
