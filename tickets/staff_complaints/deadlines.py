"""By when whoever complains about staff has our first reply: the limit of every first reply, by day and night."""

from datetime import datetime, timedelta

from tickets.clock.defaults import PROMISES, ensure_default_policy
from tickets.clock.models import Target, default_percents
from tickets.clock.moments import Moments

TWO_DAYS: timedelta = next(limit for target, _, limit, _ in PROMISES if target == Target.FIRST_REPLY)
"""Where the standard policy says nothing of first replies."""


def first_reply_due(received_at: datetime) -> Moments:
    """As the standard policy has it. Nothing stops this clock."""
    promise = ensure_default_policy().targets.filter(target=Target.FIRST_REPLY, priority=None).first()
    if promise is None:
        return Moments.after(received_at, TWO_DAYS, default_percents())
    return Moments.after(received_at, promise.limit_duration, promise.warn_percents)
