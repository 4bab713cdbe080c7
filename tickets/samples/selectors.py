"""Reads of samples: which tickets there were, which of them chance chooses, what their record says, and figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import MD5, Cast, Concat

from accounts.models import Territory
from sync.rows import with_related
from tickets.complaints.models import Ticket
from tickets.samples.models import Finding, Review, Sample, SampledTicket
from tickets.visits.models import PartUse, Visit

Field = Finding.Field
WORKED = (Visit.Status.COMPLETED, Visit.Status.INCOMPLETE)


def closed_tickets(sample: Sample) -> QuerySet[Ticket]:
    """From which it is drawn: closed on its days, by the clock of its territory, and of whom and what it is about."""
    start, end = _span(sample.territory, sample.first, sample.last)
    tickets = Ticket.objects.filter(
        territory=sample.territory, status=Ticket.Status.CLOSED, closed_at__gte=start, closed_at__lt=end
    )
    if sample.technician_id:
        tickets = tickets.filter(worked_on_by(sample.technician_id))
    if sample.agent_id:
        tickets = tickets.filter(opened_by=sample.agent_id)
    if sample.service_type_id:
        tickets = tickets.filter(service_type=sample.service_type_id)
    return tickets


def worked_on_by(technician_id: UUID, *, ticket: str = "pk") -> Exists:
    """Condition on what has a `ticket`: this technician was there."""
    visits = Visit.objects.filter(ticket=OuterRef(ticket), technician=technician_id, status__in=WORKED)
    return Exists(visits)


def by_chance(tickets: QuerySet[Ticket], seed: str, size: int) -> list[UUID]:
    """The first so many by the MD5 of the seed and their id: whoever has the seed can draw them again."""
    lot = MD5(Concat(Value(seed), Cast("pk", TextField())))
    return list(tickets.order_by(lot).values_list("pk", flat=True)[:size])


def last_week(territory: Territory, at: datetime) -> tuple[date, date]:
    """Monday and Sunday of the week that is over, by the clock of the territory."""
    today = at.astimezone(ZoneInfo(territory.time_zone)).date()
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=6)


def samples_with_shown(samples: QuerySet[Sample]) -> QuerySet[Sample]:
    """With names, and with how many were drawn and reviewed."""
    name = ("name",)
    shown = with_related(samples, technician=name, agent=name, drawn_by=name, service_type=("code",))
    return shown.annotate(
        drawn=_how_many(),
        reviewed=_how_many(verdict__isnull=False),
        inconsistent=_how_many(verdict__consistent=False),
    )


def _how_many(**which: Any) -> Subquery:
    """Per sample: a join would count all samples to show a page of them."""
    tickets = SampledTicket.objects.filter(sample=OuterRef("pk"), **which).order_by()
    return Subquery(tickets.annotate(number=Func("pk", function="COUNT")).values("number"))


def tickets_with_shown(tickets: QuerySet[SampledTicket]) -> QuerySet[SampledTicket]:
    """With their references and verdicts."""
    return with_related(
        tickets,
        ticket=("reference", "title"),
        verdict=("consistent", "reviewed_at"),
        verdict__reviewer=("name",),
    )


def reviews_with_shown(sampled: SampledTicket) -> QuerySet[Review]:
    """The oldest first, with what each found."""
    return with_related(sampled.reviews.all(), reviewer=("name",)).prefetch_related("findings")


def record_of(ticket: Ticket) -> Mapping[str, str]:
    """What our record says of each field, empty where it says nothing. Of several visits it is the last one.

    Moments stand as the territory's clock showed them, like those on paper.
    """
    zone = ZoneInfo(ticket.territory.time_zone)
    visits = ticket.visits.filter(status__in=WORKED, companion_of=None).select_related("technician")
    visit = visits.order_by("-completed_at", "-id").first()
    uses = PartUse.objects.filter(visit__ticket=ticket).select_related("part").order_by("occurred_at", "id")
    record = dict.fromkeys(Field.values, "") | {
        Field.FAULT: ticket.fault or ticket.title,
        Field.ADDRESS: f"{ticket.complex} {ticket.address}".strip(),
        Field.RESOLUTION: ticket.resolution_code,
        Field.PARTS: ", ".join(f"{use.part.number} × {use.quantity.normalize():f} {use.kind}" for use in uses),
    }
    if visit is not None:
        record |= {
            Field.TECHNICIAN: visit.technician.name,
            Field.ARRIVAL: _moment(visit.arrived_at, zone),
            Field.END: _moment(visit.completed_at, zone),
            Field.SIGNATURE: visit.signed_by or visit.no_signature_reason,
        }
    return record


@dataclass(frozen=True, slots=True)
class FieldFigures:
    """How often a field was compared, and differed."""

    field: str
    compared: int
    differed: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the tickets drawn, how many were reviewed, and how many of those are inconsistent."""

    drawn: int
    reviewed: int
    inconsistent: int
    fields: list[FieldFigures]

    @property
    def inconsistent_share(self) -> float | None:
        """Of those that were reviewed. None where none was: that is not nought."""
        return self.inconsistent / self.reviewed if self.reviewed else None


def figures(tickets: QuerySet[SampledTicket]) -> Figures:
    """A ticket that lies in several of the samples counts once, by its newest review."""
    newest = _newest(tickets)
    reviews = Review.objects.filter(pk__in=newest.values("verdict"))
    counted = reviews.aggregate(reviewed=Count("pk"), inconsistent=Count("pk", filter=Q(consistent=False)))
    found = Finding.objects.filter(review__in=reviews).order_by().values_list("field")
    compared = {
        field: FieldFigures(field, number, differed)
        for field, number, differed in found.annotate(Count("pk"), differed=Count("pk", filter=Q(differs=True)))
    }
    fields = [compared.get(field) or FieldFigures(field, 0, 0) for field in Field.values]
    return Figures(drawn=tickets.order_by().values("ticket").distinct().count(), fields=fields, **counted)


def figures_by(tickets: QuerySet[SampledTicket], whose: str, **only: Any) -> dict[UUID, Figures]:
    """The same for each of those to whom tickets belong by the path `whose`, without the fields. One query."""
    newest = SampledTicket.objects.filter(pk__in=_newest(tickets).values("pk")).filter(**only)

    def how_many(**which: Any) -> Count:
        return Count("ticket", distinct=True, filter=Q(**which))

    drawn = newest.order_by().values_list(whose).annotate(Count("ticket", distinct=True))
    counted = drawn.annotate(reviewed=how_many(verdict__isnull=False), wrong=how_many(verdict__consistent=False))
    return {pk: Figures(number, reviewed, wrong, []) for pk, number, reviewed, wrong in counted}


def _newest(tickets: QuerySet[SampledTicket]) -> QuerySet[SampledTicket]:
    """Each ticket once, with its newest review."""
    return tickets.order_by("ticket_id", F("verdict__reviewed_at").desc(nulls_last=True)).distinct("ticket_id")


def _span(territory: Territory, first: date, last: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(territory.time_zone)
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, last + timedelta(days=1)))
    return start, end


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""
