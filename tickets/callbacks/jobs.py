"""Periodic work on callbacks."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from tickets.callbacks import sweeping


@app.periodic(cron="* * * * * */5")
@app.task(name="tickets.sweep_callbacks", queueing_lock="tickets.sweep_callbacks", pass_context=False)
def sweep_callbacks(timestamp: int) -> None:
    """Give the warnings that are due, every five seconds."""
    sweeping.sweep_callbacks(at=now())
