"""Commands: have a day planned, stop that, and the planning itself, which is the worker's. See `accepting.py`, too."""

import time
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import Q

from accounts.people.access import require_administrator
from fieldsvc.errors import Conflict, Invalid, must_exist
from fieldsvc.time import now
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import made_before
from sync.sql import execute
from tickets.routes import access, proposals
from tickets.routes.ground import Ground, day_of, read_ground, tickets_to_plan, visits_to_plan, windows_of
from tickets.routes.models import DepotCounter, PlannedStop, RoutePlan
from tickets.routes.problem import Routes
from tickets.routes.telling import tell_asker

Status = RoutePlan.Status

MOST_SECONDS = 60
"""A dispatcher waits for it."""
MOST_VISITS = 400
MOST_SHIFTS = 60
"""What is found in a minute, in a few hundred megabytes."""
FURTHEST = timedelta(days=31)
KEPT_FOR = timedelta(days=7)
"""After its day, a plan can be looked at for so long."""
LEASE = timedelta(minutes=2)
"""Whoever plans and has not been heard of for so long is taken for dead."""
MOST_ATTEMPTS = 3
COMPARING_S = 2
"""What it takes to say what it costs and to write it down."""

log = structlog.get_logger(__name__)


class Taken(Exception):
    """Nobody wants this plan any more, or somebody else makes it."""


@command
def ask_plan(
    *,
    actor: Actor,
    occurred_at: datetime,
    territory_id: UUID,
    day: date,
    id: UUID | None = None,
    seconds: int = MOST_SECONDS,
    parts_required: bool = False,
) -> RoutePlan:
    """Have a day of a territory planned by the worker. While one is being made, that is it.

    Raises Invalid("day_not_plannable") for one that is over or too far away, Conflict("nobody_at_work"),
    Conflict("nothing_to_plan"), Conflict("plan_too_large") with limits and how much there is, Conflict("id_taken").
    """
    territory = access.territory_to_plan(actor, territory_id)
    before = made_before(RoutePlan, id, territory_id=territory.pk, day=day)
    if before is not None:
        return before
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"route plans:{territory.pk}"])  # one at a time
    start, end = day_of(territory, day)
    if end <= occurred_at or start > occurred_at + FURTHEST:
        raise Invalid("day_not_plannable", f"Choose today or one of the next {FURTHEST.days} days.", field="day")
    under_way = RoutePlan.objects.filter(territory=territory, day=day, status__in=RoutePlan.UNDER_WAY).first()
    if under_way is not None:
        return under_way
    windows = windows_of(territory, day, at=occurred_at)
    technicians = {window.technician_id for window in windows}
    if not technicians:
        raise Conflict("nobody_at_work", "Publish the shifts of that day first.")
    visits = visits_to_plan(territory, day, technicians).count() + tickets_to_plan(territory, day).count()
    if not visits:
        raise Conflict("nothing_to_plan", "No visit is planned that day, and no ticket waits to be planned.")
    if visits > MOST_VISITS or len(windows) > MOST_SHIFTS:
        raise Conflict(
            "plan_too_large",
            "That is more than can be planned at once. Plan it by smaller territories.",
            visits=visits,
            visits_limit=MOST_VISITS,
            shifts=len(windows),
            shifts_limit=MOST_SHIFTS,
        )
    return RoutePlan.objects.create(
        pk=id or uuid7(),
        territory=territory,
        day=day,
        seconds_allowed=seconds,
        parts_required=parts_required,
        asked_by=actor.user,
        asked_at=occurred_at,
        visits=visits,
        expires_at=end + KEPT_FOR,
    )


@command
def cancel_plan(*, actor: Actor, occurred_at: datetime, plan_id: UUID) -> RoutePlan:
    """Nobody waits for it any more; the worker notices within a second. Raises Conflict("plan_has_ended")."""
    plan = access.plan_to_decide(actor, plan_id)
    if plan.status == Status.CANCELLED:
        return plan
    if plan.status not in RoutePlan.UNDER_WAY:
        raise Conflict("plan_has_ended", "It is made already. What is not accepted changes nothing.")
    plan.status, plan.ended_at = Status.CANCELLED, occurred_at
    plan.save(update_fields=["status", "ended_at"])
    return plan


