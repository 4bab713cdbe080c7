"""Periodic work of households."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync.commands import Actor
from tickets.households import services


@app.periodic(cron="27 3 * * *")
@app.task(name="tickets.forget_binding_codes", queueing_lock="tickets.forget_binding_codes", pass_context=False)
def forget_binding_codes(timestamp: int) -> None:
    """Forget codes whose time is over, every night."""
    services.forget_codes(actor=Actor.system(), occurred_at=now())
