"""Whoever asked for a plan hears what has become of it."""

from notifications.services import notify
from sync.commands import Actor
from tickets.routes.models import RoutePlan


def tell_asker(plan: RoutePlan, *, actor: Actor, kind: str, left_out: int | None = None) -> None:
    """`route_plan_ready` or `route_plan_failed`; once per plan."""
    territory = plan.territory
    notify(
        actor=actor,
        to=[plan.asked_by],
        kind=kind,
        subject=("route_plans", plan.pk),
        text={
            "territory": territory.name,
            "territory_zh": territory.name_zh or territory.name,
            "day": plan.day.isoformat(),
            "left_out": left_out,
        },
        territory_id=territory.pk,
        dedupe_key=f"{kind}:{plan.pk}",
    )
