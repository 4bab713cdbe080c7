"""What of a quote need not be paid for: the lines as they were asked for, against what is under warranty there.

At the desk a line that is under warranty becomes free, a unit of a part at a time, as each has a warranty of its own. A
supervisor may charge for it all the same, or call free what no warranty is on record for, and says why. What a phone
has shown stays as it was shown, and is flagged where it does not go with the warranty: also a quote that stands again
by its word, when a unit by which it is free has answered for another one meanwhile.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import Role
from accounts.people.access import require_role
from fieldsvc.errors import Conflict
from sync.commands import Actor
from tickets.complaints.models import Ticket
from tickets.complaints.telling import tell_supervisors
from tickets.complaints.timeline import record_event
from tickets.prices.models import PriceItem
from tickets.prices.money import written
from tickets.prices.selectors import day_there
from tickets.quotes.models import Quote, QuoteLine
from tickets.warranties.models import Warranty
from tickets.warranties.selectors import Cover, claim_units, claim_units_again, claimable_around, holding

WARRANTY = QuoteLine.FreeReason.WARRANTY
UNKNOWN = "warranty_unknown"
ONE = Decimal(1)


class Warranties:
    """Of one quote. Every warranty of a unit answers for one unit, in the order of the lines."""

    def __init__(self, ticket: Ticket, *, actor: Actor, at: datetime) -> None:
        self.ticket, self.actor, self.at = ticket, actor, at
        self.cover = Cover(holding(ticket, claimable_around(ticket), day_there(ticket.territory, at)))
        self.doubted: dict[PriceItem, str] = {}
        """What a phone has shown amiss, with the flag for it."""

    @property
    def flags(self) -> set[str]:
        """For the quote."""
        return {*self.doubted.values()}

    def judge(self, item: PriceItem, line: Mapping[str, Any], index: int) -> Iterator[dict[str, Any]]:
        """The line in one piece or several, each with the `warranty` that answers for it, if one does.

        `covered` is how much of a piece is charged that should not be. Raises Conflict("not_under_warranty"),
        Forbidden("role_required").
        """
        free, quantity = line.get("free_reason", ""), line["quantity"]
        if free and free != WARRANTY:
            yield {**line, "charge_reason": ""}
            return
        taken = list(self._take(item, quantity))
        left = quantity - sum(covered for _, covered in taken)
        if self.actor.offline and not free:
            if taken:
                self.doubted[item] = "under_warranty"
            first = taken[0][0] if taken else None
            yield {**line, "warranty": first, "covered": quantity - left, "charge_reason": ""}
            return
        reason = "" if free else line.get("charge_reason", "")
        if taken and reason:
            require_role(self.actor, Role.SUPERVISOR, territory_id=self.ticket.territory_id)
        for warranty, covered in taken:
            freed = "" if reason else WARRANTY
            yield {**line, "quantity": covered, "warranty": warranty, "free_reason": freed, "charge_reason": reason}
        if left:
            if free and self.actor.offline:
                self.doubted[item] = UNKNOWN
            elif free:
                self._require_grant(line, index)
            yield {**line, "quantity": left, "charge_reason": ""}

    def tell(self, quote: Quote, lines: Sequence[QuoteLine]) -> None:
        """What a supervisor has decided stands in the timeline; of what a phone has shown amiss, they hear."""
        claim_units(lines)
        for line in lines:
            if line.free_reason == WARRANTY and line.warranty is not None and self._waits(line.warranty):
                facts = {"name": line.name, "name_zh": line.name_zh or line.name}
                _record(quote, "warranty_in_emergency", actor=self.actor, at=self.at, **facts)
        if self.doubted:
            _doubt(quote, [*self.doubted], actor=self.actor, at=self.at)
        if self.actor.offline:
            return
        for line in lines:
            charged = line.warranty is not None and not line.free_reason
            granted = line.warranty is None and line.free_reason == WARRANTY
            if charged or granted:
                kind = "warranty_overridden" if charged else "warranty_granted"
                reason = line.charge_reason or line.free_note
                facts = {"name": line.name, "name_zh": line.name_zh or line.name, "reason": reason}
                _record(quote, kind, actor=self.actor, at=self.at, **facts)

    def _take(self, item: PriceItem, quantity: Decimal) -> Iterator[tuple[Warranty, Decimal]]:
        """A repair answers for any amount of work, a unit for one."""
        while quantity > 0 and (warranty := self.cover.take(item)):
            covered = quantity if warranty.part_id is None else min(ONE, quantity)
            yield warranty, covered
            quantity -= covered

    def _waits(self, warranty: Warranty) -> bool:
        """Whether it answers already, though nobody has accepted the installation yet."""
        return warranty.blocked and warranty.ticket_id != self.ticket.pk

    def _require_grant(self, line: Mapping[str, Any], index: int) -> None:
        if not line.get("free_note"):
            detail = "No warranty is on record for this. A supervisor may grant it and say why; or choose goodwill."
            raise Conflict("not_under_warranty", detail, field=f"lines[{index}].free_reason")
        require_role(self.actor, Role.SUPERVISOR, territory_id=self.ticket.territory_id)


def stands_again(quote: Quote, *, actor: Actor, at: datetime) -> set[str]:
    """A phone tells that the customer agrees to this quote, which they had declined, or we had withdrawn.

    Before it is changed. Answers its flags for that.
    """
    taken = claim_units_again(quote)
    if taken:
        _doubt(quote, taken, actor=actor, at=at)
    return {UNKNOWN} if taken else set()


def _doubt(quote: Quote, shown: Sequence[PriceItem | QuoteLine], *, actor: Actor, at: datetime) -> None:
    """Of the prices that do not go with the warranty the supervisors hear."""
    facts = {
        "total": written(quote.total, quote.currency),
        "currency": quote.currency,
        "names": ", ".join(one.name for one in shown),
        "names_zh": "、".join(one.name_zh or one.name for one in shown),
    }
    _record(quote, "quote_under_warranty", actor=actor, at=at, **facts)
    tell_supervisors(
        quote.ticket,
        actor=actor,
        kind="quote_under_warranty",
        subject=("quotes", quote.pk),
        text={**facts, "quote_id": quote.pk, "technician": str(actor.user)},
    )


def _record(quote: Quote, kind: str, *, actor: Actor, at: datetime, **facts: Any) -> None:
    data = {"quote_id": quote.pk, **facts}
    record_event(quote.ticket, actor=actor, occurred_at=at, kind=kind, public=False, data=data)
