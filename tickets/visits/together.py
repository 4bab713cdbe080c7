"""What many operations of one push want to know of tickets and visits, read at once: see `Operation.prepare`."""

from collections.abc import Mapping, Sequence
from typing import Any

from sync import work
from sync.commands import Actor
from sync.repeats import look_for
from tickets.clock.services import read_clocks, read_promises
from tickets.complaints.access import read_tickets_of_visits
from tickets.complaints.models import Note
from tickets.complaints.transitions import read_followers
from tickets.outages.ending import read_outages
from tickets.visits.access import read_own_visits
from tickets.visits.models import CheckIn, PartUse, Visit
from tickets.visits.selectors import read_companions, read_on_site, read_parts_fitted

Inputs = Sequence[Mapping[str, Any]]


def prepare_tickets(actor: Actor, inputs: Inputs) -> None:
    """Lock the tickets and visits that are told about, and those that follow; read what their steps will ask for."""
    visit_ids = {data["visit_id"] for data in inputs if data.get("visit_id")}
    ticket_ids = {data["ticket_id"] for data in inputs if data.get("ticket_id")}
    read_own_visits(actor, visit_ids, tickets_besides=ticket_ids)
    visits = [visit for visit_id in visit_ids if (visit := work.held(Visit, visit_id))]
    read_outages([visit.ticket for visit in visits])
    told = {visit.ticket_id for visit in visits}
    followers = read_followers(told)
    read_clocks(told | {follower.pk for follower in followers})
    for visit in visits:
        read_promises(visit.ticket)
    if visits:
        read_on_site(actor.user.pk)
    read_parts_fitted({visit.pk for visit in visits})
    read_companions({visit.pk for visit in visits if visit.leads})


def prepare_notes(actor: Actor, inputs: Inputs) -> None:
    """At which of the tickets this technician has a visit, or once had one."""
    read_tickets_of_visits(actor, {data["ticket_id"] for data in inputs})


look_for_check_ins = look_for(CheckIn)
look_for_notes = look_for(Note)
look_for_part_uses = look_for(PartUse)
