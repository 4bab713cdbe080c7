"""Commands: a plan is accepted as a whole or in part, and taken back as far as nothing has happened since.

Each stop goes through the commands of visits, so that their rules, notices and timelines hold. A stop whose ground has
moved since the plan was made is refused by itself, with what moved and who did it; so is one that would promise its
technician to two places at once because another stop was not accepted. The others are done, all in one transaction, in
which visits may change places: whether their windows overlap is asked when all have moved.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from accounts.models import User
from fieldsvc.errors import Conflict, DomainError, Invalid
from parts.locations.selectors import van_of
from parts.models import Requisition
from parts.requisitions.services import cancel_requisition, submit_requisition
from sync import work
from sync.commands import Actor, command
from sync.rows import locked
from sync.sql import execute
from tickets.complaints.access import lock_tickets
from tickets.complaints.models import Ticket, TicketEvent
from tickets.routes import access
from tickets.routes.models import PlannedStop, RoutePlan
from tickets.shifts.selectors import available
from tickets.visits import services as visits
from tickets.visits.assignment import save_laid_out, technician_to_send
from tickets.visits.fitness import unwanted
from tickets.visits.models import NO_OVERLAP, NOT_TWICE, Visit
from tickets.visits.occupancy import lay_out_days

Change, Decision, Status = PlannedStop.Change, PlannedStop.Status, Visit.Status
Span = tuple[datetime, datetime]

REASON = "Route plan · 路线计划"
"""Of what is given to somebody else, unless the dispatcher says more."""
FETCHED_ON_THE_WAY = "To be fetched on the way · 途中领取:"
NOT_SENT = (Requisition.Status.SUBMITTED, Requisition.Status.APPROVED, Requisition.Status.PARTLY_APPROVED)
"""What was asked for may be taken back."""
NOT_BEGUN = frozenset({Status.SCHEDULED, Status.DISPATCHED})
"""Its technician has not answered yet."""


@command
def accept_plan(
    *,
    actor: Actor,
    occurred_at: datetime,
    plan_id: UUID,
    technician_ids: Collection[UUID] | None = None,
    stop_ids: Collection[UUID] | None = None,
    reason: str = REASON,
) -> list[PlannedStop]:
    """Do what the plan says: all of it, the days of some technicians, or single stops. Answers what became of each.

    What is accepted already stays so. Raises Conflict("plan_not_ready"), Invalid("stop_unknown").
    """
    plan = access.plan_to_decide(actor, plan_id)
    if plan.status != RoutePlan.Status.READY:
        raise Conflict("plan_not_ready", "Wait until it is made, or ask for another.", plan_status=plan.status)
    chosen = _chosen(plan, technician_ids, stop_ids)
    open_to = [stop for stop in chosen if _is_to_do(stop) and stop.status != Decision.ACCEPTED]
    ground = _Ground(open_to, lambda stop: stop.visit_id)
    refused = dict(_moved_ground(plan, open_to, ground))
    asked = {stop.pk: _span(stop.window_start, stop.window_end) for stop in open_to}
    arrives = _arrivals_at_depots(plan, open_to)
    _refuse_overlaps(open_to, ground, asked, lambda stop: stop.technician_id, refused)

    def accept(stop: PlannedStop) -> None:
        stop.accepted_visit = _accept(stop, actor=actor, at=occurred_at, reason=reason)
        if stop.depot_id is not None:
            stop.requisition = _ask_for_parts(stop, arrives[stop.pk], actor=actor, at=occurred_at)

    outcome = {"done": Decision.ACCEPTED, "not_done": Decision.REFUSED}
    _do(open_to, accept, refused, people=ground.people, **outcome, actor=actor, at=occurred_at)
    return chosen


@command
def undo_plan(
    *,
    actor: Actor,
    occurred_at: datetime,
    plan_id: UUID,
    technician_ids: Collection[UUID] | None = None,
    stop_ids: Collection[UUID] | None = None,
    reason: str = REASON,
) -> list[PlannedStop]:
    """Take back what was accepted, where nothing has happened since. Answers what became of each.

    Raises Invalid("stop_unknown").
    """
    plan = access.plan_to_decide(actor, plan_id)
    chosen = _chosen(plan, technician_ids, stop_ids)
    accepted = [stop for stop in chosen if stop.status == Decision.ACCEPTED]
    ground = _Ground(accepted, lambda stop: stop.accepted_visit_id)
    refused: dict[UUID, DomainError] = {
        stop.pk: _ground_moved(stop, what, since=stop.decided_at)
        for stop in accepted
        if (what := dict(_happened_since(stop, ground.visits[stop.accepted_visit_id])))
    }
    back = {
        stop.pk: _span(stop.was_window_start, stop.was_window_end) for stop in accepted if stop.change != Change.NEW
    }
    _refuse_overlaps(accepted, ground, back, lambda stop: stop.was_technician_id, refused)

    def undo(stop: PlannedStop) -> None:
        _undo(stop, actor=actor, at=occurred_at, reason=reason)

    outcome = {"done": Decision.UNDONE, "not_done": Decision.ACCEPTED}
    _do(accepted, undo, refused, people=ground.people, **outcome, actor=actor, at=occurred_at)
    return chosen


def _is_to_do(stop: PlannedStop) -> bool:
    """A visit that changes, or for which something has to be asked for."""
    return stop.ticket_id is not None and (stop.change != Change.NONE or stop.depot_id is not None)


def _chosen(
    plan: RoutePlan, technician_ids: Collection[UUID] | None, stop_ids: Collection[UUID] | None
) -> list[PlannedStop]:
    """These stops of these technicians; where nothing is named, all."""
    shown = ("technician", "ticket", "depot", "requisition")
    stops = PlannedStop.objects.filter(plan=plan).select_related(*shown).order_by("position")
    if technician_ids is not None:
        stops = stops.filter(technician__in=technician_ids)
    if stop_ids is not None:
        stops = stops.filter(pk__in=stop_ids)
    chosen = list(stops)
    if stop_ids is not None and {stop.pk for stop in chosen} != set(stop_ids):
        raise Invalid("stop_unknown", "Choose stops of this plan.", field="stop_ids")
    return chosen


class _Ground:
    """What these stops are about as it is now, locked: tickets, then visits, then technicians."""

    def __init__(self, stops: Sequence[PlannedStop], visit_of: Callable[[PlannedStop], UUID | None]) -> None:
        self.visit_of = visit_of
        ticket_ids = {stop.ticket_id for stop in stops if stop.ticket_id}
        self.tickets: Mapping[UUID, Ticket] = {
            ticket.pk: ticket for ticket in lock_tickets(Ticket.objects.filter(pk__in=ticket_ids))
        }
        about = {visit_id for stop in stops if (visit_id := visit_of(stop))}
        self.visits: Mapping[UUID | None, Visit] = {
            visit.pk: visit
            for visit in locked(Visit.objects.select_related("technician").filter(pk__in=about).order_by("pk"))
        }
        self.people = {person for stop in stops for person in (stop.technician_id, stop.was_technician_id) if person}
        # Nobody else plans for them meanwhile: see save_in_free_window.
        list(User.objects.select_for_update(no_key=True).filter(pk__in=self.people).order_by("pk"))


def _moved_ground(plan: RoutePlan, stops: Sequence[PlannedStop], ground: _Ground) -> Iterator[tuple[UUID, DomainError]]:
    """Of each stop that does not stand on what the plan saw: why."""
    not_wanted = unwanted(ground.tickets.values(), ground.people)
    present = Visit.objects.filter(ticket__in=ground.tickets, status__in=Visit.ACTIVE, companion_of=None)
    present = present.select_related("technician").prefetch_related(
        Prefetch("companions", Visit.objects.filter(status__in=Visit.ACTIVE).select_related("technician"))
    )
    active = {visit.ticket_id: visit for visit in present}
    for stop in stops:
        assert stop.ticket_id
        ticket = ground.tickets[stop.ticket_id]
        visit = ground.visits.get(stop.visit_id)
        what = dict(_differences(stop, ticket, visit, active.get(ticket.pk), plan))
        sends = stop.change in (Change.NEW, Change.REASSIGNED)
        if sends and (ticket.pk, stop.technician_id) in not_wanted:
            what["technician"] = {"was": stop.technician.name, "is": None}
        if what:
            yield stop.pk, _ground_moved(stop, what, since=plan.as_of)
            continue
        if not available([stop.technician_id], stop.begins_at, stop.leaves_at):
            yield stop.pk, Conflict("technician_away", "The technician does not work then any more. Plan anew.")
            continue
        try:
            if sends:
                technician_to_send(ticket, stop.technician_id, override_reason="")
            if stop.depot_id is not None and van_of(stop.technician) is None:
                raise Conflict("van_missing", "The technician has no van any more to fetch parts with. Plan anew.")
        except DomainError as refusal:
            yield stop.pk, refusal


def _differences(
    stop: PlannedStop, ticket: Ticket, visit: Visit | None, active: Visit | None, plan: RoutePlan
) -> Iterator[tuple[str, Any]]:
    """By field, what is otherwise than the plan saw it: as it was, and as it is."""
    if ticket.territory_id != plan.territory_id:
        yield "territory", {"was": str(plan.territory_id), "is": str(ticket.territory_id)}
    if visit is None:
        if active is not None:
            yield "visit", {"was": None, "is": str(active.pk), "technician": active.technician.name}
        elif ticket.status != Ticket.Status.TRIAGED:
            yield "ticket_status", {"was": Ticket.Status.TRIAGED, "is": ticket.status}
        elif ticket.follows_id is not None:
            yield "follows", {"was": None, "is": str(ticket.follows_id)}
        return
    # The same technician may have gone on to accept it: that changes nothing.
    if visit.status not in Visit.PLANNED or (
        visit.status != stop.was_status and (stop.change == Change.REASSIGNED and visit.status == Status.ACCEPTED)
    ):
        yield "status", {"was": stop.was_status, "is": visit.status}
    if (visit.window_start, visit.window_end) != (stop.was_window_start, stop.was_window_end):
        yield "window_start", {"was": _text(stop.was_window_start), "is": _text(visit.window_start)}
        yield "window_end", {"was": _text(stop.was_window_end), "is": _text(visit.window_end)}
    if not stop.fixed and active is not None and active.companions.all():
        yield "companions", {"was": [], "is": [companion.technician.name for companion in active.companions.all()]}


def _happened_since(stop: PlannedStop, visit: Visit) -> Iterator[tuple[str, Any]]:
    """By field, what has become of an accepted stop since."""
    kept = {*NOT_BEGUN, stop.was_status} if stop.change != Change.REASSIGNED else NOT_BEGUN
    if visit.status not in kept:
        yield "status", {"was": Status.SCHEDULED, "is": visit.status}
    if (visit.window_start, visit.window_end) != (stop.window_start, stop.window_end):
        yield "window_start", {"was": _text(stop.window_start), "is": _text(visit.window_start)}
        yield "window_end", {"was": _text(stop.window_end), "is": _text(visit.window_end)}


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _ground_moved(stop: PlannedStop, what: Mapping[str, Any], *, since: datetime | None) -> Conflict:
    """With who did the last thing to the ticket since then, if anybody we know of did."""
    events = TicketEvent.objects.filter(ticket=stop.ticket_id, received_at__gt=since).select_related("actor")
    last = events.order_by("-received_at", "-pk").first()
    return Conflict(
        "ground_moved",
        "It has changed since. Look at it, or plan anew.",
        changed=dict(what),
        changed_by=last.actor.name if last and last.actor else None,
        changed_at=_text(last.received_at) if last else None,
    )


def _refuse_overlaps(
    stops: Sequence[PlannedStop],
    ground: _Ground,
    windows: Mapping[UUID, Span],
    technician_of: Callable[[PlannedStop], UUID | None],
    refused: dict[UUID, DomainError],
) -> None:
    """Refuse those that cannot be done together: with what else their technician has promised.

    `windows` says which window each stop would have; one without only frees a window. What is refused stays where it
    is, and may then be in the way of others.
    """
    promised = list(Visit.objects.filter(technician__in=ground.people, status__in=Visit.ACTIVE))
    doable = [stop for stop in stops if stop.pk not in refused]
    while True:
        moving = {ground.visit_of(stop) for stop in doable}
        staying = [visit for visit in promised if visit.pk not in moving]
        blocked = {
            stop.pk: visit
            for stop in doable
            for visit in staying
            if stop.pk in windows
            and visit.technician_id == technician_of(stop)
            and visit.window_start < windows[stop.pk][1]
            and windows[stop.pk][0] < visit.window_end
        }
        if not blocked:
            return
        for pk, visit in blocked.items():
            refused[pk] = Conflict(
                "visit_overlaps",
                "The technician has another visit in this window. Decide about that one first, or both together.",
                visit=str(visit.pk),
                window_start=_text(visit.window_start),
                window_end=_text(visit.window_end),
            )
        doable = [stop for stop in doable if stop.pk not in blocked]


def _span(start: datetime | None, end: datetime | None) -> Span:
    assert start
    assert end
    return start, end


def _do(
    stops: Sequence[PlannedStop],
    step: Callable[[PlannedStop], None],
    refused: Mapping[UUID, DomainError],
    *,
    people: Collection[UUID],
    done: str,
    not_done: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Take the step with each that was not refused, while windows may overlap; and write down what became of all."""
    execute(f"SET CONSTRAINTS {NO_OVERLAP}, {NOT_TWICE} DEFERRED")
    for stop in stops:
        refusal = refused.get(stop.pk)
        if refusal is None:
            step(stop)
        stop.status = done if refusal is None else not_done
        stop.refusal = {"code": refusal.code, "detail": refusal.detail, **refusal.extra} if refusal else None
        stop.decided_by, stop.decided_at = actor.user, at
        stop.save()
    work.write_now()
    moments = [moment for stop in stops for moment in (stop.window_start, stop.was_window_start) if moment]
    if moments:
        save_laid_out(lay_out_days(people, since=min(moments)))
    execute(f"SET CONSTRAINTS {NO_OVERLAP}, {NOT_TWICE} IMMEDIATE")


