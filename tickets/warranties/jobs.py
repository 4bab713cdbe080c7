"""Periodic work on warranties."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync.commands import Actor
from tickets.warranties.giving import archive_warranties, give_warranties


@app.periodic(cron="* * * * *")
@app.task(name="tickets.give_warranties", queueing_lock="tickets.give_warranties")
def give_new_warranties(timestamp: int | None = None) -> None:
    """Put what was repaired and fitted under warranty."""
    give_warranties(actor=Actor.system(), occurred_at=now())


@app.periodic(cron="29 * * * *")
@app.task(name="tickets.archive_warranties", queueing_lock="tickets.archive_warranties")
def archive_ended_warranties(timestamp: int | None = None) -> None:
    """Take warranties off phones that ended long ago."""
    while archive_warranties(actor=Actor.system(), occurred_at=now()):
        pass
