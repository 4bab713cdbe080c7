"""Periodic work on shifts."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync.commands import Actor
from tickets.visits.shifts import archive_shifts


@app.periodic(cron="17 * * * *")
@app.task(name="tickets.archive_shifts", queueing_lock="tickets.archive_shifts")
def archive_shift_events(timestamp: int | None = None) -> None:
    """Take what was clocked long ago off phones and desks."""
    while archive_shifts(actor=Actor.system(), occurred_at=now()):
        pass
