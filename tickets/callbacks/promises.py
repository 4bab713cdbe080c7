"""By when somebody is called back: as the policy promises it, fixed at the moment of the promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tickets.clock.arithmetic import Calendar, ElapsedTime
from tickets.clock.defaults import PROMISES, ensure_default_policy
from tickets.clock.judging import calendars
from tickets.clock.models import PolicyTarget, Target, default_percents
from tickets.clock.terms import Policies, Promises
from tickets.complaints.models import Ticket

HALF_AN_HOUR = next(aimed_at for target, aimed_at, _, _ in PROMISES if target == Target.CALLBACK)
"""Where a policy says nothing of callbacks."""


@dataclass(frozen=True, slots=True)
class Moments:
    """When somebody has to be called, and when whom that concerns is warned."""

    due_at: datetime
    percents: Sequence[int]
    warn_at: Sequence[datetime]


def promised_moments(ticket: Ticket | None, *, at: datetime) -> Moments:
    """By the terms for the ticket, or those of the standard policy for a question that belongs to none."""
    promise = _promise(ticket)
    if promise is None:
        return _moments(at, HALF_AN_HOUR, ElapsedTime(), default_percents())
    calendar = calendars([promise.calendar_id])[promise.calendar_id]
    return _moments(at, promise.target_duration, calendar, promise.warn_percents)


def agreed_moments(due_at: datetime, *, at: datetime, percents: Sequence[int]) -> Moments:
    """We call again at a moment that was agreed upon, by day or night."""
    return _moments(at, due_at - at, ElapsedTime(), percents)


def _promise(ticket: Ticket | None) -> PolicyTarget | None:
    if ticket is not None:
        policy_id = Policies().find(ticket)
        return Promises([policy_id]).find(policy_id, Target.CALLBACK, ticket.priority)
    return ensure_default_policy().targets.filter(target=Target.CALLBACK, priority=None).first()


def _moments(start: datetime, duration: timedelta, calendar: Calendar, percents: Sequence[int]) -> Moments:
    def reached(amount: timedelta) -> datetime:
        # A calendar that never opens again promises nothing that we could keep otherwise.
        return calendar.after(start, amount) or start + amount

    percents = sorted(set(percents))
    return Moments(reached(duration), percents, [reached(duration * percent / 100) for percent in percents])
