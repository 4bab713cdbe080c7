"""Periodic work on the plan."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync.commands import Actor
from tickets.shifts.services import archive_plan


@app.periodic(cron="19 * * * *")
@app.task(name="tickets.archive_plan", queueing_lock="tickets.archive_plan")
def archive_plan_of_long_ago(timestamp: int | None = None) -> None:
    """Take shifts and absences of long ago off the phones."""
    while archive_plan(actor=Actor.system(), occurred_at=now()):
        pass
