"""Operations that were not done and will not be: somebody says so, and why. What came is kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fieldsvc.errors import Conflict
from sync.commands import Actor, command
from sync.operations import access
from sync.operations.models import Receipt
from sync.operations.services import one_at_a_time


@command
def discard_operation(
    *, actor: Actor, occurred_at: datetime, operation_id: UUID, reason: str, with_dependents: bool = False
) -> Receipt:
    """Give up a refused or blocked operation, for good: the phone hears `discarded` from now on.

    The receipt keeps what came, what was answered until now, who discarded it and why. What waits for it goes on
    waiting, to be released or discarded; or is discarded along with it (`with_dependents`), and what waits for that.
    Repeating it changes nothing. Raises Conflict("operation_not_waiting") for one that has been applied.
    """
    one_at_a_time(access.receipt_to_see(actor, operation_id).user)
    receipt = access.receipt_to_release(actor, operation_id)
    if receipt.discarded_at is None and receipt.status not in Receipt.WAITING:
        raise Conflict("operation_not_waiting", "It has been applied; there is nothing to discard.")
    given_up = [] if receipt.discarded_at else [receipt]
    if with_dependents:
        given_up += _dependents(receipt)
    for one in given_up:
        _discard(one, by=actor.user, at=occurred_at, reason=reason)
    return receipt


def _dependents(receipt: Receipt) -> list[Receipt]:
    """The blocked operations that need this one, and those that need them."""
    blocked = Receipt.objects.filter(user=receipt.user_id, status=Receipt.Status.BLOCKED)
    found: dict[UUID, Receipt] = {}
    causes = [receipt.operation_id]
    while causes:
        needing = blocked.filter(depends_on__overlap=causes).exclude(operation_id__in=found)
        fresh = {other.operation_id: other for other in needing.order_by("id").select_for_update(of=("self",))}
        found |= fresh
        causes = list(fresh)
    return list(found.values())


def _discard(receipt: Receipt, *, by: Any, at: datetime, reason: str) -> None:
    receipt.answer = {
        "code": "discarded",
        "detail": "It was given up and will not be done.",
        "reason": reason,
        **({"before": receipt.answer} if receipt.answer else {}),
    }
    receipt.status, receipt.blocked_by = Receipt.Status.REFUSED, None
    receipt.discarded_by, receipt.discarded_at, receipt.discard_reason = by, at, reason
    receipt.save(update_fields=["status", "answer", "blocked_by", "discarded_by", "discarded_at", "discard_reason"])
