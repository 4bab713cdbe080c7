"""Periodic work on bills."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync.commands import Actor
from tickets.bills.services import BATCH, bill_what_is_done, remind_of_bills


@app.periodic(cron="* * * * *")
@app.task(name="tickets.bill_what_is_done", queueing_lock="tickets.bill_what_is_done")
def bill_resolved_tickets(timestamp: int | None = None) -> None:
    """Bill what customers agreed to and what was done."""
    while bill_what_is_done(actor=Actor.system(), occurred_at=now()) == BATCH:
        pass


@app.periodic(cron="37 * * * *")
@app.task(name="tickets.remind_of_bills", queueing_lock="tickets.remind_of_bills")
def remind_of_unpaid_bills(timestamp: int | None = None) -> None:
    """Remind of bills that are about to fall due, or have."""
    while remind_of_bills(actor=Actor.system(), occurred_at=now()):
        pass
