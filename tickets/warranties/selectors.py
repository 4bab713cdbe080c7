"""Reads of warranties: which of them hold for a ticket, and of which items of the price list they say something.

A unit answers for no further quote, as long as one stands that is free by it: a claim. Whoever is about to make one
reads under a lock, so that of two who quote at the same moment the second sees the claim of the first.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from sync import work
from sync.commands import Actor
from sync.rows import locked, with_related
from tickets.complaints.models import Ticket
from tickets.prices.models import PriceItem
from tickets.quotes.models import Quote, QuoteLine
from tickets.warranties.models import Warranty, WarrantyTerm

Kind = Warranty.Kind
CLAIM = Q(free_reason=QuoteLine.FreeReason.WARRANTY, warranty__kind=Kind.PART)
"""A line that is free by a unit."""
STANDING = (Quote.Status.SHOWN, Quote.Status.ACCEPTED)
AROUND = "warranties around"
"""What is remembered of them within a command, by ticket."""


def with_shown(warranties: QuerySet[Warranty]) -> QuerySet[Warranty]:
    """With what is shown of their tickets and parts, in one query."""
    return with_related(warranties, ticket=("reference",), service_type=("code",), part=("name", "name_zh", "number"))


def terms_with_shown(terms: QuerySet[WarrantyTerm]) -> QuerySet[WarrantyTerm]:
    """With what they are for, in one query."""
    return with_related(terms, service_type=("code", "name", "name_zh"), part=("number", "name", "name_zh"))


def warranties_around(ticket: Ticket) -> Sequence[Warranty]:
    """All that were ever given at its site and for its asset, and that no quote has claimed. One query."""
    return list(with_shown(_unclaimed(_places([ticket]))))


def holding(ticket: Ticket, around: Iterable[Warranty], day: date) -> Sequence[Warranty]:
    """Of these, what we answer for on that day: for the fault of the ticket, and for every unit.

    Nothing of an installation that nobody has accepted yet, but in an emergency or for its own ticket.
    Its own repair counts when it was opened again since.
    """
    return [warranty for warranty in around if _holds(warranty, ticket, day)]


def claimable_around(ticket: Ticket) -> Sequence[Warranty]:
    """The same for a quote that is being made for this locked ticket: locked, and read once within a command."""
    if ticket.pk not in _known():
        _read_around([ticket])
    return _known()[ticket.pk]


def prepare_warranties(actor: Actor, inputs: Sequence[Mapping[str, Any]]) -> None:
    """Lock and read them for all tickets for which a push tells of quotes: two statements, however many."""
    _read_around([ticket for data in inputs if (ticket := work.held(Ticket, data["ticket_id"]))])


def claim_units(lines: Iterable[QuoteLine]) -> None:
    """These lines are a quote's of this command: the units by which they are free answer for nothing else there."""
    claimed = {line.warranty_id for line in lines if _is_claim(line)}
    if claimed:
        known = _known()
        known.update({ticket_id: [one for one in there if one.pk not in claimed] for ticket_id, there in known.items()})


def claim_units_again(quote: Quote) -> Sequence[QuoteLine]:
    """This locked quote, which did not stand, does so again. Answers its lines whose units are not there for it now."""
    lines = list(QuoteLine.objects.filter(CLAIM, quote=quote).select_related("warranty"))
    units = _unclaimed(Q(pk__in={line.warranty_id for line in lines}))
    free = {unit.pk for unit in locked(units.order_by("pk"))}
    claim_units(lines)
    return [line for line in lines if line.warranty_id not in free]


def forget_around() -> None:
    """A quote does not stand any more: its units may answer for another."""
    work.forget(AROUND)


class Cover:
    """What of a quote's lines is under warranty. Each unit answers for one, a repair for all work of its fault."""

    def __init__(self, warranties: Collection[Warranty]) -> None:
        self.repair = next((one for one in warranties if one.kind == Kind.REPAIR), None)
        self.units: dict[UUID, list[Warranty]] = defaultdict(list)
        for one in warranties:
            if one.part_id is not None:
                self.units[one.part_id].append(one)

    def of(self, item: PriceItem) -> Warranty | None:
        """The one that answers for this item, as long as there is one left."""
        if item.kind == PriceItem.Kind.SERVICE:
            return self.repair
        units = self.units[item.part_id] if item.part_id else []
        return units[0] if units else None

    def take(self, item: PriceItem) -> Warranty | None:
        """The same; of a unit it is used up."""
        warranty = self.of(item)
        if warranty is not None and warranty.part_id is not None:
            self.units[warranty.part_id].pop(0)
        return warranty


def _known() -> dict[UUID, Sequence[Warranty]]:
    return work.remembered(AROUND, dict)


def _read_around(tickets: Sequence[Ticket]) -> None:
    found = list(locked(with_shown(_unclaimed(_places(tickets))).order_by("pk")).order_by("-until", "pk"))
    _known().update({ticket.pk: [one for one in found if _is_around(ticket, one)] for ticket in tickets})


def _places(tickets: Collection[Ticket]) -> Q:
    sites = {ticket.site_id for ticket in tickets if ticket.site_id}
    assets = {ticket.asset_id for ticket in tickets if ticket.asset_id}
    return Q(site__in=sites) | Q(asset__in=assets)


def _is_around(ticket: Ticket, warranty: Warranty) -> bool:
    same_site = ticket.site_id is not None and warranty.site_id == ticket.site_id
    return same_site or (ticket.asset_id is not None and warranty.asset_id == ticket.asset_id)


def _is_claim(line: QuoteLine) -> bool:
    """The same as `CLAIM`."""
    by_warranty = line.free_reason == QuoteLine.FreeReason.WARRANTY
    return by_warranty and line.warranty is not None and line.warranty.kind == Kind.PART


def _unclaimed(which: Q) -> QuerySet[Warranty]:
    """Of those that are not archived."""
    claims = QuoteLine.objects.filter(CLAIM, warranty=OuterRef("pk"), quote__status__in=STANDING)
    return Warranty.objects.filter(which, archived=False).exclude(Exists(claims))


def _holds(warranty: Warranty, ticket: Ticket, day: date) -> bool:
    if warranty.until < day or warranty.replaced_for_id not in (None, ticket.pk):
        return False
    if warranty.ticket_id == ticket.pk and ticket.status not in Ticket.OPEN:
        return False
    if warranty.blocked and warranty.ticket_id != ticket.pk and not ticket.is_emergency:
        return False
    if warranty.asset_id and ticket.asset_id and warranty.asset_id != ticket.asset_id:
        return False
    if warranty.kind == Kind.PART:
        return True
    same_fault = not warranty.fault or not ticket.fault or warranty.fault == ticket.fault
    return warranty.service_type_id == ticket.service_type_id and same_fault
