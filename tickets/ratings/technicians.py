"""What technicians say of the help they had for a visit: who may read it, and the command by which they say it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.models import STAFF, Role
from accounts.people.access import require_role, territories
from accounts.people.selectors import people_with_role
from fieldsvc.errors import Conflict
from notifications.services import notify
from sync import work
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.rows import with_related
from tickets.ratings.models import RatingReason, VisitRating
from tickets.ratings.services import must_be_said_before, must_go_with
from tickets.visits import access
from tickets.visits.models import Visit
from tickets.visits.overtaken import ENDED, is_overtaken

READERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)


def visible_ratings(actor: Actor) -> QuerySet[VisitRating]:
    """One's own, and for supervisors and administrators those of their territories; the desk reads none.

    Raises Forbidden("role_required") for residents.
    """
    require_role(actor, *STAFF)
    places = territories(actor.user, *READERS)
    in_places = Q(pk__isnull=False) if places is None else Q(visit__ticket__territory__in=places)
    ratings = VisitRating.objects.filter(in_places | Q(visit__technician=actor.user))
    return with_related(
        ratings,
        visit=("ticket_id", "technician_id"),
        visit__ticket=("reference",),
        visit__technician=("name",),
    )


@command
def rate_visit(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    score: int,
    reasons: Sequence[str] = (),
    comment: str = "",
    id: UUID | None = None,
) -> VisitRating:
    """How satisfied the technician is with the help they had, 1 to 5, and why, once the visit has ended.

    Once per visit; saying the very same again is fine. Of a visit that was called off or given away meanwhile it is
    kept, and flagged `overtaken`. From `DISSATISFIED_AT` down the supervisors hear of it.

    Raises NotFound, Forbidden("not_your_visit"), Conflict("visit_not_ended" | "already_rated"),
    Invalid("reason_unknown").
    """
    visit = access.own_visit_to_change(actor, visit_id)
    reasons = sorted(set(reasons))
    before = _rating_of(visit_id)
    if before is not None:
        must_be_said_before(before, id=id, score=score, reasons=reasons, comment=comment)
        return before
    overtaken = is_overtaken(visit, actor)
    if visit.status not in ENDED and not overtaken:
        raise Conflict("visit_not_ended", "Say how it was when the visit is over.", visit_status=visit.status)
    must_go_with(reasons, score, whose=RatingReason.Whose.TECHNICIAN, offline=actor.offline)
    rating = VisitRating(
        pk=id or uuid7(),
        visit=visit,
        score=score,
        reasons=reasons,
        comment=comment,
        occurred_at=occurred_at,
        received_at=actor.received_at,
        flags=[*actor.flags, *(["overtaken"] if overtaken else [])],
    )
    work.insert(rating)
    work.remember(_place(visit_id), rating)
    if score <= settings.DISSATISFIED_AT:
        _tell_supervisors(rating, visit, actor=actor)
    return rating


def read_ratings(actor: Actor, inputs: Sequence[Mapping[str, Any]]) -> None:
    """Which of the visits of a push have been rated."""
    visits = {data["visit_id"] for data in inputs}
    found = {rating.visit_id: rating for rating in VisitRating.objects.filter(visit__in=visits)}
    for visit_id in visits:
        work.remember(_place(visit_id), found.get(visit_id))


def _rating_of(visit_id: UUID) -> VisitRating | None:
    return work.remembered(_place(visit_id), lambda: VisitRating.objects.filter(visit=visit_id).first())


def _place(visit_id: UUID) -> tuple[str, UUID]:
    return "rating of visit", visit_id


def _tell_supervisors(rating: VisitRating, visit: Visit, *, actor: Actor) -> None:
    """They see to it; the desk that may be spoken of is not told."""
    ticket = visit.ticket
    notify(
        actor=actor,
        to=people_with_role(Role.SUPERVISOR, ticket.territory_id),
        kind="technician_dissatisfied",
        subject=("visits", visit.pk),
        text={
            "technician": visit.technician.name,
            "reference": ticket.reference,
            "score": rating.score,
            "comment": rating.comment,
        },
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"technician_dissatisfied:{visit.pk}",
    )
