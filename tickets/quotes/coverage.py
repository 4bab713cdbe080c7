"""What was done for a ticket against what its customer agreed to: the rule that paid parts and work need consent.

A part is paid for if the price list has a price above nothing for it, there and then. What was used of it, less what
came back unused, must be covered: by the lines of quotes that were accepted, by lines that are free, or by a gap that
somebody knows of already. Consent belongs to the ticket, so a later visit may fit what an earlier one was signed for.

Work is paid for if the service type names it and it has a price, as soon as a visit is completed. Any work on a quote
covers it: how much it was is for the quote to say.

Within a push nothing of this is read twice, see `sync.work`: `prepare_coverage` reads it for all visits that end there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, Sum, When

from parts.stock.models import Condition
from sync import work
from sync.commands import Actor
from tickets.complaints.models import Ticket
from tickets.prices.models import Price, PriceItem
from tickets.prices.selectors import day_there, price_of_day, with_shown
from tickets.quotes.models import ConsentGap, Quote, QuoteLine
from tickets.visits.models import PartUse, Visit

NOTHING, ONE = Decimal(0), Decimal(1)


@dataclass(slots=True)
class Coverage:
    """Of one ticket: by part what was used, by item what is covered, and the quotes that wait for an answer."""

    used: dict[UUID, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    covered: dict[UUID, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    unanswered: list[UUID] = field(default_factory=list)
    work: set[UUID] = field(default_factory=set)
    """Which of the items that are covered are work."""

    def covers_work(self, named: UUID) -> bool:
        """Whether any work is covered, that which the service type names or other."""
        return any(self.covered.get(item, NOTHING) > 0 for item in {*self.work, named})


@dataclass(frozen=True, slots=True)
class Missing:
    """So much of an item was used or done that nobody has agreed to."""

    item: PriceItem
    quantity: Decimal

    def told(self) -> dict[str, str]:
        """As it is kept and shown."""
        return {
            "item_id": str(self.item.pk),
            "name": self.item.name,
            "name_zh": self.item.name_zh,
            "quantity": f"{self.quantity.normalize():f}",
        }


def coverage_of(ticket_id: UUID) -> Coverage:
    """Of a locked ticket, within a command."""
    read_coverages([ticket_id])
    coverage: Coverage = work.recall(_key(ticket_id))
    return coverage


def missing_consent(ticket: Ticket, at: datetime, *, completing: bool = False) -> list[Missing]:
    """What was done for this locked ticket by then without being covered. Within a command.

    `completing` says that a visit is about to be completed.
    """
    return [*_missing_parts(ticket, at), *_missing_work(ticket, at, completing=completing)]


def _missing_work(ticket: Ticket, at: datetime, *, completing: bool) -> Iterator[Missing]:
    named = ticket.service_type.paid_work_id
    if named is None or coverage_of(ticket.pk).covers_work(named):
        return
    completed = Visit.objects.filter(ticket=ticket, status=Visit.Status.COMPLETED)
    price = price_of_day(_prices_of_work(named), ticket.territory_id, day_there(ticket.territory, at))
    if price and price.amount and (completing or completed.exists()):
        yield Missing(price.item, ONE)


def _prices_of_work(item_id: UUID) -> list[Price]:
    return work.remembered(("prices of work", item_id), lambda: list(with_shown(Price.objects.filter(item=item_id))))


def _missing_parts(ticket: Ticket, at: datetime) -> list[Missing]:
    coverage = coverage_of(ticket.pk)
    used = {part: quantity for part, quantity in coverage.used.items() if quantity > 0}
    if not used:
        return []
    read_prices_of_parts(used)
    missing = []
    for part, quantity in used.items():
        prices: list[Price] = work.recall(_prices_key(part))
        price = prices and price_of_day(prices, ticket.territory_id, day_there(ticket.territory, at))
        if price and price.amount:
            lacking = quantity - coverage.covered.get(price.item_id, NOTHING)
            if lacking > 0:
                missing.append(Missing(price.item, lacking))
    return missing


def note_booked(ticket_id: UUID, use: PartUse) -> None:
    """A part is being fitted or taken back for this locked ticket."""
    if work.remembers(_key(ticket_id)):
        coverage_of(ticket_id).used[use.part_id] += _counted(use)


def forget_coverage(ticket_id: UUID) -> None:
    """A quote of it has changed."""
    work.forget(_key(ticket_id))


def prepare_coverage(actor: Actor, inputs: Sequence[Mapping[str, Any]]) -> None:
    """Read it for all visits of a push, if any of them ends there."""
    if not any("resolution_code" in data or "next_visit_wanted" in data for data in inputs):
        return
    visits = [visit for data in inputs if (visit := work.held(Visit, data["visit_id"]))]
    read_coverages({visit.ticket_id for visit in visits})
    used = {part for visit in visits for part in coverage_of(visit.ticket_id).used}
    read_prices_of_parts(used | {data["part_id"] for data in inputs if data.get("part_id")})


def read_coverages(ticket_ids: Collection[UUID]) -> None:
    """Of many locked tickets at once."""
    unread = {ticket_id for ticket_id in ticket_ids if not work.remembers(_key(ticket_id))}
    if not unread:
        return
    coverages: dict[UUID, Coverage] = {ticket_id: Coverage() for ticket_id in unread}
    for ticket_id, part, quantity in used_parts(unread):
        coverages[ticket_id].used[part] = quantity
    lines = QuoteLine.objects.filter(quote__ticket__in=unread, quote__status__in=("shown", "accepted"))
    for ticket_id, quote, status, item, kind, quantity, amount in lines.values_list(
        "quote__ticket", "quote", "quote__status", "item", "item__kind", "quantity", "amount"
    ):
        if status == Quote.Status.ACCEPTED or not amount:
            coverages[ticket_id].covered[item] += quantity
            if kind == PriceItem.Kind.SERVICE:
                coverages[ticket_id].work.add(item)
        elif quote not in coverages[ticket_id].unanswered:
            coverages[ticket_id].unanswered.append(quote)
    known = ConsentGap.objects.filter(ticket__in=unread).exclude(settlement=ConsentGap.Settlement.AGREED)
    for ticket_id, missing in known.values_list("ticket", "missing"):
        for line in missing:
            coverages[ticket_id].covered[UUID(line["item_id"])] += Decimal(line["quantity"])
    for ticket_id, coverage in coverages.items():
        work.remember(_key(ticket_id), coverage)


def used_parts(ticket_ids: Collection[UUID]) -> Iterable[tuple[UUID, UUID, Decimal]]:
    """By ticket and part, what was used at all visits, less what came back unused; nothing booked by mistake."""
    unused = Q(kind=PartUse.Kind.RETURNED, movement__condition=Condition.GOOD)
    uses = PartUse.objects.filter(Q(kind=PartUse.Kind.USED) | unused, visit__ticket__in=ticket_ids)
    counted = Case(When(kind=PartUse.Kind.USED, then=F("quantity")), default=-F("quantity"))
    sums = uses.filter(movement__reversal=None).order_by().values("visit__ticket", "part").annotate(sum=Sum(counted))
    return ((row["visit__ticket"], row["part"], row["sum"]) for row in sums)


def read_prices_of_parts(part_ids: Collection[UUID]) -> None:
    """All prices of these parts, wherever and whenever."""
    unread = {part for part in part_ids if not work.remembers(_prices_key(part))}
    if unread:
        prices: dict[UUID, list[Price]] = defaultdict(list)
        for price in with_shown(Price.objects.filter(item__part__in=unread)):
            prices[price.item.part_id].append(price)  # type: ignore[index]  # it was found by its part
        for part in unread:
            work.remember(_prices_key(part), prices[part])


def _counted(use: PartUse) -> Decimal:
    if use.kind == PartUse.Kind.USED:
        return use.quantity
    return -use.quantity if use.movement.condition == Condition.GOOD else NOTHING


def _key(ticket_id: UUID) -> tuple[str, UUID]:
    return "coverage", ticket_id


def _prices_key(part_id: UUID) -> tuple[str, UUID]:
    return "prices of part", part_id
