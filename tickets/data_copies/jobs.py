"""Periodic work of copies."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync.commands import Actor
from tickets.data_copies import services


@app.periodic(cron="* * * * * */5")
@app.task(name="tickets.make_data_copies", queueing_lock="tickets.make_data_copies", pass_context=False)
def make_data_copies(timestamp: int) -> None:
    """Make the copies that people have asked for."""
    while services.make_next(at=now()):
        pass


@app.periodic(cron="23 * * * *")
@app.task(name="tickets.forget_data_copies", queueing_lock="tickets.forget_data_copies", pass_context=False)
def forget_data_copies(timestamp: int) -> None:
    """Remove those whose time is over, every hour."""
    services.forget_expired(actor=Actor.system(), occurred_at=now())