def _accept(stop: PlannedStop, *, actor: Actor, at: datetime, reason: str) -> Visit:
    window: dict[str, Any] = {"window_start": stop.window_start, "window_end": stop.window_end}
    common: dict[str, Any] = {"actor": actor, "occurred_at": at, "by_plan": True, **window}
    assert stop.ticket_id
    if stop.change == Change.NEW:
        return visits.schedule_visit(ticket_id=stop.ticket_id, technician_id=stop.technician_id, **common)
    assert stop.visit_id
    if stop.change == Change.NONE:
        assert stop.visit
        return stop.visit
    if stop.change == Change.REASSIGNED:
        return visits.reassign_visit(visit_id=stop.visit_id, technician_id=stop.technician_id, reason=reason, **common)
    return visits.reschedule_visit(visit_id=stop.visit_id, **common)


def _arrivals_at_depots(plan: RoutePlan, stops: Sequence[PlannedStop]) -> Mapping[UUID, datetime]:
    """By stop for which something is fetched, when its technician is there for that: the last time before it."""
    fetching = PlannedStop.objects.filter(plan=plan, ticket=None, depot__isnull=False).order_by("position")
    there = [(stop.technician_id, stop.depot_id, stop.position, stop.begins_at) for stop in fetching]
    return {
        stop.pk: next(
            begins_at
            for technician, depot, position, begins_at in reversed(there)
            if (technician, depot) == (stop.technician_id, stop.depot_id) and position < stop.position
        )
        for stop in stops
        if stop.depot_id is not None
    }


