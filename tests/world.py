"""A small world to play histories in: a kind of service, a site, tickets with visits, vans with parts in them."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import count

from accounts.models import User
from fieldsvc.time import now
from parts.models import Location, Part, StockBalance
from parts.stock.services import receive_parts
from sync.commands import Actor, command
from tests.people import People
from tickets.clock.defaults import ensure_default_policy
from tickets.complaints.services import open_ticket, triage_ticket
from tickets.models import ServiceType, Site, Ticket, Visit
from tickets.visits.services import dispatch_visit


class World:
    """Made through the same commands as everybody's; what is not asked for is not made.

    What takes several commands is one itself: they are the same, and phones are told once, of how it ends, as telling
    them is most of what a command costs.
    """

    def __init__(self, people: People) -> None:
        self.people = people
        self._windows = count()

    @cached_property
    def service_type(self) -> ServiceType:
        return ServiceType.objects.create(
            code="leak",
            name="Leak",
            name_zh="漏水",
            policy=ensure_default_policy(),
            resolution_codes=[{"code": "repaired", "text": "Repaired", "text_zh": "已修复"}],
        )

    @cached_property
    def site(self) -> Site:
        return Site.objects.create(
            territory=self.people.north, complex="Garden Court", address="3-201", latitude=34.24, longitude=108.91
        )

    @command
    def ticket(self, resident: User | None = None) -> Ticket:
        """A triaged complaint of the resident's."""
        agent = Actor(user=self.people.agent)
        ticket = open_ticket(
            actor=agent,
            occurred_at=now(),
            service_type=self.service_type.code,
            details={},
            contact_name="Rosa",
            site_id=self.site.pk,
            resident_id=(resident or self.people.resident).pk,
        )
        return triage_ticket(actor=agent, occurred_at=now(), ticket_id=ticket.pk)

    def window(self) -> tuple[datetime, datetime]:
        """A window that nobody else has been promised."""
        start = now() + timedelta(hours=next(self._windows))
        return start, start + timedelta(minutes=59)

    @command
    def dispatched_visit(self, technician: User | None = None, ticket: Ticket | None = None) -> Visit:
        """A ticket with a visit of the technician's."""
        start, end = self.window()
        return dispatch_visit(
            actor=Actor(user=self.people.dispatcher),
            occurred_at=now(),
            ticket_id=(ticket or self.ticket()).pk,
            technician_id=(technician or self.people.technician).pk,
            window_start=start,
            window_end=end,
        )

    def van(self, technician: User | None = None) -> Location:
        """The technician's van."""
        keeper = technician or self.people.technician
        code = f"VAN-{keeper.username}"
        known = Location.objects.filter(code=code).first()
        return known or Location.objects.create(
            code=code, name=f"Van of {keeper.name}", kind="van", territory=self.people.north, keeper=keeper
        )

    def part(self, number: str, *, aboard: int = 0, technician: User | None = None) -> Part:
        """A part of the catalogue, so many of which lie in the technician's van."""
        part, _ = Part.objects.get_or_create(number=number, defaults={"name": f"Part {number}"})
        if aboard:
            receive_parts(
                actor=Actor(user=self.people.storekeeper),
                occurred_at=now(),
                location_id=self.van(technician).pk,
                lines=[{"part_id": part.pk, "quantity": Decimal(aboard)}],
            )
        return part

    def on_hand(self, part: Part, technician: User | None = None, condition: str = "good") -> int:
        """What the books say lies in the van."""
        balance = StockBalance.objects.filter(part=part, location=self.van(technician), condition=condition).first()
        return int(balance.quantity) if balance else 0
