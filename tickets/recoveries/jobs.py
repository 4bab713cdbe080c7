"""Periodic work of recoveries."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync.commands import Actor
from tickets.recoveries import services


@app.periodic(cron="* * * * *")
@app.task(name="tickets.recover_due", queueing_lock="tickets.recover_due", pass_context=False)
def recover_due(timestamp: int) -> None:
    """Let in those for whom nobody has said no in time, every minute."""
    while services.recover_due(actor=Actor.system(), occurred_at=now()) == services.PORTION:
        pass
