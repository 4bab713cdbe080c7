"""What an import has brought of one fault more than once: by the very rules of intake, counted and not decided.

Requests of another time propose no outage and are linked with nothing; a repeat points to what it repeats.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sync import work
from sync.commands import Actor, command
from tickets.complaints.models import Ticket
from tickets.duplicates.selectors import Report, failed_repairs, possible_duplicates
from tickets.outages.proposing import crowd_of


@dataclass(slots=True)
class Found:
    """How many tickets may be a second report of a fault, and how many repeat one that was resolved; how many outages.

    Of two reports of a fault the later one counts. `outages` holds how many tickets each outage has, by its cause.
    """

    duplicates: int = 0
    repeats: int = 0
    outages: Counter[tuple[str, ...]] = field(default_factory=Counter)


@command
def relate(found: Found, *, actor: Actor, ticket_ids: Collection[UUID]) -> None:
    """Count these tickets, which were just imported, after all of the import is there."""
    tickets = Ticket.objects.filter(pk__in=ticket_ids).select_related("service_type")
    for ticket in tickets.order_by("reported_at", "pk"):
        report = Report.of(ticket)
        before = [
            row for row in possible_duplicates(report) if (row.reported_at, row.pk) < (ticket.reported_at, ticket.pk)
        ]
        found.duplicates += bool(before)
        repeated = failed_repairs(report).first()
        if repeated is not None:
            found.repeats += 1
            work.change(ticket, repeats=repeated)
        if ticket.area and crowd_of(ticket) >= ticket.service_type.outage_tickets:
            found.outages[str(ticket.territory_id), ticket.service_type.code, ticket.fault, ticket.area] += 1
