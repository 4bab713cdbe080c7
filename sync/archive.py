"""What has ended stays on phones for a while and leaves them then: it is archived, and stays on record.

A model that takes part has a column `archived`, no followers for rows that are, and an index for the sweep.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import Combinable, F

from sync import registry

BATCH = 1_000
"""Rows of a kind that one transaction of the sweep takes."""


def archive_after() -> timedelta:
    """How long phones and desks carry what has ended."""
    return timedelta(days=registry.number("ARCHIVE_DAYS"))


def archive(rows: QuerySet[Any], *, ended: str | Combinable, at: datetime) -> int:
    """Archive rows that ended, as `ended` says, long before `at`; those that somebody is busy with come the next time.

    Part of commands. Returns how many: none when all is done.
    """
    moment = F(ended) if isinstance(ended, str) else ended
    due = rows.alias(ended=moment).filter(archived=False, ended__lte=at - archive_after()).order_by("ended", "pk")
    ids = list(due.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:BATCH])
    return rows.filter(pk__in=ids).update(archived=True)
