"""Reads of quotes and gaps for lists."""

from django.db.models import Prefetch, QuerySet

from sync.rows import with_related
from tickets.complaints.models import FOLLOWED_BY
from tickets.quotes.models import ConsentGap, Quote, QuoteLine


def with_shown(quotes: QuerySet[Quote]) -> QuerySet[Quote]:
    """With their lines, what answers for these, and what says who follows them: in two queries."""
    repaired = ("reference", "resident")
    lines = with_related(QuoteLine.objects.all(), warranty=("serial", "until"), warranty__ticket=repaired)
    followed = with_related(quotes, ticket=("reference", *FOLLOWED_BY))
    return followed.prefetch_related(Prefetch("lines", lines))


def gaps_with_shown(gaps: QuerySet[ConsentGap]) -> QuerySet[ConsentGap]:
    """With what is shown of tickets and visits, in one query."""
    return with_related(gaps, ticket=("reference",), visit=("technician",), visit__technician=("name",))
