"""Numbers of bills: per territory and year, without a gap, as those who audit them expect."""

from datetime import date

from accounts.models import Territory
from sync.sql import execute


def next_number(territory: Territory, day: date) -> tuple[int, str]:
    """The next number of the territory in the year of that day. Others wait for it until the commit."""
    [(sequence,)] = execute(
        "INSERT INTO tickets_billcounter (territory_id, year, last) VALUES (%s, %s, 1) "
        "ON CONFLICT (territory_id, year) DO UPDATE SET last = tickets_billcounter.last + 1 RETURNING last",
        [territory.pk, day.year],
    )
    return sequence, f"{territory.code.upper()}-{day.year}-{sequence:06d}"