def _ask_for_parts(stop: PlannedStop, needed_by: datetime, *, actor: Actor, at: datetime) -> Requisition:
    """In the technician's name, for their van: they see it on their phone, and the storekeeper gets it ready."""
    van = van_of(stop.technician)
    assert van
    assert stop.ticket
    assert stop.accepted_visit
    return submit_requisition(
        actor=replace(actor, on_behalf_of=stop.technician),
        occurred_at=at,
        location_id=van.pk,
        depot_id=stop.depot_id,
        lines=[{"part_id": UUID(part["part_id"]), "quantity": Decimal(part["quantity"])} for part in stop.parts],
        reason=f"{FETCHED_ON_THE_WAY} {stop.ticket.reference}",
        ticket_id=stop.ticket_id,
        visit_id=stop.accepted_visit.pk,
        needed_by=needed_by,
    )


def _undo(stop: PlannedStop, *, actor: Actor, at: datetime, reason: str) -> None:
    assert stop.accepted_visit_id
    if stop.requisition and stop.requisition.status in NOT_SENT:
        cancel_requisition(
            actor=replace(actor, on_behalf_of=stop.technician), occurred_at=at, requisition_id=stop.requisition.pk
        )
    if stop.change == Change.NONE:
        return
    common: dict[str, Any] = {"actor": actor, "occurred_at": at, "visit_id": stop.accepted_visit_id}
    window: dict[str, Any] = {"window_start": stop.was_window_start, "window_end": stop.was_window_end}
    if stop.change == Change.NEW:
        visits.cancel_visit(reason=reason, **common)
    elif stop.change == Change.REASSIGNED:
        assert stop.was_technician_id
        visits.reassign_visit(technician_id=stop.was_technician_id, reason=reason, by_plan=True, **common, **window)
    else:
        visits.reschedule_visit(by_plan=True, **common, **window)
