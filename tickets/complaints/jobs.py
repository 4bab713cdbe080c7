"""Periodic work on tickets."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync.commands import Actor
from tickets.complaints.services import BATCH, archive_ended, close_unconfirmed


@app.periodic(cron="* * * * *")
@app.task(name="tickets.close_unconfirmed", queueing_lock="tickets.close_unconfirmed")
def close_unconfirmed_tickets(timestamp: int | None = None) -> None:
    """Close what the resident has not answered in time."""
    while close_unconfirmed(actor=Actor.system(), occurred_at=now()) == BATCH:
        pass


@app.periodic(cron="7 * * * *")
@app.task(name="tickets.archive_ended", queueing_lock="tickets.archive_ended")
def archive_ended_tickets(timestamp: int | None = None) -> None:
    """Take what ended long ago off phones and desks."""
    while archive_ended(actor=Actor.system(), occurred_at=now()):
        pass
