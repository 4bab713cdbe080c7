"""Reads: inspections for lists, and a plan before it is saved."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from accounts.models import Territory
from accounts.people.access import require_administrator
from sync.commands import Actor
from sync.rows import with_related
from tickets.inspections.models import Inspection
from tickets.inspections.raising import subjects
from tickets.inspections.recurrence import closed_days, latest, next_occurrences
from tickets.inspections.services import require_plan
from tickets.prices.selectors import day_there


def with_shown(inspections: QuerySet[Inspection]) -> QuerySet[Inspection]:
    """With what is shown of their tickets, in one query."""
    return with_related(inspections, ticket=("reference", "status"))


def preview(*, actor: Actor, occurred_at: datetime, count: int, **terms: Any) -> dict[str, Any]:
    """The next dates of a plan with these terms, and how many tickets it would raise now. Raises as `create_plan`."""
    require_administrator(actor)
    plan = require_plan(terms)
    closed = closed_days(plan)
    places = [plan.territory] if plan.territory else list(Territory.objects.filter(is_active=True))
    wanted = 0
    for place in places:
        due = latest(plan, closed, until=day_there(place, occurred_at) + timedelta(days=plan.lead_days))
        wanted += subjects(plan, place, due).count() if due else 0
    coming = next_occurrences(plan, closed, after=occurred_at.date(), count=count)
    return {"dates": coming, "subjects": wanted}
