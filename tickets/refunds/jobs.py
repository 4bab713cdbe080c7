"""Periodic work on refunds."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from tickets.refunds.repaying import doubt_the_silent, send_repayments


@app.periodic(cron="* * * * * */5")
@app.task(name="tickets.send_repayments", queueing_lock="tickets.send_repayments")
def send_waiting_repayments(timestamp: int | None = None) -> None:
    """Let the provider give back what customers wait for."""
    send_repayments(at=now())


@app.periodic(cron="47 * * * *")
@app.task(name="tickets.doubt_silent_repayments", queueing_lock="tickets.doubt_silent_repayments")
def doubt_silent_repayments(timestamp: int | None = None) -> None:
    """Let somebody ask the provider about what it has not confirmed."""
    doubt_the_silent(at=now())
