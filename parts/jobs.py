"""Periodic work on parts."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from parts.papers import archive_ended
from sync.commands import Actor


@app.periodic(cron="27 * * * *")
@app.task(name="parts.archive_ended", queueing_lock="parts.archive_ended")
def archive_ended_papers(timestamp: int | None = None) -> None:
    """Take what ended long ago off phones and desks."""
    while archive_ended(actor=Actor.system(), occurred_at=now()):
        pass
