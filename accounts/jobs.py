"""Periodic work of accounts."""

from datetime import timedelta

from procrastinate.contrib.django import app

from accounts.signin import services
from fieldsvc.time import now

KEPT_AFTER_THE_END = timedelta(days=1)


@app.periodic(cron="17 3 * * *")
@app.task(name="accounts.prune", queueing_lock="accounts.prune", pass_context=False)
def prune(timestamp: int) -> None:
    """Forget codes, counts and tokens that ended more than a day ago; every night."""
    services.prune(before=now() - KEPT_AFTER_THE_END)
