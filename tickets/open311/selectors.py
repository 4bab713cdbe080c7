"""Reads for GeoReport: services, and requests with what happened to them last."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import F, Max, OuterRef, QuerySet, Subquery

from accounts.models import Territory, User
from fieldsvc.errors import Invalid, NotFound
from fieldsvc.time import now
from sync.feed.models import FeedEntry
from tickets.complaints.models import Note, Ticket, TicketEvent
from tickets.complaints.references import read_reference
from tickets.open311 import access
from tickets.service_types.models import ServiceType
from tickets.visits.models import Visit

LONGEST_SPAN = timedelta(days=90)
MOST = 1_000
"""Requests in one answer, the newest of them."""
STATUSES = {"open": Ticket.UNRESOLVED, "closed": frozenset(Ticket.Status) - Ticket.UNRESOLVED}
"""GeoReport has no word for what is repaired and waits to be confirmed: nothing more is being done, so it is closed."""


def services() -> QuerySet[ServiceType]:
    """What is on offer."""
    return ServiceType.objects.filter(is_active=True)


def changed_at() -> datetime | None:
    """When anything last changed about the kinds of service, as phones were told; None if there never was any."""
    told = FeedEntry.objects.filter(scope__name="public", collection="service_types")
    last: datetime | None = told.aggregate(last=Max("changed_at"))["last"]
    return last


def requests(
    user: User | None,
    *,
    territory: Territory | None = None,
    references: Collection[str] = (),
    service_codes: Collection[str] = (),
    start: datetime | None = None,
    end: datetime | None = None,
    statuses: Collection[str] = (),
) -> QuerySet[Ticket]:
    """Those that this person may follow, newest first. Whoever names references gets these, whatever else was asked.

    Without dates it is the last 90 days; with one of them 90 days from or until it.
    Raises Invalid("date_range_too_long").
    """
    found = access.requests_to_follow(user)
    if territory is not None:
        found = found.filter(territory=territory)
    if references:
        found = found.filter(reference__in=[reference for text in references if (reference := read_reference(text))])
    else:
        found = found.filter(reported_at__range=_span(start, end))
        if service_codes:
            found = found.filter(service_type__code__in=service_codes)
        if statuses:
            found = found.filter(status__in=[status for name in statuses for status in STATUSES[name]])
    return _with_news(found, user)[:MOST]


def request(user: User | None, reference: str) -> Ticket:
    """The one of this reference. Raises NotFound for what does not exist for this person."""
    for ticket in requests(user, references=[reference]):
        return ticket
    raise NotFound()


def _with_news(tickets: QuerySet[Ticket], user: User | None) -> QuerySet[Ticket]:
    """With all that the output of a request shows of other tables, in one query.

    `updated_at` is when something last happened that the resident sees, `expected_at` the end of the window of the
    last visit that is planned, `said` what the resident wrote with the report, `picture_id` the first photo.
    """
    events = TicketEvent.objects.filter(ticket=OuterRef("pk"), public=True).order_by("-occurred_at")
    visits = Visit.objects.filter(ticket=OuterRef("pk"), status__in=Visit.ACTIVE).order_by("-window_end")
    messages = Note.objects.filter(
        ticket=OuterRef("pk"),
        kind=Note.Kind.MESSAGE,
        author=OuterRef("resident"),
        received_at=OuterRef("received_at"),
    ).order_by("id")
    photos = access.own_pictures(user).filter(ticket=OuterRef("pk")).order_by("occurred_at", "id")
    return (
        tickets.select_related("service_type", "territory", "site")
        .annotate(
            updated_at=Subquery(events.values("occurred_at")[:1]),
            expected_at=Subquery(visits.values("window_end")[:1]),
            said=Subquery(messages.values("text")[:1]),
            picture_id=Subquery(photos.values("pk")[:1]),
        )
        .order_by(F("reported_at").desc(), F("id").desc())
    )


def _span(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    if start and end and end - start > LONGEST_SPAN:
        raise Invalid("date_range_too_long", "Ask for at most 90 days at once.", field="end_date")
    last = end or (start + LONGEST_SPAN if start else now())
    return start or last - LONGEST_SPAN, last
