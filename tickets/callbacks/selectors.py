"""Reads of callbacks: the queue, their history, and how many promises were kept."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Least, TruncDate

from accounts.models import Territory, User
from sync.rows import with_related
from tickets.callbacks.models import Callback, CallbackEvent

KEPT, MISSED, OPEN, NONE_NEEDED = "kept", "missed", "open", "none_needed"


def with_shown(callbacks: QuerySet[Callback]) -> QuerySet[Callback]:
    """With all that the output of a callback shows of other tables, in one query."""
    name = ("name",)
    return with_related(callbacks, ticket=("reference",), resident=name, promised_by=name, responsible=name, asked=name)


def events_with_shown(callback: Callback) -> QuerySet[CallbackEvent]:
    """What happened to it, in order."""
    name = ("name",)
    return with_related(callback.events.all(), actor=name, responsible=name, asked=name)


@dataclass(slots=True)
class KeptOfDay:
    """Of the callbacks that fell due on one day for one person (None: for the team), how many were kept in time."""

    day: date
    person_id: UUID | None
    person: str
    promised: int = 0
    kept: int = 0
    missed: int = 0
    open: int = 0
    none_needed: int = 0
    reached: int = 0

    @property
    def kept_share(self) -> float | None:
        """Of those that were kept or missed. None where there were none: that is not nothing."""
        judged = self.kept + self.missed
        return self.kept / judged if judged else None


def kept_by_day(
    callbacks: QuerySet[Callback], territory: Territory, *, first: date, last: date, at: datetime
) -> list[KeptOfDay]:
    """Per day and person, as of `at`. Days are those of the territory; a callback counts on the day it fell due first.

    | | a callback |
    |---|---|
    | `kept` | with a call in time, whether they answered or not |
    | `missed` | whose moment passed without a call |
    | `open` | whose moment has not come yet |
    | `none_needed` | that was withdrawn before |
    | `reached` | at whose end we spoke with them, at the first call or a later one |

    It counts for whoever was responsible when the first call was made, or when the moment passed: handing over what is
    late saves nobody. Nothing of it grows by promising more.
    """
    zone = ZoneInfo(territory.time_zone)
    found: dict[tuple[date, UUID | None], KeptOfDay] = {}
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, last + timedelta(days=1)))
    rows = callbacks.filter(territory=territory, first_due_at__gte=start, first_due_at__lt=end).order_by()
    judged_at = Least("first_due_at", Coalesce("first_called_at", "first_due_at"))
    handed = CallbackEvent.objects.filter(
        callback=OuterRef("pk"), kind__in=CallbackEvent.HANDED, occurred_at__lte=OuterRef("judged_at")
    )
    holder = Subquery(handed.order_by("-occurred_at", "-id").values("responsible")[:1])
    verdict = Case(
        When(first_called_at__lte=F("first_due_at"), then=Value(KEPT)),
        When(state=Callback.State.WITHDRAWN, ended_at__lte=F("first_due_at"), then=Value(NONE_NEEDED)),
        When(first_due_at__lte=at, then=Value(MISSED)),
        default=Value(OPEN),
        output_field=CharField(),
    )
    counted = (
        rows.annotate(judged_at=judged_at)
        .annotate(holder=holder, verdict=verdict, day=TruncDate("first_due_at", tzinfo=zone))
        .values_list("day", "holder", "verdict")
        .annotate(number=Count("pk"), reached=Count("pk", filter=Q(state=Callback.State.DONE)))
    )
    for day, person_id, head, number, reached in counted:
        line = found.setdefault((day, person_id), KeptOfDay(day, person_id, ""))
        line.promised += number
        line.reached += reached
        setattr(line, head, getattr(line, head) + number)
    names = dict(User.objects.filter(pk__in={person for _, person in found if person}).values_list("pk", "name"))
    for line in found.values():
        line.person = names.get(line.person_id, "") if line.person_id else ""
    return sorted(found.values(), key=lambda line: (line.day, line.person))
