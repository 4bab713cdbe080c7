"""Somebody comes: the resident hears of it once more the day before, and how to change it."""

from datetime import datetime, time, timedelta
from uuid import uuid5

from django.conf import settings
from django.db.models import Exists, OuterRef

from notifications.models import Notice
from sync.commands import Actor, command
from tickets.complaints.telling import tell_resident
from tickets.reminders.models import AppointmentReminder
from tickets.reminders.timing import BATCH, zones_awake
from tickets.visits.models import Visit
from tickets.windows.selectors import change_until

EARLIEST = time(8)
"""Not in the morning of a certain day, but as soon as nobody is woken up."""


@command
def remind_of_appointments(*, actor: Actor, occurred_at: datetime) -> int:
    """Remind of visits that begin within `APPOINTMENT_REMINDER_HOURS`. Returns of how many: none when all is done.

    Once for each window, by day where the visit is, as long as it has not begun and nobody has set out. Whoever was
    told of the window within these hours, as it was planned or moved so late, is not told again.
    """
    ahead = timedelta(hours=settings.APPOINTMENT_REMINDER_HOURS)
    reminded = AppointmentReminder.objects.filter(ticket=OuterRef("ticket"), window_start=OuterRef("window_start"))
    told = Notice.objects.filter(
        user=OuterRef("ticket__resident"),
        ticket_id=OuterRef("ticket"),
        kind="visit_scheduled",
        created_at__gte=OuterRef("window_start") - ahead,
    )
    coming = Visit.objects.filter(
        ~Exists(reminded),
        ~Exists(told),
        status__in=Visit.PLANNED,
        window_start__gt=occurred_at,
        window_start__lte=occurred_at + ahead,
        ticket__resident__is_active=True,
        ticket__territory__time_zone__in=zones_awake(occurred_at, since=EARLIEST),
    )
    shown = coming.select_related("ticket__resident", "ticket__service_type").order_by("window_start", "pk")
    visits = list(shown.select_for_update(of=("self", "ticket"), skip_locked=True)[:BATCH])
    AppointmentReminder.objects.bulk_create(
        [
            AppointmentReminder(ticket=visit.ticket, window_start=visit.window_start, reminded_at=occurred_at)
            for visit in visits
        ],
        ignore_conflicts=True,
    )
    for visit in visits:
        _tell(visit, actor=actor, at=occurred_at)
    return len(visits)


def _tell(visit: Visit, *, actor: Actor, at: datetime) -> None:
    kind, until = visit.ticket.service_type, change_until(visit)
    tell_resident(
        visit.ticket,
        actor=actor,
        kind="visit_coming",
        once_for=uuid5(visit.ticket_id, visit.window_start.isoformat()),
        text={
            "service": kind.name,
            "service_zh": kind.name_zh or kind.name,
            "window_start": visit.window_start,
            "window_end": visit.window_end,
            "change_until": until if until > at else None,
        },
    )
