"""By when somebody is called back: as the policy promises it, fixed at the moment of the promise."""

from collections.abc import Sequence
from datetime import datetime

from tickets.clock.defaults import PROMISES, ensure_default_policy
from tickets.clock.judging import calendars
from tickets.clock.models import PolicyTarget, Target, default_percents
from tickets.clock.moments import Moments
from tickets.clock.terms import Policies, Promises
from tickets.complaints.models import Ticket

HALF_AN_HOUR = next(aimed_at for target, aimed_at, _, _ in PROMISES if target == Target.CALLBACK)
"""Where a policy says nothing of callbacks."""


def promised_moments(ticket: Ticket | None, *, at: datetime) -> Moments:
    """By the terms for the ticket, or those of the standard policy for a question that belongs to none."""
    promise = _promise(ticket)
    if promise is None:
        return Moments.after(at, HALF_AN_HOUR, default_percents())
    calendar = calendars([promise.calendar_id])[promise.calendar_id]
    return Moments.after(at, promise.target_duration, promise.warn_percents, calendar)


def agreed_moments(due_at: datetime, *, at: datetime, percents: Sequence[int]) -> Moments:
    """We call again at a moment that was agreed upon, by day or night."""
    return Moments.after(at, due_at - at, percents)


def _promise(ticket: Ticket | None) -> PolicyTarget | None:
    if ticket is not None:
        policy_id = Policies().find(ticket)
        return Promises([policy_id]).find(policy_id, Target.CALLBACK, ticket.priority)
    return ensure_default_policy().targets.filter(target=Target.CALLBACK, priority=None).first()
