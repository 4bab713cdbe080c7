"""What becomes of an outage when its main ticket is resolved, or given up."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sync import work
from tickets.complaints.models import Ticket
from tickets.outages.models import Outage


def main_ticket_resolved(main: Ticket, *, at: datetime) -> None:
    """The outage is over, if this was the ticket on which we worked."""
    outage = _led_by(main)
    if outage is not None:
        work.change(outage, status=Outage.Status.RESOLVED, resolved_at=at)


def main_ticket_given_up(main: Ticket, heir: Ticket | None, *, at: datetime) -> None:
    """Another ticket leads; where nobody has the fault any more, the outage is over."""
    outage = _led_by(main)
    if outage is not None and heir is not None:
        work.change(outage, main=heir)
    elif outage is not None:
        work.change(outage, status=Outage.Status.RESOLVED, resolved_at=at)


def read_outages(tickets: Collection[Ticket]) -> None:
    """Read together the causes of which these locked tickets are a part, for the commands that will end them."""
    causes = {t.outage_id for t in tickets if t.outage_id and not work.remembers(_key(t.outage_id))}
    if causes:
        for outage in Outage.objects.filter(pk__in=causes):
            work.remember(_key(outage.pk), outage)


def _led_by(main: Ticket) -> Outage | None:
    """No outage gets or loses its main ticket while that is locked."""
    if main.outage_id is None:
        return None
    read_outages([main])
    outage: Outage = work.recall(_key(main.outage_id))
    return outage if outage.main_id == main.pk and outage.status == Outage.Status.ACCEPTED else None


def _key(outage_id: UUID) -> tuple[str, UUID]:
    return "outage", outage_id
