"""What an import has brought: faults told more than once, outages, promises kept and missed; counted, not decided.

All by the very rules of intake, and by the very clocks. Requests of another time propose no outage and are linked with
nothing; a repeat points to what it repeats.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sync import work
from sync.commands import Actor, command
from tickets.complaints.models import Ticket
from tickets.duplicates.selectors import Report, failed_repairs, possible_duplicates
from tickets.imports.judging import Standing, promises_kept
from tickets.outages.proposing import crowd_of


@dataclass(slots=True)
class Found:
    """How many tickets may be a second report of a fault, and how many repeat one that was resolved; how many outages.

    Of two reports of a fault the later one counts. `outages` holds how many tickets each outage has, by its cause;
    `promises` how many tickets stand how with each promise, judged in hindsight.
    """

    duplicates: int = 0
    repeats: int = 0
    outages: Counter[tuple[str, ...]] = field(default_factory=Counter)
    promises: Counter[Standing] = field(default_factory=Counter)


@command
def relate(found: Found, *, actor: Actor, occurred_at: datetime, ticket_ids: Collection[UUID]) -> None:
    """Count these tickets, which were just imported, after all of the import is there."""
    imported = Ticket.objects.filter(pk__in=ticket_ids).select_related("service_type")
    tickets = list(imported.order_by("reported_at", "pk"))
    found.promises.update(promises_kept(tickets, at=occurred_at))
    for ticket in tickets:
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
