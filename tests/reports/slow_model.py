"""The formulas of docs/reports.md once more, ticket by ticket in plain Python, without sums and without SQL."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tickets.callbacks.models import Callback
from tickets.clock.models import TicketClock
from tickets.complaints.models import Rating, Ticket, TicketEvent
from tickets.ratings.models import VisitRating
from tickets.reports.formulas import METRICS
from tickets.visits.models import Visit

Told = dict[str, list[float]]
"""Of each metric, what every ticket, clock or visit of which it speaks contributes: its value is the mean."""
ENDS_OF_HOLDS = (
    "ticket_resumed",
    "visit_dispatched",
    "technician_travelling",
    "technician_arrived",
    "ticket_resolved",
    "ticket_resolved_remotely",
    "ticket_joined",
    "ticket_separated",
    "main_dispatched",
    "main_begun",
    "ticket_cancelled",
)
PLANNING = ("visit_scheduled", "visit_dispatched", "visit_accepted")


def day_of(ticket: Ticket) -> date:
    """The day of the report where the ticket is."""
    return ticket.reported_at.astimezone(ZoneInfo(ticket.territory.time_zone)).date()


def week_of(ticket: Ticket) -> date:
    """The Monday before."""
    return day_of(ticket) - timedelta(days=day_of(ticket).weekday())


def month_of(ticket: Ticket) -> date:
    """The first of the month."""
    return day_of(ticket).replace(day=1)


def _elapsed(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds() // 1))


def tell(tickets: Iterable[Ticket]) -> tuple[dict[str, int], Told]:
    """Counts and contributions of these tickets."""
    counts: dict[str, int] = dict.fromkeys(("tickets", "open", "cancelled", "resolved", "reopenings"), 0)
    told: Told = defaultdict(list)
    for ticket in tickets:
        _tell_ticket(ticket, counts, told)
        for clock in TicketClock.objects.filter(ticket=ticket):
            _tell_clock(clock, told)
        for callback in Callback.objects.filter(ticket=ticket):
            if decided_at := callback.first_called_at or callback.ended_at:
                in_time = decided_at <= callback.first_due_at
                told["callbacks_kept"].extend([in_time] if callback.first_called_at or not in_time else [])
        for visit in Visit.objects.filter(ticket=ticket).exclude(status="cancelled"):
            if visit.travelling_at and visit.arrived_at:
                told["travel_seconds"].append(_elapsed(visit.travelling_at, visit.arrived_at))
            if visit.arrived_at and visit.completed_at:
                told["repair_seconds"].append(_elapsed(visit.arrived_at, visit.completed_at))
            if visit.status in ("completed", "incomplete"):
                _tell_help(visit, told)
    return counts, told


def _tell_ticket(ticket: Ticket, counts: dict[str, int], told: Told) -> None:
    events = list(TicketEvent.objects.filter(ticket=ticket))
    visits = list(Visit.objects.filter(ticket=ticket).exclude(status="cancelled"))
    rating = Rating.objects.filter(ticket=ticket).first()
    resolved = ticket.status in ("resolved", "closed")
    reopenings = sum(event.kind == "ticket_reopened" for event in events)
    counts["tickets"] += 1
    counts["resolved"] += resolved
    counts["cancelled"] += ticket.status == "cancelled"
    counts["open"] += not resolved and ticket.status not in ("cancelled", "merged")
    counts["reopenings"] += reopenings
    told["repeats"].append(ticket.repeats is not None)
    if planned := [event.occurred_at for event in events if event.kind in PLANNING]:
        told["schedule_seconds"].append(_elapsed(ticket.reported_at, min(planned)))
    if resolved:
        told["solved_remotely"].append(ticket.resolved_remotely)
        told["resolution_seconds"].append(_elapsed(ticket.reported_at, ticket.resolved_at or ticket.reported_at))
        _tell_holds(ticket, told)
    if resolved or reopenings or rating:
        told["reopened"].append(reopenings > 0)
        told["rating_coverage"].append(rating is not None)
    if rating:
        told["rating"].append(rating.score)
        told["satisfied"].append(rating.score in (4, 5))
    if any(visit.status == "completed" for visit in visits):
        attended = [visit for visit in visits if visit.arrived_at]
        told["first_time_fix"].append(len(attended) < 2 and not reopenings)


def _tell_holds(ticket: Ticket, told: Told) -> None:
    """Goes through the timeline as we heard of it, with what the ticket is on hold for in hand."""
    assert ticket.resolved_at
    waited = {"uncontrollable": 0, "otherwise_held": 0}
    held: TicketEvent | None = None
    for event in TicketEvent.objects.filter(ticket=ticket, kind__in=["ticket_held", *ENDS_OF_HOLDS]).order_by("id"):
        if held:
            waited[_whose(held)] += _held_for(ticket, held, event.occurred_at)
        held = event if event.kind == "ticket_held" else None
    if held:
        waited[_whose(held)] += _held_for(ticket, held, ticket.resolved_at)
    for name, seconds in waited.items():
        told[f"{name}_seconds"].extend([seconds] if seconds else [])
    all_in_all = _elapsed(ticket.reported_at, ticket.resolved_at)
    told["controllable_seconds"].append(max(0, all_in_all - waited["uncontrollable"]))


def _whose(held: TicketEvent) -> str:
    return "otherwise_held" if held.data["reason"] == "other" else "uncontrollable"


def _held_for(ticket: Ticket, held: TicketEvent, ended_at: datetime) -> int:
    assert ticket.resolved_at
    return _elapsed(max(held.occurred_at, ticket.reported_at), min(ended_at, ticket.resolved_at))


def _tell_help(visit: Visit, told: Told) -> None:
    said = VisitRating.objects.filter(visit=visit).first()
    told["technician_coverage"].append(said is not None)
    if said:
        told["technician_rating"].append(said.score)
        told["technician_satisfied"].append(said.score in (4, 5))


def _tell_clock(clock: TicketClock, told: Told) -> None:
    names = {"callback": ("", ""), "result_told": ("result_told_in_target", "")}
    in_target, in_limit = names.get(clock.target, (f"{clock.target}_in_target", f"{clock.target}_in_limit"))
    if in_target and (clock.target_missed or clock.met_at):
        told[in_target].append(not clock.target_missed)
    if in_limit and (clock.limit_missed or clock.met_at):
        told[in_limit].append(not clock.limit_missed)
    if clock.target == "first_reply" and clock.met_at:
        told["first_reply_seconds"].append(_elapsed(clock.started_at, clock.met_at))


def measures(tickets: Iterable[Ticket]) -> dict[str, Any]:
    """What a row of the report has to say of these tickets."""
    counts, told = tell(tickets)
    answer: dict[str, Any] = dict(counts)
    for metric in METRICS:
        values = told[metric.name]
        answer[metric.name] = {"value": sum(values) / len(values) if values else None, "of": len(values)}
        if metric.name.endswith("_seconds"):
            answer[metric.name] |= {"median": percentile(values, 50), "p90": percentile(values, 90)}
    return answer


def percentile(values: list[float], percent: int) -> float | None:
    """By the nearest rank: the least of them that so many of a hundred do not exceed."""
    return sorted(values)[-(-percent * len(values) // 100) - 1] if values else None


def by(tickets: Iterable[Ticket], *groups: Callable[[Ticket], Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The rows of the report."""
    found: dict[tuple[Any, ...], list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        found[tuple(group(ticket) for group in groups)].append(ticket)
    return {key: measures(group) for key, group in found.items()}
