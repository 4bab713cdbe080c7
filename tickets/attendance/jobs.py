"""Periodic work on attendance."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from tickets.attendance.services import refresh


@app.periodic(cron="* * * * * */20")
@app.task(name="tickets.refresh_attendance", queueing_lock="tickets.refresh_attendance")
def refresh_attendance(timestamp: int | None = None) -> None:
    """Reckon the days of which something was heard, or for which time has come."""
    while refresh(at=now()):
        pass
