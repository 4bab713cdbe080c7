"""Periodic work on inspections."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync.commands import Actor
from tickets.inspections.models import InspectionPlan, ServiceLife
from tickets.inspections.raising import BATCH, call_off_removed, raise_by_age, raise_by_plan


@app.periodic(cron="47 * * * *")
@app.task(name="tickets.raise_inspections", queueing_lock="tickets.raise_inspections")
def raise_inspections(timestamp: int | None = None) -> None:
    """Raise tickets for what falls due, and call off what is about equipment that is gone."""
    while call_off_removed(actor=Actor.system(), occurred_at=now()) == BATCH:
        pass
    for plan_id in InspectionPlan.objects.values_list("pk", flat=True):
        while raise_by_plan(actor=Actor.system(), occurred_at=now(), plan_id=plan_id) == BATCH:
            pass
    for life_id in ServiceLife.objects.values_list("pk", flat=True):
        while raise_by_age(actor=Actor.system(), occurred_at=now(), life_id=life_id) == BATCH:
            pass