@command
def set_depot_counter(
    *, actor: Actor, occurred_at: datetime, depot_id: UUID, latitude: float, longitude: float, minutes: int
) -> DepotCounter:
    """Plans may lead by way of this depot from now on. Raises Invalid("depot_not_known")."""
    require_administrator(actor)
    depot = access.depot_to_drive_to(depot_id)
    told = {"latitude": latitude, "longitude": longitude, "minutes": minutes}
    counter, _ = DepotCounter.objects.update_or_create(depot=depot, defaults=told)
    return counter


@command
def remove_depot_counter(*, actor: Actor, occurred_at: datetime, counter_id: UUID) -> None:
    """No plan leads there any more. Raises NotFound."""
    require_administrator(actor)
    must_exist(DepotCounter.objects.filter(pk=counter_id).first()).delete()


def plan_next(*, at: datetime) -> bool:
    """Make one of the plans that wait, if there is one. Any number of workers may do this at once.

    It holds no lock while it thinks: what happens meanwhile is found when somebody accepts. A worker that dies over it
    is followed by another.
    """
    from tickets.routes import solver  # 25 MB that only a worker needs

    plan = _take(occurred_at=at)
    if plan is None:
        return False
    begun = time.monotonic()
    try:
        ground = read_ground(plan.territory, plan.day, at=now(), parts_required=plan.parts_required)
        routes = solver.plan(
            ground.problem,
            seconds=max(1.0, plan.seconds_allowed - COMPARING_S - (time.monotonic() - begun)),
            tell=lambda passed, left_out: _tell(plan, int(passed), left_out + len(ground.left_out)),
        )
    except Taken:
        return True
    except Exception as error:
        log.exception("route_plan_failed", plan=str(plan.pk), attempt=plan.attempts)
        RoutePlan.objects.filter(pk=plan.pk).update(last_error=type(error).__name__)
        return True
    _finish(actor=Actor.system(), occurred_at=now(), plan=plan, ground=ground, routes=routes)
    return True


@command
def _take(*, occurred_at: datetime) -> RoutePlan | None:
    lost = Q(status=Status.PLANNING, held_at__lte=occurred_at - LEASE)
    wanted = RoutePlan.objects.filter(Q(status=Status.WAITING) | lost)
    for given_up in wanted.filter(attempts__gte=MOST_ATTEMPTS).select_for_update(skip_locked=True):
        given_up.status, given_up.ended_at = Status.FAILED, occurred_at
        given_up.save(update_fields=["status", "ended_at"])
        tell_asker(given_up, actor=Actor.system(), kind="route_plan_failed")
    plan = wanted.order_by("asked_at").select_for_update(skip_locked=True).first()
    if plan is not None:
        plan.status, plan.held_at, plan.attempts = Status.PLANNING, occurred_at, plan.attempts + 1
        plan.save(update_fields=["status", "held_at", "attempts"])
    return plan


def _tell(plan: RoutePlan, seconds: int, left_out: int) -> None:
    """How far it is, once a second. Raises Taken."""
    if seconds == plan.seconds and plan.best_left_out is not None:
        return
    ours = RoutePlan.objects.filter(pk=plan.pk, status=Status.PLANNING, held_at=plan.held_at)
    plan.seconds, plan.best_left_out, plan.held_at = seconds, left_out, now()
    if not ours.update(seconds=seconds, best_left_out=left_out, held_at=plan.held_at):
        raise Taken


@command
def _finish(*, actor: Actor, occurred_at: datetime, plan: RoutePlan, ground: Ground, routes: Routes) -> None:
    left_out = proposals.left_out(ground, routes)
    made = RoutePlan.objects.filter(pk=plan.pk, status=Status.PLANNING, held_at=plan.held_at).update(
        status=Status.READY,
        ended_at=occurred_at,
        as_of=ground.as_of,
        visits=len(ground.work) + len(ground.left_out),
        best_left_out=len(left_out),
        travel_source=ground.travel_source,
        figures=proposals.compared(ground, routes),
        left_out=left_out,
    )
    if made:
        PlannedStop.objects.bulk_create(proposals.stops_of(plan, ground, routes))
        tell_asker(plan, actor=actor, kind="route_plan_ready", left_out=len(left_out) or None)


@command
def forget_expired(*, actor: Actor, occurred_at: datetime) -> int:
    """Remove the plans whose day is long over; returns how many. What was accepted stands in the visits."""
    expired = RoutePlan.objects.filter(expires_at__lte=occurred_at)
    count = expired.count()
    expired.delete()
    return count
