"""What many operations of one push want to know of visits, read at once: see `Operation.prepare`."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from parts.locations.selectors import van_of
from parts.stock.together import read_books
from sync import work
from sync.commands import Actor
from tickets.clock.services import read_clocks
from tickets.complaints.access import read_tickets_of_visits
from tickets.complaints.models import Note
from tickets.visits.access import read_own_visits
from tickets.visits.models import CheckIn, PartUse, Visit
from tickets.visits.selectors import read_parts_fitted

Inputs = Sequence[Mapping[str, Any]]


def prepare_visits(actor: Actor, inputs: Inputs) -> None:
    """The visits with their tickets, clocks and parts."""
    visit_ids = {data["visit_id"] for data in inputs}
    read_own_visits(actor, visit_ids)
    visits = [visit for visit_id in visit_ids if (visit := work.held(Visit, visit_id))]
    read_clocks({visit.ticket_id for visit in visits})
    read_parts_fitted({visit.pk for visit in visits})


def prepare_check_ins(actor: Actor, inputs: Inputs) -> None:
    """The visits; which check-ins there are already."""
    prepare_visits(actor, inputs)
    work.look_up(CheckIn, _ids(inputs))


def prepare_part_uses(actor: Actor, inputs: Inputs) -> None:
    """The visits; which part uses there are already; the parts, and what the books have of them in the van."""
    prepare_visits(actor, inputs)
    work.look_up(PartUse, _ids(inputs))
    van = van_of(actor.user)
    places = {data.get("location_id") or (van and van.pk) for data in inputs}
    read_books({data["part_id"] for data in inputs}, {place for place in places if place})


def prepare_notes(actor: Actor, inputs: Inputs) -> None:
    """The tickets; which notes there are already."""
    read_tickets_of_visits(actor, {data["ticket_id"] for data in inputs})
    work.look_up(Note, _ids(inputs))


def _ids(inputs: Inputs) -> set[UUID]:
    return {data["id"] for data in inputs if data.get("id")}
