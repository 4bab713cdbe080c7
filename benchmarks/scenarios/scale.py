"""The same pulls, with very much other data in the database."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import LiteralString

import psycopg

from benchmarks import servers
from benchmarks.loading import QUICKLY, without_indexes
from benchmarks.measuring import Timing, Turn, alternate
from benchmarks.report import Claim, Section, Table, at_most, cpu, ms
from benchmarks.sources import Fieldsvc
from benchmarks.stage import Stage, say

FIRST_SYNCS, PULLS, BLOCK = 7, 200, 20
CHANGED = 10
LIMIT = 1.2
HEAD = ["pull", "other data", "median", "p95", "CPU: server", "database", "client"]
ALONE, CROWDED = "as it was", "and more"

SCOPES_AT_ONCE = 100
OTHERS: LiteralString = """
    WITH own AS MATERIALIZED (
        SELECT collection, body, row_number() OVER (ORDER BY seq) AS number
        FROM sync_feedentry WHERE scope_id = (SELECT id FROM sync_feedscope WHERE name = %(own)s) AND NOT deleted
    ), other AS (
        INSERT INTO sync_feedscope (name, last_seq, documents, bytes)
        SELECT 'technician:' || gen_random_uuid(), count(*), count(*), sum(octet_length(body))
        FROM generate_series(1, %(scopes)s) AS scope, own GROUP BY scope
        RETURNING id
    )
    INSERT INTO sync_feedentry (scope_id, collection, doc_id, seq, version, deleted, body)
    SELECT other.id, collection, id.doc, number, 1, false, body
    FROM other, own, LATERAL (
        SELECT ('01990000-0000-7000-8000-' || lpad(to_hex(other.id * 1000000 + number), 12, '0'))::uuid AS doc
    ) AS id"""
"""As many documents as the technician has, of the same sizes, for so many others; ids grow with time, as ours do."""

LOADING: Sequence[LiteralString] = (
    *QUICKLY,
    "ALTER TABLE sync_feedentry SET UNLOGGED",  # reads do not differ
    "ALTER TABLE sync_feedentry SET (autovacuum_enabled = off)",
)


def prepare(stage: Stage) -> None:
    """A copy of the database, made while nobody uses it, with the others' entries in it."""
    times, begun = stage.size.other_data, time.monotonic()
    say(f"making a second database, with {times:,} times as many entries of others")
    with psycopg.connect(stage.copy, autocommit=True) as connection:
        for statement in LOADING:
            connection.execute(statement)
        with without_indexes(connection, "sync_feedentry", constraints_too=True):
            for done in range(0, times, SCOPES_AT_ONCE):
                scopes = min(SCOPES_AT_ONCE, times - done)
                connection.execute(OTHERS, {"own": f"technician:{stage.technician.user.pk}", "scopes": scopes})
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    say(f"made in {(time.monotonic() - begun) / 60:.1f} minutes")


def measure(stage: Stage) -> Section:
    """See `TEXT`."""
    with servers.fieldsvc(stage.copy) as server, closing(Fieldsvc(server, stage.technician)) as crowded:
        timings = compare(stage, {ALONE: stage.fieldsvc, CROWDED: crowded})
    documents, times = len(stage.documents), stage.size.other_data
    return Section(
        f"The same with {times:,} times as much other data",
        TEXT.format(entries=times * documents, size=database_size(stage.copy)),
        [Table([HEAD, *(row for what, timing in timings.items() for row in rows(what, timing))])],
        [claim(what, timing, times) for what, timing in timings.items()],
    )


TEXT = """Two databases, a fieldsvc on each, taking turns: the one of the other sections, and a copy with about
{entries:,} more feed entries, in the scopes of others ({size})."""


def compare(stage: Stage, sources: Mapping[str, Fieldsvc]) -> dict[str, dict[str, Timing]]:
    """The timings by pull, then by database."""
    before = {name: source.position() for name, source in sources.items()}
    nowhere = dict.fromkeys(sources, "")
    timings = {"first sync": pulls(sources, nowhere, turns=stage.turns(FIRST_SYNCS), block=1)}
    timings["nothing changed"] = pulls(sources, before, turns=stage.turns(PULLS), block=BLOCK)
    for address in (stage.address, stage.copy):
        change(address)
    timings[f"{CHANGED} changes"] = pulls(sources, before, turns=stage.turns(PULLS), block=BLOCK)
    return timings


def pulls(
    sources: Mapping[str, Fieldsvc], positions: Mapping[str, str], *, turns: int, block: int
) -> dict[str, Timing]:
    """Each turn is a pull since the same position."""

    def turn(name: str, source: Fieldsvc) -> Turn:
        return Turn(name, source.server, lambda: lambda: source.since(positions[name]))

    return alternate([turn(name, source) for name, source in sources.items()], turns=turns, block=block)


def change(address: str) -> None:
    """Change some visits past the services; the first pull, which is not measured, catches up."""
    with psycopg.connect(address) as connection:
        connection.execute(
            "UPDATE tickets_visit SET override_reason = 'There is nobody else.' "
            "WHERE id IN (SELECT id FROM tickets_visit ORDER BY id LIMIT %s)",
            [CHANGED],
        )


def database_size(address: str) -> str:
    """As people say it."""
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()
        return str(row[0]) if row else ""


def rows(what: str, timings: Mapping[str, Timing]) -> list[list[str]]:
    """One row for each database."""
    return [[what, name, ms(timing.median), ms(timing.p95), *cpu(timing)] for name, timing in timings.items()]


def claim(what: str, timings: Mapping[str, Timing], times: int) -> Claim:
    """It hardly costs more."""
    return at_most(f"{what}, with {times:,} times as much", timings[CROWDED].median / timings[ALONE].median, LIMIT)
