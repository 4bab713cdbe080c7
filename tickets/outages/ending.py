"""What becomes of an outage when its main ticket is resolved, or given up."""

from datetime import datetime

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


def _led_by(main: Ticket) -> Outage | None:
    if main.outage_id is None:
        return None
    return Outage.objects.filter(pk=main.outage_id, main=main, status=Outage.Status.ACCEPTED).first()
