"""Reads: the visits that a calendar shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max

from accounts.models import User
from tickets.visits.models import Visit

PAST = timedelta(days=14)
"""Visits that ended earlier are in no calendar any more."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """What a calendar may know of a visit: nothing of who lives there. `latitude` and `longitude` in degrees, WGS 84.

    `happened` counts what has happened to the visit's ticket, and `told_at` is when we heard of the last of it.
    """

    id: UUID
    status: str
    starts: datetime
    ends: datetime
    reference: str
    service_name: str
    service_name_zh: str
    complex: str
    address: str
    latitude: float | None
    longitude: float | None
    received_at: datetime
    happened: int
    told_at: datetime | None


def appointments(technician: User, *, at: datetime) -> Iterator[Appointment]:
    """Of all visits of this technician's that end after `at`, or ended not long before. One query."""
    visits = (
        Visit.objects.filter(technician=technician, window_end__gt=at - PAST)
        .annotate(happened=Count("ticket__events"), told_at=Max("ticket__events__received_at"))
        .order_by("window_start", "id")
        .values_list(
            "id",
            "status",
            "window_start",
            "window_end",
            "ticket__reference",
            "ticket__service_type__name",
            "ticket__service_type__name_zh",
            "ticket__complex",
            "ticket__address",
            "ticket__site__latitude",
            "ticket__site__longitude",
            "ticket__received_at",
            "happened",
            "told_at",
        )
    )
    return (Appointment(*visit) for visit in visits)
