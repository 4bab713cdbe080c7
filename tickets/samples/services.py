"""Commands on samples: draw one, review a ticket of it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from accounts.models import Role, Territory, User
from accounts.people.access import person_to_see, require_role
from fieldsvc.errors import Invalid, NotFound
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.sql import execute
from tickets.samples import access
from tickets.samples.models import Finding, Review, Sample, SampledTicket
from tickets.samples.selectors import by_chance, closed_tickets, last_week, record_of
from tickets.service_types.models import ServiceType
from tickets.sites.access import active_territory

MOST_DAYS = timedelta(days=90)


@command
def draw_sample(
    *,
    actor: Actor,
    occurred_at: datetime,
    territory_id: UUID,
    first: date,
    last: date,
    technician_id: UUID | None = None,
    agent_id: UUID | None = None,
    service_type: str | None = None,
    size: int | None = None,
    id: UUID | None = None,
) -> Sample:
    """A sample that a supervisor wants. They choose of what, and not the seed. The same `id` again draws no other one.

    Raises Forbidden("role_required"), Invalid("territory_unknown" | "person_unknown" | "service_type_unknown" |
    "period_reversed" | "date_range_too_long"), Conflict("id_taken").
    """
    territory = active_territory(territory_id)
    require_role(actor, Role.SUPERVISOR, territory_id=territory.pk)
    if last < first:
        raise Invalid("period_reversed", "The period has to begin before it ends.", field="last")
    if last - first > MOST_DAYS:
        raise Invalid("date_range_too_long", "Ask for at most 90 days at once.", field="last")
    sample = Sample(
        pk=id or uuid7(),
        territory=territory,
        weekly=False,
        first=first,
        last=last,
        technician=_person(actor, technician_id, field="technician_id"),
        agent=_person(actor, agent_id, field="agent_id"),
        service_type=_service_type(service_type),
        size=size or settings.SAMPLE_SIZE,
        drawn_by=actor.user,
        drawn_at=occurred_at,
    )
    _one_at_a_time(territory)
    before = Sample.objects.filter(pk=sample.pk).first()
    if before is None:
        return _draw(sample)
    if _asked(before) != _asked(sample):
        raise id_taken()
    return before


@command
def draw_weekly(*, actor: Actor, occurred_at: datetime, territory_id: UUID) -> Sample | None:
    """The sample of last week, unless it has been drawn."""
    territory = active_territory(territory_id)
    _one_at_a_time(territory)
    first, last = last_week(territory, occurred_at)
    if Sample.objects.filter(territory=territory, first=first, weekly=True).exists():
        return None
    terms: dict[str, Any] = {"weekly": True, "first": first, "last": last, "size": settings.SAMPLE_SIZE}
    return _draw(Sample(territory=territory, drawn_at=occurred_at, **terms))


@command
def review_ticket(
    *,
    actor: Actor,
    occurred_at: datetime,
    sampled_id: UUID,
    against: str,
    findings: Sequence[dict[str, Any]],
    note: str = "",
    id: UUID | None = None,
) -> Review:
    """What paper or resident say, field by field; the ticket's record is kept beside it as it is now.

    It is inconsistent from `SAMPLE_INCONSISTENT_FROM` differences on. A later review is the verdict, and the earlier
    one stays. The same `id` again changes nothing.

    Raises NotFound, Forbidden("role_required" | "own_work"), Invalid("findings_not_valid"), Conflict("id_taken").
    """
    sampled = access.ticket_to_review(actor, sampled_id)
    _check(findings)
    review_id = id or uuid7()
    if (before := Review.objects.filter(pk=review_id).first()) is not None:
        if _told(before) != (sampled_id, actor.user, against, note, {found["field"]: found for found in findings}):
            raise id_taken()
        return before
    limit = settings.SAMPLE_INCONSISTENT_FROM
    review = Review.objects.create(
        pk=review_id,
        sampled=sampled,
        against=against,
        inconsistent_from=limit,
        consistent=sum(found["differs"] for found in findings) < limit,
        note=note,
        reviewer=actor.user,
        reviewed_at=occurred_at,
    )
    record = record_of(sampled.ticket)
    Finding.objects.bulk_create(Finding(review=review, recorded=record[found["field"]], **found) for found in findings)
    sampled.verdict = review
    sampled.save(update_fields=["verdict"])
    return review


def _draw(sample: Sample) -> Sample:
    tickets = closed_tickets(sample)
    sample.seed = uuid4().hex
    sample.population = tickets.count()
    sample.save(force_insert=True)
    drawn = by_chance(tickets, sample.seed, sample.size)
    SampledTicket.objects.bulk_create(
        SampledTicket(sample=sample, ticket_id=pk, place=place) for place, pk in enumerate(drawn, 1)
    )
    return sample


def _one_at_a_time(territory: Territory) -> None:
    """Until the commit nobody else draws here: a week would be drawn twice."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"samples:{territory.pk}"])


def _asked(sample: Sample) -> tuple[Any, ...]:
    of = (sample.technician_id, sample.agent_id, sample.service_type_id)
    return sample.territory_id, sample.first, sample.last, *of, sample.size, sample.drawn_by_id


def _told(review: Review) -> tuple[Any, ...]:
    findings = {
        found.field: {"field": found.field, "differs": found.differs, "told": found.told}
        for found in review.findings.all()
    }
    return review.sampled_id, review.reviewer, review.against, review.note, findings


def _check(findings: Sequence[dict[str, Any]]) -> None:
    fields = [found["field"] for found in findings]
    for index, found in enumerate(findings):
        field = f"findings[{index}]"
        if found["field"] in fields[:index]:
            raise Invalid("findings_not_valid", "Compare each field once.", field=field)
        if found["differs"] != bool(found["told"]):
            raise Invalid("findings_not_valid", "Say what was told where it differs, and only there.", field=field)


def _person(actor: Actor, person_id: UUID | None, *, field: str) -> User | None:
    if person_id is None:
        return None
    try:
        return person_to_see(actor, person_id)
    except NotFound:
        raise Invalid("person_unknown", "Choose somebody of your desk.", field=field) from None


def _service_type(code: str | None) -> ServiceType | None:
    """Also one that is not offered any more: what was done stays done."""
    if code is None:
        return None
    service_type = ServiceType.objects.filter(code=code).first()
    if service_type is None:
        raise Invalid("service_type_unknown", "Choose one of the service types.", field="service_type")
    return service_type
