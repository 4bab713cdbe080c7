"""Reads of warranties: which of them hold for a ticket, and of which items of the price list they say something."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from sync import work
from sync.commands import Actor
from sync.rows import with_related
from tickets.complaints.models import Ticket
from tickets.prices.models import PriceItem
from tickets.quotes.models import Quote, QuoteLine
from tickets.warranties.models import Warranty, WarrantyTerm

Kind = Warranty.Kind


def with_shown(warranties: QuerySet[Warranty]) -> QuerySet[Warranty]:
    """With what is shown of their tickets and parts, in one query."""
    return with_related(warranties, ticket=("reference",), service_type=("code",), part=("name", "name_zh", "number"))


def terms_with_shown(terms: QuerySet[WarrantyTerm]) -> QuerySet[WarrantyTerm]:
    """With what they are for, in one query."""
    return with_related(terms, service_type=("code", "name", "name_zh"), part=("number", "name", "name_zh"))


def warranties_around(ticket: Ticket) -> Sequence[Warranty]:
    """All that were ever given at its site and for its asset, and that no quote has claimed. One query."""
    place = Q(pk__in=[])
    if ticket.site_id:
        place |= Q(site=ticket.site_id)
    if ticket.asset_id:
        place |= Q(asset=ticket.asset_id)
    return list(_unclaimed(place))


def holding(ticket: Ticket, around: Iterable[Warranty], day: date) -> Sequence[Warranty]:
    """Of these, what we answer for on that day: for the fault of the ticket, and for every unit.

    Its own repair counts when it was opened again since.
    """
    return [warranty for warranty in around if _holds(warranty, ticket, day)]


def remembered_around(ticket: Ticket) -> Sequence[Warranty]:
    """The same as `warranties_around`, read once within a command."""
    return work.remembered(_key(ticket.pk), lambda: warranties_around(ticket))


def forget_around(ticket: Ticket) -> None:
    """A unit there has answered for something."""
    work.forget(_key(ticket.pk))


def prepare_warranties(actor: Actor, inputs: Sequence[Mapping[str, Any]]) -> None:
    """Read them for all tickets for which a push tells of quotes: two statements, however many."""
    tickets = list(Ticket.objects.filter(pk__in={data["ticket_id"] for data in inputs}))
    places = Q(site__in={ticket.site_id for ticket in tickets if ticket.site_id})
    places |= Q(asset__in={ticket.asset_id for ticket in tickets if ticket.asset_id})
    found = list(_unclaimed(places))
    for ticket in tickets:
        there = [one for one in found if (ticket.site_id and one.site_id == ticket.site_id) or _same(one, ticket)]
        work.remember(_key(ticket.pk), there)


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


def _unclaimed(place: Q) -> QuerySet[Warranty]:
    """Of those that are not archived; a unit answers for no further quote, as long as one stands that is free by it."""
    claims = QuoteLine.objects.filter(
        warranty=OuterRef("pk"),
        free_reason=QuoteLine.FreeReason.WARRANTY,
        quote__status__in=(Quote.Status.SHOWN, Quote.Status.ACCEPTED),
    )
    return with_shown(Warranty.objects.filter(place, archived=False).exclude(Exists(claims), kind=Kind.PART))


def _holds(warranty: Warranty, ticket: Ticket, day: date) -> bool:
    if warranty.until < day or warranty.replaced_for_id not in (None, ticket.pk):
        return False
    if warranty.ticket_id == ticket.pk and ticket.status not in Ticket.OPEN:
        return False
    if warranty.asset_id and ticket.asset_id and warranty.asset_id != ticket.asset_id:
        return False
    if warranty.kind == Kind.PART:
        return True
    same_fault = not warranty.fault or not ticket.fault or warranty.fault == ticket.fault
    return warranty.service_type_id == ticket.service_type_id and same_fault


def _same(warranty: Warranty, ticket: Ticket) -> bool:
    return bool(ticket.asset_id) and warranty.asset_id == ticket.asset_id


def _key(ticket_id: UUID) -> tuple[str, UUID]:
    return "warranties", ticket_id
