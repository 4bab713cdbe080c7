"""Reads of the call log: lists, and what the calls came to."""

from dataclasses import dataclass, field

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When

from sync.rows import with_related
from tickets.calls.models import Call
from tickets.visits.models import Visit

NOT_SPOKEN = "not_spoken"
CALLBACK = "callback"
NEEDS_VISIT = "needs_visit"
ANSWERED = "answered"
PENDING = "pending"


def with_shown(calls: QuerySet[Call]) -> QuerySet[Call]:
    """With all that the output of a call shows of other tables, in one query."""
    name = ("name",)
    return with_related(calls, agent=name, resident=name, ticket=("reference",), corrected_by=("corrects",))


@dataclass(slots=True)
class CallCounts:
    """Calls that came in, each counted under one head: see `count_calls`."""

    calls: int = 0
    outcomes: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys((ANSWERED, NEEDS_VISIT, CALLBACK, PENDING, NOT_SPOKEN), 0)
    )
    results: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Call.Result.values, 0))


def count_calls(calls: QuerySet[Call]) -> CallCounts:
    """What those of these calls that came in have come to by now; corrected ones count as they were corrected.

    | head | a call |
    |---|---|
    | `not_spoken` | that nobody answered, or that ended before anything was said |
    | `needs_visit` | in which a visit was booked, or about a ticket with a visit that was not cancelled |
    | `answered` | that was answered on the phone, or about a ticket that was resolved without a visit |
    | `callback` | in which a callback was promised |
    | `pending` | of which none of this can be said yet |

    The first head that fits counts.
    """
    visited = Exists(Visit.objects.filter(ticket=OuterRef("ticket")).exclude(status=Visit.Status.CANCELLED))
    outcome = Case(
        When(result__in=Call.NOT_SPOKEN, then=Value(NOT_SPOKEN)),
        When(Q(visit__isnull=False) | Q(visited), then=Value(NEEDS_VISIT)),
        When(Q(result=Call.Result.ANSWERED) | Q(ticket__resolved_remotely=True), then=Value(ANSWERED)),
        When(result=Call.Result.CALLBACK_PROMISED, then=Value(CALLBACK)),
        default=Value(PENDING),
        output_field=CharField(),
    )
    standing = calls.filter(direction=Call.Direction.IN, corrected_by=None)
    counts = CallCounts()
    grouped = standing.order_by().alias(visited=visited).annotate(outcome=outcome).values_list("result", "outcome")
    for result, head, number in grouped.annotate(number=Count("pk")):
        counts.calls += number
        counts.outcomes[head] += number
        counts.results[result] += number
    return counts
