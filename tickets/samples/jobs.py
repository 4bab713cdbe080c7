"""Periodic work on samples."""

from procrastinate.contrib.django import app

from accounts.models import Territory
from fieldsvc.time import now
from sync.commands import Actor
from tickets.samples.services import draw_weekly


@app.periodic(cron="23 * * * *")
@app.task(name="tickets.draw_samples", queueing_lock="tickets.draw_samples")
def draw_samples(timestamp: int | None = None) -> None:
    """Draw the sample of last week in each territory, once it is over there."""
    for territory_id in Territory.objects.filter(is_active=True).values_list("pk", flat=True):
        draw_weekly(actor=Actor.system(), occurred_at=now(), territory_id=territory_id)
