"""Periodic work on the price list."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync.commands import Actor
from tickets.prices.services import archive_prices


@app.periodic(cron="27 * * * *")
@app.task(name="tickets.archive_prices", queueing_lock="tickets.archive_prices")
def archive_ended_prices(timestamp: int | None = None) -> None:
    """Take prices that ended long ago off phones."""
    while archive_prices(actor=Actor.system(), occurred_at=now()):
        pass
