"""What many operations of one push want to know of the books, read at once: see `Operation.prepare`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from parts.catalogue.access import parts_to_book
from parts.locations.selectors import van_to_book
from parts.locations.services import customer_location
from parts.stock.ledger import Books
from parts.transfers.models import Transfer, TransferLine
from sync.commands import Actor

Inputs = Sequence[Mapping[str, Any]]


def prepare_books(actor: Actor, inputs: Inputs) -> None:
    """Lock the parts that are told about, their serials, and what is of them where they are told to be.

    Where no place is named it is the van of whoever tells; with a transfer, where it is under way and where it goes.
    """
    transfers = {data["transfer_id"] for data in inputs if data.get("transfer_id")}
    places = {data["location_id"] for data in inputs if data.get("location_id")}
    nowhere = any(not data.get("location_id") and not data.get("transfer_id") for data in inputs)
    if nowhere and (van := van_to_book(actor.user)):
        places.add(van.pk)
    if any(data.get("visit_id") for data in inputs):
        customer_location()
    told = [pair for data in inputs for pair in _units(data)]
    if transfers:
        for ends in Transfer.objects.filter(pk__in=transfers).values_list("in_transit", "to_location"):
            places.update(filter(None, ends))
        told += TransferLine.objects.filter(transfer__in=transfers).values_list("part", "serial")
    parts = parts_to_book({part for part, _ in told})
    serials = {(part.pk, serial) for id, serial in told if serial and (part := parts.get(id)) and part.follows_serials}
    booked = {parts[id].pk if id in parts else id for id, _ in told}  # this push may be about to make a part
    Books.open().read(booked, places, serials)


def _units(data: Mapping[str, Any]) -> Iterator[tuple[UUID, str]]:
    """Parts with serials, or without, that stand in the input of an operation."""
    for line in (data, *data.get("lines", ())):
        if part := line.get("part_id"):
            for serial in {line.get("serial", ""), line.get("installed_serial", ""), *line.get("serials", ())}:
                yield part, serial
            yield line.get("removed_part_id") or part, line.get("removed_serial", "")
