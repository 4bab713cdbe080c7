"""Commands on reasons, and what all ratings have in common."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.people.access import require_administrator
from fieldsvc.errors import Conflict, Invalid, must_exist
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.violations import violated_constraint
from tickets.ratings.models import RatingReason


def must_be_said_before(before: Any, *, id: UUID | None, score: int, reasons: Sequence[str], comment: str) -> None:
    """There is a rating already: it is the very same again. Raises Conflict("already_rated")."""
    if id is None or (before.pk, before.score, before.reasons, before.comment) != (id, score, [*reasons], comment):
        raise Conflict("already_rated", "This was rated already. Write to the desk if you want to add something.")


def must_go_with(reasons: Sequence[str], score: int, *, whose: str, offline: bool) -> None:
    """The codes are reasons for this score. A phone may name one that was taken off the list meanwhile.

    Raises Invalid("reason_unknown"), naming the first that is none.
    """
    possible = RatingReason.objects.filter(whose=whose, lowest__lte=score, highest__gte=score)
    known: Collection[str] = set()
    if reasons:
        known = set((possible if offline else possible.filter(is_active=True)).values_list("code", flat=True))
    for index, code in enumerate(reasons):
        if code not in known:
            raise Invalid("reason_unknown", "Choose reasons that go with the score.", field=f"reasons[{index}]")


@command
def create_reason(*, actor: Actor, occurred_at: datetime, id: UUID | None = None, **fields: Any) -> RatingReason:
    """A new reason. Raises Conflict("code_taken" | "id_taken"), Invalid("scores_not_valid")."""
    require_administrator(actor)
    reason = RatingReason(pk=id or uuid7(), **fields)
    _check(reason)
    try:
        with transaction.atomic():
            reason.save(force_insert=True)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_rating_reason_per_code":
                raise Conflict("code_taken", "There is one with this code already. Choose another code.") from error
            case "tickets_ratingreason_pkey":
                raise id_taken() from error
        raise
    return reason


@command
def change_reason(*, actor: Actor, occurred_at: datetime, reason_id: UUID, **changes: Any) -> RatingReason:
    """Other words or scores; what residents have said stays. Raises Invalid("scores_not_valid"), NotFound."""
    require_administrator(actor)
    reason = must_exist(RatingReason.objects.select_for_update().filter(pk=reason_id).first())
    for field, value in changes.items():
        setattr(reason, field, value)
    _check(reason)
    reason.save(update_fields=list(changes))
    return reason


def _check(reason: RatingReason) -> None:
    if not 1 <= reason.lowest <= reason.highest <= 5:
        raise Invalid("scores_not_valid", "Give scores from 1 to 5, the lower one first.", field="highest")
