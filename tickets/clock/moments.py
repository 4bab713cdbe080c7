"""A promise whose clock nothing stops: all of its moments are fixed when it is made, and kept on the row itself.

The promises of tickets, which pause and are reckoned anew, have clocks of their own (`models.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from sync.commands import Actor, command
from tickets.clock.arithmetic import Calendar, ElapsedTime

PORTION = 200
"""Rows per transaction of a sweep."""


@dataclass(frozen=True, slots=True)
class Moments:
    """When something is due, and when those who owe it are warned: at these percents of the time."""

    due_at: datetime
    percents: Sequence[int]
    warn_at: Sequence[datetime]

    @classmethod
    def after(
        cls, start: datetime, duration: timedelta, percents: Sequence[int], calendar: Calendar | None = None
    ) -> "Moments":
        """Those of a promise made at `start`; without a calendar by day and night."""
        calendar = calendar or ElapsedTime()

        def reached(amount: timedelta) -> datetime:
            # A calendar that never opens again promises nothing that we could keep otherwise.
            return calendar.after(start, amount) or start + amount

        percents = sorted(set(percents))
        return cls(reached(duration), percents, [reached(duration * percent / 100) for percent in percents])


class Promised(models.Model):
    """A row that is due at `due_at`. `warn_at` are the moments at which `warn_percents` of the time are used up.

    `fires_at` is the next of them, empty when none is left or nothing is owed any more.
    """

    due_at = models.DateTimeField()
    warn_percents = ArrayField(models.PositiveSmallIntegerField(), default=list)
    warn_at = ArrayField(models.DateTimeField(), default=list)
    fires_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def promise(self, moments: Moments) -> None:
        """Due and warned of at these moments, and at no others. Not saved."""
        self.due_at, self.warn_percents, self.warn_at = moments.due_at, [*moments.percents], [*moments.warn_at]
        self.fires_at = min(moments.warn_at, default=None)


Row = TypeVar("Row", bound=Promised)


@dataclass(frozen=True, slots=True)
class Warned(Generic[Row]):
    """So much of the time of this row was used up at that moment, which nobody was told of before."""

    row: Row
    percent: int
    moment: datetime


def sweep(
    rows: "models.QuerySet[Row]", warn: Callable[[Sequence[Warned[Row]], Actor, datetime], None], *, at: datetime
) -> int:
    """Give all warnings of these rows that are due at `at`: each once, in order, also after the worker was down.

    `warn` records and tells those of a portion; who acts and `at` are said to it. Answers how many were given.
    """
    given = 0
    while (warnings := _sweep_portion(rows, warn, actor=Actor.system(), occurred_at=at)) is not None:
        given += warnings
    return given


@command
def _sweep_portion(
    rows: "models.QuerySet[Row]",
    warn: Callable[[Sequence[Warned[Row]], Actor, datetime], None],
    *,
    actor: Actor,
    occurred_at: datetime,
) -> int | None:
    """The warnings of one portion; None when nothing is due and free.

    Any number of workers may do it at once: a row that somebody is busy with is left to the next sweep.
    """
    due = rows.filter(fires_at__lte=occurred_at).order_by("fires_at", "id")
    portion = list(due.select_for_update(of=("self",), skip_locked=True, no_key=True)[:PORTION])
    warnings = []
    for row in portion:
        assert row.fires_at is not None
        for percent, moment in zip(row.warn_percents, row.warn_at, strict=True):
            if row.fires_at <= moment <= occurred_at:
                warnings.append(Warned(row, percent, moment))
        row.fires_at = min((moment for moment in row.warn_at if moment > occurred_at), default=None)
    warn(warnings, actor, occurred_at)
    rows.model._default_manager.bulk_update(portion, ["fires_at"])
    return len(warnings) if portion else None
