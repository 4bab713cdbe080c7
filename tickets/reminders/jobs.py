"""Periodic work on reminders; those of bills are in `tickets/bills/jobs.py`."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync.commands import Actor
from tickets.reminders.appointments import remind_of_appointments
from tickets.reminders.contracts import remind_of_contracts
from tickets.reminders.warranties import remind_of_warranties


@app.periodic(cron="*/10 * * * *")
@app.task(name="tickets.remind_of_appointments", queueing_lock="tickets.remind_of_appointments")
def remind_of_coming_visits(timestamp: int | None = None) -> None:
    """Remind of visits of the next day."""
    while remind_of_appointments(actor=Actor.system(), occurred_at=now()):
        pass


@app.periodic(cron="31 * * * *")
@app.task(name="tickets.remind_of_contracts", queueing_lock="tickets.remind_of_contracts")
def remind_of_ending_contracts(timestamp: int | None = None) -> None:
    """Remind of contracts that are about to end."""
    while remind_of_contracts(actor=Actor.system(), occurred_at=now()):
        pass


@app.periodic(cron="33 * * * *")
@app.task(name="tickets.remind_of_warranties", queueing_lock="tickets.remind_of_warranties")
def remind_of_ending_warranties(timestamp: int | None = None) -> None:
    """Remind of warranties that are about to end."""
    while remind_of_warranties(actor=Actor.system(), occurred_at=now()):
        pass
