"""Visits in the timeline of their tickets."""

from datetime import datetime
from typing import Any

from sync.commands import Actor
from tickets.complaints.timeline import record_event
from tickets.visits.models import Visit
from tickets.visits.names import first_name


def record(visit: Visit, kind: str, *, actor: Actor, at: datetime, public: bool = True, **data: Any) -> None:
    """Write it into the ticket's timeline. The data of public events must be fit for the resident to read."""
    facts = {"visit_id": visit.pk, "technician": first_name(visit.technician.name), **data}
    record_event(visit.ticket, actor=actor, occurred_at=at, kind=kind, public=public, data=facts)
