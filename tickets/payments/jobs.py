"""Periodic work on payments."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from tickets.payments.services import make_links


@app.periodic(cron="* * * * * */5")
@app.task(name="tickets.make_payment_links", queueing_lock="tickets.make_payment_links")
def make_payment_links(timestamp: int | None = None) -> None:
    """Get the links that customers wait for."""
    make_links(at=now())
