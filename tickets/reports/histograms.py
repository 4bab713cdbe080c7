"""How long things took, kept so that it can be said of any number of tickets at once how long most of them took.

Sums know the mean, and nothing of the middle. So beside each sum of seconds stands a **histogram**: how many took how
long, in buckets of which each is a tenth longer than the one before. It forgets where in its bucket a duration lay, and
nothing else: what is read from it is off by less than 5 percent. The buckets and their middles are those of DDSketch
(Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019),
without its limit on their number.

A histogram is one whole number: its digits to the base of 100,000,000 are the counts of its buckets, from the shortest
on. So PostgreSQL adds histograms, and takes them from each other, as it does every other measure; the counts do not
touch as long as each is below the base. (PostgreSQL keeps numbers by the base of 10,000 and no noughts at their end, so
that with a power of it a ticket's histogram takes no more room than its seconds.)
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field

GROWTH = 1.1
"""So much longer is the end of a bucket than the end of the one before it."""
DIGITS = 8
"""Decimal digits of a count."""
COUNT = re.compile(f"[0-9]{{{DIGITS}}}")
ERROR = (GROWTH - 1) / (GROWTH + 1)
"""By so much of itself may a duration be off, besides its rounding to seconds: 4.8 percent."""


class HistogramField(Field[int | None, int | None]):
    """A histogram: `numeric` without a limit, of which Django's own field knows nothing."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "numeric"

    def from_db_value(self, value: Decimal | None, *context: Any) -> int | None:
        """Sums of histograms, too. (Python makes a long number of its digits faster than of a `Decimal`.)"""
        return None if value is None else int(f"{value:f}")


def one(seconds: str) -> str:
    """SQL: the histogram of one duration, whole seconds from nought on. Bucket 0 is for those without any length."""
    bucket = f"CASE WHEN {seconds} > 0 THEN 1 + ceil(ln({seconds}) / ln({GROWTH}::float8))::int ELSE 0 END"
    return f"('1e' || {DIGITS} * {bucket})::numeric"


def percentiles(histogram: int, *percents: int) -> list[int | None]:
    """For each of these: the shortest time, in seconds, within which so many of a hundred were done.

    That is the middle of the bucket of the nearest rank: as `percentile_disc` of PostgreSQL, to `ERROR`. None if there
    are none.
    """
    if not histogram:
        return [None for _ in percents]
    reached = list(accumulate(_counts(histogram)))
    ranks = [-(-percent * reached[-1] // 100) for percent in percents]
    return [round(_middle(bisect_left(reached, rank))) for rank in ranks]


def _counts(histogram: int) -> Iterator[int]:
    """By bucket. (A report has thousands of rows: this is several times as fast as a division for each.)"""
    digits = str(histogram)
    return map(int, reversed(COUNT.findall(digits.zfill(len(digits) + -len(digits) % DIGITS))))


def _middle(bucket: int) -> float:
    """What is as far, by its own length, from the shortest as from the longest duration in the bucket."""
    return 2 * GROWTH ** (bucket - 1) / (GROWTH + 1) if bucket else 0.0
