"""By when whoever complains about staff has our first reply: the limit of every first reply, by day and night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tickets.clock.defaults import PROMISES, ensure_default_policy
from tickets.clock.models import Target, default_percents

TWO_DAYS: timedelta = next(limit for target, _, limit, _ in PROMISES if target == Target.FIRST_REPLY)
"""Where the standard policy says nothing of first replies."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the reply is due, and when those who owe it are warned."""

    due_at: datetime
    percents: Sequence[int]
    warn_at: Sequence[datetime]


def first_reply_due(received_at: datetime) -> Deadline:
    """As the standard policy has it. Nothing stops this clock."""
    promise = ensure_default_policy().targets.filter(target=Target.FIRST_REPLY, priority=None).first()
    limit = promise.limit_duration if promise else TWO_DAYS
    percents = sorted({*(promise.warn_percents if promise else default_percents())})
    return Deadline(received_at + limit, percents, [received_at + limit * percent / 100 for percent in percents])
