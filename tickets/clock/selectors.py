"""Reads: how clocks stand, and why; calendars and policies for lists."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tickets.clock.arithmetic import Piece
from tickets.clock.judging import Life, Verdict, lives
from tickets.clock.models import BusinessCalendar, ClockSegment, PolicyPeriod, SlaPolicy, TicketClock

SUMMARY = (
    "target",
    "round",
    "state",
    "started_at",
    "due_at",
    "limit_at",
    "met_at",
    "stopped_at",
    "target_missed",
    "limit_missed",
    "judged_in_hindsight",
)


def clock_summaries(ticket_ids: Collection[UUID]) -> dict[UUID, list[Any]]:
    """By ticket, what its document says about its clocks; nothing for a ticket without any. One query.

    What changes by the mere passing of time is left out, as nobody would send it to the phones.
    """
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in TicketClock.objects.filter(ticket__in=ticket_ids).values_list("ticket_id", *SUMMARY, named=True):
        found[row.ticket_id].append(row)
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """A clock as it stands at `at`: the verdict, and what was and can still be consumed of the target."""

    life: Life
    verdict: Verdict
    at: datetime

    @property
    def clock(self) -> TicketClock:
        """The stored row. Its own verdict may be a few seconds old: the sweep comes by every five."""
        return self.life.clock

    @property
    def consumed(self) -> timedelta:
        """What has counted so far."""
        return self.life.consumed(self.at)

    @property
    def remaining(self) -> timedelta:
        """What is left of the target; negative when it is overdrawn."""
        return self.clock.target_duration - self.consumed


@dataclass(frozen=True, slots=True)
class Explanation(Standing):
    """Why a clock stands as it does."""

    pieces: Sequence[Piece]

    @property
    def time_by_reason(self) -> Mapping[str, timedelta]:
        """How long it was on hold for which reason, whether that stopped the clock or not: nobody's idle time."""
        held: dict[str, timedelta] = defaultdict(timedelta)
        for piece in self.pieces:
            if piece.reason and piece.reason != ClockSegment.ENDED:
                held[piece.reason] += piece.end - piece.start
        return held


def standings(clocks: QuerySet[TicketClock], *, at: datetime) -> list[Standing]:
    """How these clocks stand at `at`. A constant number of queries."""
    rows = list(clocks.select_related("policy", "calendar").prefetch_related("segments", "warnings"))
    return [Standing(life, life.judge(at), at) for life in lives(rows)]


def explain(clock: TicketClock, *, at: datetime) -> Explanation:
    """Every stretch of a clock's life until `at`, whether it counted and why; what that sums up to."""
    life = Life.of(clock)
    return Explanation(life, life.judge(at), at, life.account(at))


def calendars_for_lists() -> QuerySet[BusinessCalendar]:
    """With all that their output shows."""
    return BusinessCalendar.objects.prefetch_related("windows", "holidays")


def policies_for_lists() -> QuerySet[SlaPolicy]:
    """With all that their output shows."""
    return SlaPolicy.objects.prefetch_related("targets")


def periods_for_lists() -> QuerySet[PolicyPeriod]:
    """With all that their output shows."""
    return PolicyPeriod.objects.select_related("policy", "service_type")
