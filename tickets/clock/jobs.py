"""Periodic work of the response clock."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from tickets.clock import services


@app.periodic(cron="* * * * * */5")
@app.task(name="tickets.sweep_clocks", queueing_lock="tickets.sweep_clocks", pass_context=False)
def sweep_clocks(timestamp: int) -> None:
    """Give the warnings that are due, every five seconds."""
    services.sweep(at=now())
