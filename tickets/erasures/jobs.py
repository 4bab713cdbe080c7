"""Periodic work of erasures."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from tickets.erasures import services


@app.periodic(cron="41 * * * *")
@app.task(name="tickets.erase_due", queueing_lock="tickets.erase_due", pass_context=False)
def erase_due(timestamp: int) -> None:
    """Forget those whose time has come, every hour."""
    services.erase_due(at=now())
