"""Reads: who works when, and who is there in a window.

`working_windows` and `available` are what suggestions and routes go by.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from sync.rows import with_related
from tickets.shifts.models import LONGEST_SHIFT, Absence, Shift
from tickets.travel.places import Place, place_at
from tickets.visits.models import Visit

Span = tuple[datetime, datetime]
"""From, and until shortly before."""


@dataclass(frozen=True, slots=True)
class WorkingWindow:
    """A stretch in which a technician may be sent: of one shift, less what they are away of it.

    `pauses` is the break of the shift, as far as it lies in here: it may be moved by whoever plans the day, but not
    left out. `starts_from` and `returns_to` are where the shift begins and ends, where that was said; of a shift that
    is cut they stand at the piece that has its beginning, or its end.
    """

    technician_id: UUID
    shift_id: UUID
    territory_id: UUID
    kind: str
    starts_at: datetime
    ends_at: datetime
    pauses: tuple[Span, ...] = ()
    starts_from: Place | None = None
    returns_to: Place | None = None


def with_shown(shifts: QuerySet[Shift]) -> QuerySet[Shift]:
    """With all that the output of a shift shows of other tables, in one query."""
    return with_related(shifts, technician=("name",))


def absences_with_shown(absences: QuerySet[Absence]) -> QuerySet[Absence]:
    """With all that the output of an absence shows of other tables, in one query."""
    return with_related(absences, technician=("name",), decided_by=("name",))


def shifts_between(technician_ids: Collection[UUID], start: datetime, end: datetime) -> QuerySet[Shift]:
    """The published shifts of these people of which some lies between the two moments, in order."""
    return Shift.objects.filter(
        technician__in=technician_ids,
        state=Shift.State.PUBLISHED,
        starts_at__gt=start - LONGEST_SHIFT,  # a range that the index serves
        starts_at__lt=end,
        ends_at__gt=start,
    ).order_by("starts_at")


def absences_between(technician_ids: Collection[UUID], start: datetime, end: datetime) -> QuerySet[Absence]:
    """The approved absences of these people of which some lies between the two moments, in order."""
    return Absence.objects.filter(
        technician__in=technician_ids, state=Absence.State.APPROVED, starts_at__lt=end, ends_at__gt=start
    ).order_by("starts_at")


def planned_visits(absence: Absence) -> QuerySet[Visit]:
    """The visits that were planned for somebody who is away then, in order."""
    return Visit.objects.filter(
        technician=absence.technician_id,
        status__in=Visit.ACTIVE,
        window_start__lt=absence.ends_at,
        window_end__gt=absence.starts_at,
    ).order_by("window_start", "id")


def working_windows(
    technician_ids: Collection[UUID], start: datetime, end: datetime
) -> dict[UUID, list[WorkingWindow]]:
    """By technician, when each of these may be sent between the two moments, in order; nobody's list is missing.

    Only shifts that were published count, and absences that were approved. Two queries, however many people.
    """
    away: defaultdict[UUID, list[Span]] = defaultdict(list)
    for absence in absences_between(technician_ids, start, end):
        away[absence.technician_id].append((absence.starts_at, absence.ends_at))
    windows: dict[UUID, list[WorkingWindow]] = {technician_id: [] for technician_id in technician_ids}
    for shift in shifts_between(technician_ids, start, end):
        windows[shift.technician_id] += (
            _window(shift, piece)
            for piece in without([(max(shift.starts_at, start), min(shift.ends_at, end))], away[shift.technician_id])
        )
    return windows


def available(technician_ids: Collection[UUID], start: datetime, end: datetime) -> set[UUID]:
    """Those of these people who are at work for the whole of a window: by their shifts, which may follow each other
    without a gap, less their absences. The break does not count against them, as it can be moved.
    """
    found = working_windows(technician_ids, start, end)
    return {
        technician_id
        for technician_id, windows in found.items()
        if not without([(start, end)], [(window.starts_at, window.ends_at) for window in windows])
    }


def without(spans: Iterable[Span], gaps: Iterable[Span]) -> list[Span]:
    """What is left of the spans where the gaps are taken out; in order, as the spans are."""
    left = list(spans)
    for gap_start, gap_end in gaps:
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, gap_start)), (max(start, gap_end), end))
            if piece[0] < piece[1]
        ]
    return left


def length(spans: Iterable[Span]) -> timedelta:
    """How long they are together."""
    return sum((end - start for start, end in spans), timedelta())


def _window(shift: Shift, piece: Span) -> WorkingWindow:
    start, end = piece
    pause = (shift.break_starts_at, shift.break_ends_at)
    pauses = [(max(pause[0], start), min(pause[1], end))] if pause[0] and pause[1] else []
    return WorkingWindow(
        technician_id=shift.technician_id,
        shift_id=shift.pk,
        territory_id=shift.territory_id,
        kind=shift.kind,
        starts_at=start,
        ends_at=end,
        pauses=tuple(span for span in pauses if span[0] < span[1]),
        starts_from=place_at(shift.start_latitude, shift.start_longitude) if start == shift.starts_at else None,
        returns_to=place_at(shift.end_latitude, shift.end_longitude) if end == shift.ends_at else None,
    )
