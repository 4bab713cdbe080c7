"""Commands on scorecards: what is weighed from when until when, and what supervisors say by hand."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.people.access import require_administrator
from fieldsvc.errors import Conflict, Invalid
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken, made_before
from sync.violations import violated_constraint
from tickets.scorecards import access
from tickets.scorecards.indicators import INDICATORS, MARK
from tickets.scorecards.models import Criterion, Scorecard, ScorecardVersion, ScoreMark
from tickets.scorecards.reckoning import Month

ALL = 100
"""What the weights add up to."""


@command
def create_scorecard(*, actor: Actor, occurred_at: datetime, id: UUID | None = None, **fields: Any) -> Scorecard:
    """A new scorecard, which weighs nothing yet. Raises Conflict("code_taken" | "id_taken")."""
    require_administrator(actor)
    scorecard = Scorecard(pk=id or uuid7(), **fields)
    try:
        with transaction.atomic():
            scorecard.save(force_insert=True)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_scorecard_per_code":
                raise Conflict("code_taken", "There is one with this code already. Choose another code.") from error
            case "tickets_scorecard_pkey":
                raise id_taken() from error
        raise
    return scorecard


@command
def rename_scorecard(*, actor: Actor, occurred_at: datetime, scorecard_id: UUID, **names: str) -> Scorecard:
    """Other words for the same. Raises NotFound."""
    scorecard = access.scorecard_to_change(actor, scorecard_id)
    for field, value in names.items():
        setattr(scorecard, field, value)
    scorecard.save(update_fields=list(names))
    return scorecard


@command
def add_version(
    *,
    actor: Actor,
    occurred_at: datetime,
    scorecard_id: UUID,
    valid_from: date,
    criteria: Sequence[dict[str, Any]],
    valid_until: date | None = None,
    id: UUID | None = None,
) -> ScorecardVersion:
    """What the scorecard weighs from the first day of a month that is to come. Until then nobody is judged by it.

    One without an end ends where this one begins. The same `id` again is the same version.

    Raises NotFound, Invalid("not_a_whole_month" | "version_in_past" | "version_ends_before_it_starts"),
    Invalid("weights_not_100"), Invalid("indicator_not_for_subject" | "criterion_not_valid"),
    Conflict("version_overlaps") naming the `version` in the way, Conflict("id_taken").
    """
    scorecard = access.scorecard_to_change(actor, scorecard_id)
    if before := made_before(ScorecardVersion, id, scorecard_id=scorecard_id, valid_from=valid_from):
        return before
    _check_days(valid_from, valid_until, today=occurred_at.date())
    _check(criteria, scorecard)
    terms: dict[str, Any] = {"valid_from": valid_from, "valid_until": valid_until}
    terms |= {"made_by": actor.user, "made_at": occurred_at}
    version = ScorecardVersion(pk=id or uuid7(), scorecard=scorecard, **terms)
    others = scorecard.versions.all()
    others.filter(valid_until=None, valid_from__lt=valid_from).update(valid_until=_day_before(valid_from))
    try:
        with transaction.atomic():
            version.save(force_insert=True)
    except IntegrityError as error:
        if violated_constraint(error) != "one_scorecard_version_at_a_time":
            raise
        after = others.filter(Q(valid_until=None) | Q(valid_until__gte=valid_from)).first()
        raise Conflict(
            "version_overlaps",
            "Another version holds then. End that one first, or end this one where it begins.",
            version=str(after.pk) if after else None,
        ) from error
    Criterion.objects.bulk_create(
        Criterion(version=version, place=place, **criterion) for place, criterion in enumerate(criteria, 1)
    )
    return version


@command
def end_version(*, actor: Actor, occurred_at: datetime, version_id: UUID, valid_until: date) -> ScorecardVersion:
    """It holds until the last day of this month or of one that is to come, and not longer than it did.

    Raises NotFound, Invalid("not_a_whole_month" | "version_in_past"), Conflict("version_ended"), and for one that has
    not begun by then Conflict("version_not_begun"): delete it.
    """
    version = access.version_to_change(actor, version_id)
    _must_end_a_month(valid_until)
    if valid_until < occurred_at.date():
        raise Invalid("version_in_past", "What people were judged by stays.", field="valid_until")
    if version.valid_until is not None and version.valid_until < valid_until:
        ends = version.valid_until.isoformat()
        raise Conflict("version_ended", "It ends before that already.", valid_until=ends)
    if valid_until < version.valid_from:
        raise Conflict("version_not_begun", "It has not begun by then. Delete it instead.")
    version.valid_until = valid_until
    version.save(update_fields=["valid_until"])
    return version


@command
def delete_version(*, actor: Actor, occurred_at: datetime, version_id: UUID) -> None:
    """It will not be. Raises NotFound, Conflict("version_begun") for one by which people are judged: end it."""
    version = access.version_to_change(actor, version_id)
    if version.valid_from <= occurred_at.date():
        raise Conflict("version_begun", "People are judged by it already. End it instead.")
    version.delete()


@command
def mark_score(
    *,
    actor: Actor,
    occurred_at: datetime,
    criterion_id: UUID,
    territory_id: UUID,
    month: date,
    points: int | None,
    reason: str,
    person_id: UUID | None = None,
    id: UUID | None = None,
) -> ScoreMark:
    """Points that nothing reckons, or others than were reckoned; without points, what was marked is taken back.

    `month` is any day of it. What was reckoned, or marked before, stays beside it. The same `id` again is one mark.

    Raises Forbidden("role_required" | "own_score"), Invalid("territory_unknown" | "criterion_unknown" |
    "person_unknown" | "month_not_judged"), Conflict("id_taken").
    """
    criterion, territory = access.criterion_to_mark(
        actor, criterion_id=criterion_id, territory_id=territory_id, person_id=person_id
    )
    judged, version = Month.of(month), criterion.version
    begun = judged.first <= occurred_at.date()
    ended = version.valid_until is not None and version.valid_until < judged.last
    if not begun or ended or judged.first < version.valid_from:
        raise Invalid("month_not_judged", "Choose a month that has begun and that it weighs.", field="month")
    said = {
        "criterion_id": criterion.pk,
        "territory_id": territory.pk,
        "person_id": person_id,
        "month": judged.first,
        "points": points,
        "reason": reason,
        "marked_by_id": actor.user.pk,
    }
    mark, made = ScoreMark.objects.get_or_create(pk=id or uuid7(), defaults={**said, "marked_at": occurred_at})
    if not made and any(getattr(mark, name) != value for name, value in said.items()):
        raise id_taken()
    return mark


def _check_days(valid_from: date, valid_until: date | None, *, today: date) -> None:
    if valid_from.day != 1:
        raise Invalid("not_a_whole_month", "Let it begin on the first day of a month.", field="valid_from")
    if valid_from <= today:
        raise Invalid("version_in_past", "Nobody is judged by what they could not know.", field="valid_from")
    if valid_until is not None:
        _must_end_a_month(valid_until)
        if valid_until < valid_from:
            raise Invalid("version_ends_before_it_starts", "It ends after it begins.", field="valid_until")


def _must_end_a_month(day: date) -> None:
    if day != Month.of(day).last:
        raise Invalid("not_a_whole_month", "Let it end on the last day of a month.", field="valid_until")


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _check(criteria: Sequence[dict[str, Any]], scorecard: Scorecard) -> None:
    seen = set()
    for index, criterion in enumerate(criteria):
        indicator = criterion["indicator"]
        if indicator == MARK:
            if not criterion.get("name") or not criterion.get("name_zh"):
                raise _wrong(index, "name", "Name in both languages what is marked.")
            if criterion.get("worst") is not None or criterion.get("best") is not None:
                raise _wrong(index, "best", "A mark is given in points: leave out what they are worth.")
            continue
        if scorecard.subject not in INDICATORS[indicator].subjects:
            detail = "Nothing tells this of those whom the scorecard judges."
            raise Invalid("indicator_not_for_subject", detail, field=f"criteria[{index}].indicator")
        if indicator in seen:
            raise _wrong(index, "indicator", "Weigh each indicator once.")
        seen.add(indicator)
        if criterion.get("worst") is None or criterion.get("best") in (None, criterion["worst"]):
            raise _wrong(index, "best", "Say which value is worth nothing, and which other one all points.")
    total = sum(criterion["weight"] for criterion in criteria)
    if total != ALL:
        detail = f"The weights add up to {total}. Let them be 100."
        raise Invalid("weights_not_100", detail, field="criteria", total=total)


def _wrong(index: int, field: str, detail: str) -> Invalid:
    return Invalid("criterion_not_valid", detail, field=f"criteria[{index}].{field}")
