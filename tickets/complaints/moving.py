"""Commands that move complaints: a site goes to another territory with all its tickets, or a ticket to another site.

A ticket stands in the territory of its site. Whoever moves it has a say at both ends: nobody pushes work over to
others. Visits stay with their technicians; who follows them, as of everything around a ticket, follows by itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import DESK, Role, Territory, User
from accounts.people.access import holds, require_role
from notifications.services import expect_answers_at
from sync import work
from sync.commands import Actor, command
from tickets.complaints.access import lock_tickets, ticket_to_change
from tickets.complaints.following import part_strays
from tickets.complaints.models import Ticket, TicketEvent
from tickets.complaints.telling import tell_of_handing_over
from tickets.complaints.timeline import record_event
from tickets.segments.services import leave_segments
from tickets.sites import access
from tickets.sites.models import Site
from tickets.sites.services import save_or_refuse
from tickets.visits.selectors import technicians_of
from tickets.warranties.giving import take_warranties_along

MOVERS = (Role.DISPATCHER, Role.SUPERVISOR)


@command
def move_site(*, actor: Actor, occurred_at: datetime, site_id: UUID, territory_id: UUID, reason: str) -> Site:
    """Another territory looks after the site from now on, with its accounts, equipment and tickets, past ones included.

    Where it belongs already, nothing changes. Raises NotFound, Forbidden("role_required") without a say at both ends,
    Invalid("territory_unknown"), Conflict("site_exists") naming the `site` that stands there with this address: its
    tickets can be moved to that one.
    """
    lock_tickets(Ticket.objects.filter(site=access.site_to_see(actor, site_id)))  # tickets first, then places
    site = access.site_to_move(actor, site_id, *MOVERS, Role.ADMINISTRATOR)
    former, territory = site.territory, access.active_territory(territory_id)
    require_role(actor, *MOVERS, Role.ADMINISTRATOR, territory_id=territory.pk)
    if territory != former:
        site.territory = territory
        save_or_refuse(site, update_fields=["territory"])
        leave_segments(site, at=occurred_at)
        tickets = lock_tickets(Ticket.objects.filter(site=site))
        _hand_over(tickets, site, former=former, actor=actor, occurred_at=occurred_at, reason=reason)
    return site


@command
def move_ticket(*, actor: Actor, occurred_at: datetime, ticket_id: UUID, site_id: UUID, reason: str) -> Ticket:
    """The complaint is about another site, perhaps of another territory, whose desk then looks after it.

    Its address becomes that of the site, and account and equipment of elsewhere are taken off; the timeline keeps what
    was there. What was repaired and fitted for it was so there, too. At that site already, nothing changes. Raises
    NotFound, Forbidden("role_required") without a say at both ends, Invalid("site_unknown").
    """
    ticket = ticket_to_change(actor, ticket_id, *MOVERS)
    site = access.site_to_stay_at(access.site_to_use(actor, site_id))
    require_role(actor, *MOVERS, territory_id=site.territory_id)
    relocate_ticket(ticket, site, actor=actor, occurred_at=occurred_at, reason=reason)
    take_warranties_along(ticket)
    return ticket


def relocate_ticket(ticket: Ticket, site: Site, *, actor: Actor, occurred_at: datetime, reason: str) -> None:
    """The locked ticket is about this site from now on. Part of commands, which have asked whether the actor may."""
    if ticket.site_id == site.pk:
        return
    there: dict[str, Any] = {"site": site, "complex": site.complex, "address": site.address}
    if ticket.account and ticket.account.site_id != site.pk:
        there["account"] = None
    if ticket.asset and ticket.asset.site_id != site.pk:
        there["asset"] = None
    before = {name: str(getattr(ticket, name) or "") for name in there}
    work.change(ticket, **there)
    changed = {name: [before[name], str(getattr(ticket, name) or "")] for name in there}
    _hand_over(
        [ticket],
        site,
        former=ticket.territory,
        actor=actor,
        occurred_at=occurred_at,
        reason=reason,
        data={"changed": changed},
    )


def _hand_over(
    tickets: Sequence[Ticket],
    site: Site,
    *,
    former: Territory,
    actor: Actor,
    occurred_at: datetime,
    reason: str,
    data: Mapping[str, Any] | None = None,
) -> None:
    """The locked tickets stand where the site stands. Until somebody there takes one on, whoever moved it answers."""
    territory = site.territory
    in_charge = _in_charge(tickets, territory)
    story = {
        "reason": reason,
        "place": str(site),
        "from": former.name,
        "from_id": former.pk,
        "territory": territory.name,
        "territory_zh": territory.name_zh or territory.name,
        **(data or {}),
    }
    for ticket in tickets:
        stays = ticket.responsible_id is None or (ticket.pk, ticket.responsible_id) in in_charge
        work.change(ticket, territory=territory, responsible_id=ticket.responsible_id if stays else _user_id(actor))
        record_event(
            ticket,
            actor=actor,
            occurred_at=occurred_at,
            kind="ticket_moved",
            public=ticket.status in Ticket.OPEN,
            data=story,
        )
    if territory != former:
        part_strays(tickets, actor=actor, occurred_at=occurred_at, reason=reason)
        expect_answers_at(territory.pk, about=[ticket.pk for ticket in tickets])
        open_ones = [ticket for ticket in tickets if ticket.status in Ticket.OPEN]
        tell_of_handing_over(open_ones, site, former=former, reason=reason, actor=actor)


def territory_then(ticket: Ticket, moment: datetime) -> UUID:
    """In which territory the ticket was: from where its next move began, or where it still is."""
    moves = TicketEvent.objects.filter(ticket=ticket, kind="ticket_moved", occurred_at__gt=moment)
    former = moves.order_by("occurred_at", "id").values_list("data__from_id", flat=True).first()
    return UUID(former) if former else ticket.territory_id


def _in_charge(tickets: Sequence[Ticket], territory: Territory) -> set[tuple[UUID, UUID]]:
    """Who answers for which of these tickets and still sees it: as the desk there, or as its technician."""
    desk = set(
        User.objects.filter(holds(DESK, [territory.pk]), responsible_for__in=tickets).values_list("pk", flat=True)
    )
    technicians = technicians_of([ticket.pk for ticket in tickets])
    return {
        (ticket.pk, person)
        for ticket in tickets
        if (person := ticket.responsible_id) and (person in desk or person in technicians.get(ticket.pk, ()))
    }


def _user_id(actor: Actor) -> UUID | None:
    return actor.user.pk if actor.user else None
