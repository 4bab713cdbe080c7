"""From routes to what people read: stops with their times, what would be promised to whom, and what it costs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from tickets.routes.driving import drive, drives, figures
from tickets.routes.ground import Ground, LeftOut
from tickets.routes.models import PlannedStop, RoutePlan
from tickets.routes.nearest import nearest_first
from tickets.routes.problem import Routes

Change = PlannedStop.Change
GRIDS = (timedelta(minutes=15), timedelta(minutes=5), timedelta(minutes=1))
"""Windows are promised by the quarter of an hour; where visits are too short for that, more exactly."""


def stops_of(plan: RoutePlan, ground: Ground, routes: Routes) -> list[PlannedStop]:
    """All stops of all technicians, one technician after the other. Not saved."""
    stops: list[PlannedStop] = []
    for technician_id, numbers in _by_technician(ground).items():
        mine: list[PlannedStop] = []
        for number in numbers:
            mine += _happening(ground, number)
            mine += _together(_driven(ground, routes, number))
        _promise([stop for stop in mine if stop.ticket_id and not stop.fixed])
        for stop in mine:
            stop.plan, stop.technician_id, stop.position = plan, technician_id, len(stops)
            stops.append(stop)
    return stops


def _by_technician(ground: Ground) -> Mapping[UUID, list[int]]:
    crews: dict[UUID, list[int]] = defaultdict(list)
    for number, hours in enumerate(ground.hours):
        crews[hours.window.technician_id].append(number)
    return crews


def _happening(ground: Ground, number: int) -> Iterator[PlannedStop]:
    for now in ground.hours[number].happening:
        visit = now.visit
        yield PlannedStop(
            ticket=visit.ticket,
            visit=visit,
            fixed=True,
            arrives_at=now.arrives_at,
            begins_at=now.arrives_at,
            leaves_at=now.leaves_at,
            late_seconds=_seconds_after(now.arrives_at, visit.window_end),
            **_as_it_was(visit),
        )


def _driven(ground: Ground, routes: Routes, number: int) -> Iterator[PlannedStop]:
    technician_id = ground.hours[number].window.technician_id
    for stop in drive(ground.problem, ground.problem.crews[number], routes[number]).stops:
        times: dict[str, Any] = {
            "travel_seconds": stop.travel_s,
            "travel_metres": stop.metres,
            "arrives_at": ground.moment(stop.arrives_s),
            "begins_at": ground.moment(stop.begins_s),
            "leaves_at": ground.moment(stop.leaves_s),
            "late_seconds": stop.late_s,
        }
        if stop.fetches is not None:
            yield PlannedStop(**times, **_fetched(ground, stop.fetches))
            continue
        if stop.task is None:
            yield PlannedStop(**times)
            continue
        work = ground.work[stop.task]
        stays = work.stays(ground.territory)
        was = _as_it_was(work.visit) if work.visit else {}
        yield PlannedStop(
            ticket=work.ticket,
            visit=work.visit,
            fixed=stays,
            change=_change(work.visit, technician_id, times["begins_at"]) if not stays else Change.NONE,
            **times,
            **was,
            **_fetched(ground, stop.task),
        )


def _fetched(ground: Ground, task: int) -> dict[str, Any]:
    """From where something is fetched for it, and what."""
    found = ground.fetched.get(ground.work[task].ticket.pk)
    if found is None:
        return {}
    parts = [
        {"part_id": str(part.part_id), "number": part.number, "quantity": f"{part.quantity.normalize():f}"}
        for part in found.parts
        if part.quantity is not None
    ]
    return {"depot": found.counter.depot, "parts": parts}


def _together(stops: Iterable[PlannedStop]) -> Iterator[PlannedStop]:
    """What is fetched at one place at once is one stop."""
    before: PlannedStop | None = None
    for stop in stops:
        if before is not None and _fetches(before) and _fetches(stop) and before.depot == stop.depot:
            before.leaves_at = stop.leaves_at
            before.parts = _summed([*before.parts, *stop.parts])
            continue
        yield stop
        before = stop


def _fetches(stop: PlannedStop) -> bool:
    return stop.ticket_id is None and stop.depot_id is not None


def _summed(parts: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Each part once."""
    sums: dict[str, dict[str, str]] = {}
    for part in parts:
        line = sums.setdefault(part["part_id"], {**part, "quantity": "0"})
        line["quantity"] = f"{(Decimal(line['quantity']) + Decimal(part['quantity'])).normalize():f}"
    return list(sums.values())


def _as_it_was(visit: Any) -> dict[str, Any]:
    return {
        "was_technician_id": visit.technician_id,
        "was_status": visit.status,
        "was_window_start": visit.window_start,
        "was_window_end": visit.window_end,
    }


