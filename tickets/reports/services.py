"""Keeping the sums up to date.

1. Whoever writes leaves a mark with the ticket, in the same transaction (`marks.py`).
2. The worker takes marks, reckons the facts of those tickets anew, and changes each sum by the difference of new and
   former facts; all in one transaction.

One at a time: of two that reckon the same ticket, the one that saw less might write last. What is committed meanwhile
has marks of its own.
"""

from datetime import datetime

from django.db import connection, transaction

from fieldsvc.time import now
from tickets.reports.formulas import FACTS
from tickets.reports.models import MEASURES, ReportMark

BATCH = 5_000
"""Marks that are served in one transaction."""
KEY = ("territory_id", "service_type_id", "source")
FACT = ("ticket_id", "day", *KEY, *MEASURES)
CELL = ("starts_on", *KEY, *MEASURES)
PIECE = "greatest(date_trunc('week', day::timestamp), date_trunc('month', day::timestamp))::date"
"""The first day of the piece of the calendar in which a day lies: see `ReportCell`."""


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(columns)


def _sums(rows: str) -> str:
    """Cells from facts."""
    return (
        f"SELECT {PIECE} AS starts_on, {_names(KEY)}, {', '.join(f'sum({name}) AS {name}' for name in MEASURES)} "
        f"FROM {rows} GROUP BY 1, 2, 3, 4"
    )


SERVE = f"""
    WITH fresh AS MATERIALIZED ({FACTS} WHERE t.id = ANY(%(tickets)s)),
    former AS (SELECT * FROM tickets_ticketfacts WHERE ticket_id = ANY(%(tickets)s)),
    gone AS (
        DELETE FROM tickets_ticketfacts
        WHERE ticket_id = ANY(%(tickets)s) AND ticket_id NOT IN (SELECT ticket_id FROM fresh)
    ),
    written AS (
        INSERT INTO tickets_ticketfacts AS known ({_names(FACT)}) SELECT {_names(FACT)} FROM fresh
        ON CONFLICT (ticket_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in FACT[1:])}
        WHERE ({", ".join(f"known.{name}" for name in FACT)}) IS DISTINCT FROM
              ({", ".join(f"EXCLUDED.{name}" for name in FACT)})
    ),
    difference AS (
        SELECT day, {_names(KEY)}, {_names(MEASURES)} FROM fresh
        UNION ALL
        SELECT day, {_names(KEY)}, {", ".join(f"-{name}" for name in MEASURES)} FROM former
    ),
    change AS ({_sums("difference")})
    INSERT INTO tickets_reportcell AS cell ({_names(CELL)})
    SELECT {_names(CELL)} FROM change WHERE coalesce({", ".join(f"nullif({name}, 0)" for name in MEASURES)}) IS NOT NULL
    ON CONFLICT (starts_on, {_names(KEY)}) DO UPDATE
    SET {", ".join(f"{name} = coalesce(cell.{name}, 0) + coalesce(EXCLUDED.{name}, 0)" for name in MEASURES)}
"""
"""Every part of it sees the database as it was before: `former` are the facts by which the sums have been reckoned."""

ANOTHER_TIME_ZONE = """
    WITH moved AS (
        INSERT INTO tickets_countedterritory AS known (territory_id, time_zone)
        SELECT id, time_zone FROM accounts_territory
        ON CONFLICT (territory_id) DO UPDATE SET time_zone = EXCLUDED.time_zone
        WHERE known.time_zone <> EXCLUDED.time_zone
        RETURNING territory_id
    )
    INSERT INTO tickets_reportmark (ticket_id, marked_at)
    SELECT id, statement_timestamp() FROM tickets_ticket WHERE territory_id IN (SELECT territory_id FROM moved)
"""


def refresh() -> int:
    """Count anew the tickets of which something was written; returns how many marks were served.

    Fewer than `BATCH` says that there were no more, or that somebody else is at it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('tickets.reports', 0))")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(ANOTHER_TIME_ZONE)
        cursor.execute(
            "DELETE FROM tickets_reportmark WHERE id IN (SELECT id FROM tickets_reportmark ORDER BY id LIMIT %s) "
            "RETURNING ticket_id",
            [BATCH],
        )
        tickets = [ticket_id for (ticket_id,) in cursor.fetchall()]
        if tickets:
            cursor.execute(SERVE, {"tickets": sorted(set(tickets))})
        return len(tickets)


def rebuild() -> int:
    """Reckon everything from the rows themselves; returns how many tickets there are.

    Reports are read meanwhile as they were. Whatever is written meanwhile waits for the next `refresh`.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('tickets.reports', 0))")
        cursor.execute(ANOTHER_TIME_ZONE)
        cursor.execute("DELETE FROM tickets_reportcell")
        cursor.execute("DELETE FROM tickets_ticketfacts")
        cursor.execute(f"INSERT INTO tickets_ticketfacts ({_names(FACT)}) {FACTS}")
        counted = int(cursor.rowcount)
        cursor.execute(f"INSERT INTO tickets_reportcell ({_names(CELL)}) {_sums('tickets_ticketfacts')}")
        return counted


def as_of() -> datetime:
    """The moment of which the sums tell: whatever was committed before is in them."""
    oldest = ReportMark.objects.order_by("id").values_list("marked_at", flat=True).first()
    return min(oldest, now()) if oldest else now()
