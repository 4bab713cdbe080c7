"""The clock's promise: thresholds are told of in time, also by a worker that was down for an hour."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString

import psycopg

from benchmarks import servers
from benchmarks.loading import QUICKLY
from benchmarks.report import Claim, Section, Table
from benchmarks.stage import Stage
from fieldsvc.time import now

PROMISED = timedelta(seconds=60)
WATCHED_SECONDS = 30
"""How long one looks on after the worker has caught up, at full size."""
PATIENCE = timedelta(minutes=10)
LOOK_EVERY_SECONDS = 0.2

SPREAD: tuple[LiteralString, ...] = (
    """
    CREATE TEMP TABLE moved AS
    SELECT clock.id AS clock_id, ticket_id, target_duration, percent,
           now() - interval '1 hour' + (interval '1 hour' + %(more)s) * random() AS due_at
    FROM tickets_ticketclock AS clock JOIN tickets_ticket AS ticket ON ticket.id = ticket_id
    JOIN accounts_territory AS territory ON territory.id = territory_id,
         LATERAL (SELECT (ARRAY[50, 75, 100])[1 + abs(hashtext(ticket_id::text)) %% 3] AS percent) AS next
    WHERE met_at IS NULL AND territory.code LIKE 'promises-%%'""",
    "ALTER TABLE moved ADD began timestamptz, ADD by interval",
    "UPDATE moved SET began = due_at - target_duration * percent / 100",
    "UPDATE moved SET by = began - started_at FROM tickets_ticketclock WHERE id = clock_id",
    """
    UPDATE tickets_ticketclock AS clock SET started_at = began, due_at = clock.due_at + by, limit_at = limit_at + by
    FROM moved WHERE id = clock_id""",
    "UPDATE tickets_clocksegment AS segment SET started_at = began FROM moved WHERE segment.clock_id = moved.clock_id",
    "UPDATE tickets_clocktimer AS timer SET fires_at = due_at FROM moved WHERE timer.clock_id = moved.clock_id",
    """
    INSERT INTO tickets_clockwarning (id, clock_id, percent, audience, due_at, fired_at)
    SELECT gen_random_uuid(), clock_id, told, 'dispatcher', began + target_duration * told / 100, began
    FROM moved, unnest(ARRAY[50, 75]) AS told WHERE told < percent""",
    """
    UPDATE tickets_ticket SET reported_at = first.began, received_at = first.began
    FROM (SELECT ticket_id, min(began) AS began FROM moved GROUP BY ticket_id) AS first WHERE first.ticket_id = id""",
)
"""Every open promise of ours reaches its next threshold at a moment of its own, from an hour ago on; earlier ones were
told. (Other tickets of the stage belong to desks without a supervisor, where nobody would hear.)"""
LEFT: LiteralString = "SELECT count(*) FROM tickets_clocktimer WHERE fires_at <= %s"
TOLD: LiteralString = """
    SELECT clock_id, warning.due_at FROM tickets_clockwarning AS warning JOIN moved USING (clock_id)
    WHERE warning.due_at BETWEEN %s AND %s"""
OVERDUE: LiteralString = "SELECT count(*) FROM moved WHERE due_at <= %s"
NOTICES: LiteralString = """
    SELECT count(*) FROM notifications_notice JOIN moved ON split_part(dedupe_key, ':', 2) = clock_id::text
    WHERE kind = 'clock_warning' AND due_at <= %s"""

TEXT = """{tickets:,} tickets are open, in ten territories, with {clocks:,} promises, each of which reaches its next
threshold (50, 75 or 100 percent) at a moment of its own, from an hour before the worker's start until {more:.0f}
minutes after it: as if everybody had complained within the same hour. One worker is started as a process and looked at
from outside, by its commits. Each threshold is a notice to whom it concerns, and what is breached is fed to phones."""


def prepare(stage: Stage) -> None:
    """The open tickets, made while nothing is measured."""
    stage.open_tickets  # noqa: B018


def measure(stage: Stage) -> Section:
    """See `TEXT`."""
    with psycopg.connect(stage.open_tickets, autocommit=True) as connection:
        clocks = spread(connection)
        seen = watch(connection, stage.open_tickets, timedelta(seconds=stage.turns(WATCHED_SECONDS)))
    slowest = max(seen.delays, default=timedelta())
    return Section(
        f"{stage.size.open_tickets:,} open tickets: the clock's promise",
        TEXT.format(tickets=stage.size.open_tickets, clocks=clocks, more=PATIENCE / timedelta(minutes=1)),
        [
            Table(
                [
                    ["thresholds", "number", "told within"],
                    ["of the hour without a worker", f"{seen.overdue:,}", seconds(seen.caught_up)],
                    ["reached since", f"{len(seen.delays):,}", seconds(slowest)],
                ]
            ),
        ],
        [
            Claim(
                "A worker that was down for an hour catches up in under a minute, its own start included",
                seconds(seen.caught_up),
                seen.caught_up < PROMISED,
            ),
            Claim("Every threshold is told of within 60 seconds of its moment", seconds(slowest), slowest < PROMISED),
            Claim(
                "Each is told of once, and none fails",
                f"{seen.notices:,} notices of {seen.overdue + len(seen.delays):,} thresholds; "
                f"{seen.cpu_seconds:.1f} s of the worker's processor time",
                seen.notices == seen.overdue + len(seen.delays),
            ),
        ],
    )


def seconds(length: timedelta) -> str:
    """As people say it."""
    return f"{length.total_seconds():.1f} s"


def spread(connection: psycopg.Connection[Any]) -> int:
    """Let the promises reach their thresholds one after the other; answers how many there are."""
    for statement in QUICKLY:
        connection.execute(statement)
    for statement in SPREAD:
        connection.execute(statement, {"more": PATIENCE} if "%(more)s" in statement else None)
    connection.execute("VACUUM ANALYZE")
    return count(connection, "SELECT count(*) FROM moved")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one could see of a worker's doing."""

    overdue: int
    """Thresholds, when it started."""
    caught_up: timedelta
    """From the start until all of these had been told of."""
    delays: list[timedelta]
    """Of those that were reached since."""
    notices: int
    """Of all these thresholds."""
    cpu_seconds: float


def watch(connection: psycopg.Connection[Any], address: str, afterwards: timedelta) -> Seen:
    """Start a worker, and look until it has caught up and for a while after that."""
    start = now()
    delays: dict[Any, timedelta] = {}
    with servers.worker(address) as worker:
        caught_up = until = start + PATIENCE
        while now() < until or count(connection, LEFT, until):
            assert now() < start + PATIENCE, "the worker does not catch up"
            time.sleep(LOOK_EVERY_SECONDS)
            told, looked = connection.execute(TOLD, [start, until]).fetchall(), now()
            for clock, due_at in told:
                delays.setdefault(clock, looked - due_at)
            if until == start + PATIENCE and not count(connection, LEFT, start):
                caught_up, until = looked, looked + afterwards
        times = worker.cpu_times()
    return Seen(
        overdue=count(connection, OVERDUE, start),
        caught_up=caught_up - start,
        delays=list(delays.values()),
        notices=count(connection, NOTICES, until),
        cpu_seconds=times.user + times.system,
    )


def count(connection: psycopg.Connection[Any], query: LiteralString, *parameters: object) -> int:
    """The number that the query answers."""
    return int(connection.execute(query, parameters or None).fetchall()[0][0])
