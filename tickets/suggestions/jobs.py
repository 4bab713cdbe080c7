"""Automatic dispatch, which is the worker's."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from tickets.suggestions.dispatching import dispatch_waiting


@app.periodic(cron="* * * * * */15")
@app.task(
    name="tickets.auto_dispatch",
    queueing_lock="tickets.auto_dispatch",
    lock="tickets.auto_dispatch",
    pass_context=False,
)
def auto_dispatch(timestamp: int) -> None:
    """Send somebody to each ticket that waits for it."""
    dispatch_waiting(at=now())
