"""Periodic work on complaints about staff."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from tickets.staff_complaints import sweeping


@app.periodic(cron="* * * * *")
@app.task(name="tickets.sweep_staff_complaints", queueing_lock="tickets.sweep_staff_complaints", pass_context=False)
def sweep_staff_complaints(timestamp: int) -> None:
    """Give the warnings that are due, every minute."""
    sweeping.sweep_staff_complaints(at=now())