def _seconds_after(moment: datetime, end: datetime) -> int:
    return max(0, round((moment - end).total_seconds()))


def _change(visit: Any, technician_id: UUID, begins_at: datetime) -> str:
    if visit is None:
        return Change.NEW
    if visit.technician_id != technician_id:
        return Change.REASSIGNED
    kept = visit.window_start <= begins_at <= visit.window_end
    return Change.NONE if kept else Change.MOVED


def _promise(stops: Sequence[PlannedStop]) -> None:
    """Say of each visit of one technician what is promised: no two of them at once, and the old window if it can stay.

    A window that stays may be in the way of another; then it becomes the part of itself in which somebody comes.
    """
    for grid in GRIDS:
        spans = [_span(stop, grid) for stop in stops]
        if all(start < end for start, end in spans) and all(before[1] <= after[0] for before, after in pairwise(spans)):
            break
    for stop, span in zip(stops, spans, strict=True):
        stop.window_start, stop.window_end = span
        if stop.change == Change.NONE or (stop.change == Change.REASSIGNED and _lies_within(stop)):
            stop.window_start, stop.window_end = stop.was_window_start, stop.was_window_end
    wide = [
        stop for stop in stops if (stop.window_start, stop.window_end) == (stop.was_window_start, stop.was_window_end)
    ]
    while crowded := [stop for stop in wide if any(_overlap(stop, other) for other in stops if other is not stop)]:
        for stop in crowded:
            stop.window_start, stop.window_end = spans[stops.index(stop)]
            if stop.change == Change.NONE:
                stop.change = Change.NARROWED
            wide.remove(stop)


def _span(stop: PlannedStop, grid: timedelta) -> tuple[datetime, datetime]:
    """When somebody is there, by the grid; a promise that is kept does not begin before it did."""
    start, end = _floor(stop.begins_at, grid), _floor(stop.leaves_at, grid)
    return max(start, stop.was_window_start) if stop.was_window_start and _lies_within(stop) else start, end


def _lies_within(stop: PlannedStop) -> bool:
    return bool(
        stop.was_window_start and stop.was_window_end and stop.was_window_start <= stop.begins_at <= stop.was_window_end
    )


def _floor(moment: datetime, grid: timedelta) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // grid * grid


def _overlap(one: PlannedStop, other: PlannedStop) -> bool:
    return bool(
        one.window_start
        and one.window_end
        and other.window_start
        and other.window_end
        and one.window_start < other.window_end
        and other.window_start < one.window_end
    )


def left_out(ground: Ground, routes: Routes) -> list[dict[str, Any]]:
    """Everything that is not in these routes, with the reason, as JSON."""
    done = {task for tasks in routes for task in tasks}
    without_time = [
        LeftOut(work.ticket.pk, work.visit.pk if work.visit else None, "no_time")
        for number, work in enumerate(ground.work)
        if number not in done
    ]
    return [
        {
            "ticket_id": str(item.ticket_id),
            "visit_id": str(item.visit_id) if item.visit_id else None,
            "reason": item.reason,
            "missing": list(item.missing),
        }
        for item in [*ground.left_out, *without_time]
    ]


def compared(ground: Ground, routes: Routes) -> dict[str, dict[str, Any]]:
    """What it costs: this plan, what is planned at present (without what nobody has planned), and nearest-first."""
    every = {"plan": routes, "present": ground.present_routes(), "nearest_first": nearest_first(ground.problem)}
    return {name: _figures(ground, routes) for name, routes in every.items()}


def _figures(ground: Ground, routes: Routes) -> dict[str, Any]:
    cost = asdict(figures(ground.problem, routes))
    busy: dict[UUID, int] = defaultdict(int)
    for hours, seconds in zip(ground.hours, cost.pop("busy_s"), strict=True):
        busy[hours.window.technician_id] += seconds
    windows = technicians = 0
    for number, driven in enumerate(drives(ground.problem, routes)):
        for stop in driven.stops:
            visit = ground.work[stop.task].visit if stop.task is not None else None
            if visit is not None:
                windows += not visit.window_start <= ground.moment(stop.begins_s) <= visit.window_end
                technicians += visit.technician_id != ground.hours[number].window.technician_id
    return {
        "visits": cost["visits"],
        "left_out": cost["left_out"] + len(ground.left_out),
        "travel_seconds": cost["travel_s"],
        "travel_metres": cost["metres"],
        "late": cost["late"],
        "late_seconds": cost["late_s"],
        "overtime_seconds": cost["over_s"],
        "least_busy_seconds": min(busy.values(), default=0),
        "most_busy_seconds": max(busy.values(), default=0),
        "windows_changed": windows,
        "technicians_changed": technicians,
    }
