"""Periodic work of the door for civic apps."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from tickets.open311 import repeats


@app.periodic(cron="29 3 * * *")
@app.task(name="tickets.forget_filed_requests", queueing_lock="tickets.forget_filed_requests", pass_context=False)
def forget_filed_requests(timestamp: int) -> None:
    """Forget by what repeats of requests were told, every night."""
    repeats.forget(at=now())
