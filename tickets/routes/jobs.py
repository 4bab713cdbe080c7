"""The planning of routes, which is the worker's."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync.commands import Actor
from tickets.routes import services


@app.periodic(cron="* * * * * */3")
@app.task(
    name="tickets.plan_routes", queueing_lock="tickets.plan_routes", lock="tickets.plan_routes", pass_context=False
)
def plan_routes(timestamp: int) -> None:
    """Make the plans that were asked for, one after the other: each takes a processor for up to a minute."""
    while services.plan_next(at=now()):
        pass


@app.periodic(cron="41 * * * *")
@app.task(name="tickets.forget_route_plans", queueing_lock="tickets.forget_route_plans", pass_context=False)
def forget_route_plans(timestamp: int) -> None:
    """Remove those whose day is long over."""
    services.forget_expired(actor=Actor.system(), occurred_at=now())
