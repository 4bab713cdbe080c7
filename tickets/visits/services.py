"""Commands on visits. What a permitted step brings about is in `steps.py`; the table of them in `transitions.py`.

A phone tells of what has happened already. So facts (check-ins, parts) are kept whatever became of the visit in the
meantime, and flagged; steps on a visit that was called off in the meantime go to the dispatcher (`overtaken.py`).
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from fieldsvc.errors import Conflict, Invalid
from parts.allocations.services import carry_over
from parts.locations.selectors import van_to_book
from parts.locations.services import make_carried
from parts.stock import services as stock
from parts.stock.models import Condition, StockMovement
from sync import work
from sync.commands import Actor, command
from sync.conflicts.merge import merge_into
from sync.ids import uuid7
from sync.repeats import made_before
from sync.rows import fresh
from tickets.complaints.access import ticket_to_change
from tickets.complaints.models import Ticket
from tickets.complaints.transitions import ticket_dispatched
from tickets.quotes.coverage import note_booked
from tickets.quotes.gaps import require_consent
from tickets.visits import access, selectors, steps
from tickets.visits.assignment import (
    companion_to_send,
    must_be_to_come,
    save_in_free_window,
    save_in_next_gap,
    technician_to_send,
)
from tickets.visits.crew import add_companions, must_not_be_in_crew
from tickets.visits.facts import check_in_of, flags_of_fact, lateness
from tickets.visits.models import CheckIn, PartUse, Visit
from tickets.visits.overtaken import is_overtaken, keep_story, leads_no_more, scopes_of
from tickets.visits.places import Position, measure, read_position
from tickets.visits.recording import record
from tickets.visits.transitions import allowed_moves, must_move

Status = Visit.Status


# Planning, by the desk


@command
def schedule_visit(
    *,
    actor: Actor,
    occurred_at: datetime,
    ticket_id: UUID,
    technician_id: UUID,
    window_start: datetime,
    window_end: datetime,
    id: UUID | None = None,
    override_reason: str = "",
    companion_ids: Collection[UUID] = (),
    by_plan: bool = False,
) -> Visit:
    """Plan who goes there and when, and promise it to the resident. The technician sees it, and is not sent yet.

    `companion_ids` are technicians who go along; all of them together have the skills. The same id for the same ticket
    and technician again is the same visit. `by_plan`: see `save_in_free_window`. Raises
    Invalid("window_in_past"), Conflict("ticket_not_open"), Conflict("ticket_follows_another") with the `main` ticket,
    Conflict("ticket_has_visit") with the visit that somebody else was quicker to plan, who that was and when, and
    whatever `technician_to_send`, `save_in_free_window` and `add_companion` raise.
    """
    ticket = ticket_to_change(actor, ticket_id, *access.DISPATCHERS)
    before = made_before(Visit, id, ticket_id=ticket_id, technician_id=technician_id)
    if before is not None:
        return before
    if ticket.status not in Ticket.OPEN:
        raise Conflict("ticket_not_open", "Reopen the ticket before you plan a visit.", ticket_status=ticket.status)
    if ticket.follows_id is not None:
        raise Conflict(
            "ticket_follows_another", "Plan it for the main ticket, or separate this one first.", main=ticket.follows_id
        )
    present = selectors.active_visits(ticket_id).select_related("technician").first()
    if present is not None:
        raise Conflict(
            "ticket_has_visit",
            f"{present.technician.name} has this ticket already. Reassign or cancel that visit.",
            visit=present.pk,
            technician=present.technician.name,
            visit_status=present.status,
            **selectors.who_planned(present),
        )
    visit = Visit(
        pk=id or uuid7(),
        ticket=ticket,
        technician=technician_to_send(ticket, technician_id, override_reason=override_reason, crew=companion_ids),
        window_start=window_start,
        window_end=window_end,
        override_reason=override_reason,
    )
    must_be_to_come(window_end, at=occurred_at)
    save_in_free_window(visit, override_reason=override_reason, by_plan=by_plan)
    steps.schedule(visit, actor=actor, at=occurred_at)
    add_companions(visit, companion_ids, actor=actor, at=occurred_at)
    return visit


@command
def dispatch_visit(
    *,
    actor: Actor,
    occurred_at: datetime,
    ticket_id: UUID,
    technician_id: UUID,
    window_start: datetime,
    window_end: datetime,
    id: UUID | None = None,
    override_reason: str = "",
    companion_ids: Collection[UUID] = (),
) -> Visit:
    """Plan a visit and send it to the technician at once. Raises what `schedule_visit` raises."""
    visit = schedule_visit(
        actor=actor,
        occurred_at=occurred_at,
        ticket_id=ticket_id,
        technician_id=technician_id,
        window_start=window_start,
        window_end=window_end,
        id=id,
        override_reason=override_reason,
        companion_ids=companion_ids,
    )
    if visit.status == Status.SCHEDULED:
        steps.dispatch(visit, actor=actor, at=occurred_at)
    return visit


def take_on_found(ticket: Ticket, *, actor: Actor, occurred_at: datetime, visit_id: UUID) -> Visit:
    """Whoever found it on patrol repairs it on the spot: a visit of their own, accepted. Part of `open_ticket`.

    They are there already, so whatever they have promised to others is not in the way: the visit takes up the first
    free time from now on. Raises Conflict("id_taken").
    """
    made_before(Visit, visit_id, ticket_id=ticket.pk)
    visit = Visit(pk=visit_id, ticket=ticket, technician=actor.user, status=Status.ACCEPTED)
    save_in_next_gap(visit, start=occurred_at, length=timedelta(minutes=ticket.service_type.visit_minutes))
    steps.take_on(visit, at=occurred_at)
    ticket_dispatched(ticket, actor=actor, occurred_at=occurred_at)
    record(visit, "visit_accepted", actor=actor, at=occurred_at)
    return visit


@command
def dispatch_scheduled_visit(*, actor: Actor, occurred_at: datetime, visit_id: UUID) -> Visit:
    """Send a planned visit to its technician. Raises Conflict("visit_transition_not_allowed")."""
    visit = access.visit_to_dispatch(actor, visit_id)
    if must_move(visit, "dispatch"):
        steps.dispatch(visit, actor=actor, at=occurred_at)
    return visit


@command
def reassign_visit(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    technician_id: UUID,
    reason: str,
    window_start: datetime | None = None,
    window_end: datetime | None = None,
    id: UUID | None = None,
    override_reason: str = "",
    by_plan: bool = False,
) -> Visit:
    """Give the work to somebody else: a new visit, in the same window unless told otherwise; the old one is called off.

    Whoever answers for the ticket goes on doing so until the other has accepted. Whoever goes along stays. Raises
    Invalid("same_technician"), Conflict("already_in_crew") for those who go along (the lead is handed over to them),
    Conflict("visit_transition_not_allowed") when the visit has ended, Invalid("window_in_past"), and what
    `technician_to_send` and `save_in_free_window` raise.
    """
    old = access.visit_to_dispatch(actor, visit_id)
    before = made_before(Visit, id, replaces_id=visit_id, technician_id=technician_id)
    if before is not None:
        return before
    must_move(old, "reassign")
    if technician_id == old.technician_id:
        raise Invalid("same_technician", "Choose somebody else.", field="technician_id")
    lead = old if old.leads else selectors.lead_of(old)
    must_not_be_in_crew(lead, technician_id)
    companions = selectors.active_companions(old)
    if old.leads:
        crew = [companion.technician_id for companion in companions]
        technician = technician_to_send(old.ticket, technician_id, override_reason=override_reason, crew=crew)
    else:
        technician = companion_to_send(old.ticket, technician_id, override_reason=override_reason)
    new = Visit(
        pk=id or uuid7(),
        ticket=old.ticket,
        technician=technician,
        replaces=old,
        companion_of=None if old.leads else lead,
        window_start=window_start or old.window_start,
        window_end=window_end or old.window_end,
        override_reason=override_reason,
    )
    if window_end is not None:
        must_be_to_come(window_end, at=occurred_at)
    carry_over(old.pk, to=new.pk, technician=technician)
    steps.call_off(old, actor=actor, at=occurred_at, reason=reason, crew_stays=True)
    save_in_free_window(new, override_reason=override_reason, by_plan=by_plan)
    for companion in companions:
        work.change(companion, companion_of=new)
    steps.replace(old, new, actor=actor, at=occurred_at)
    return new


@command
def reschedule_visit(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    window_start: datetime,
    window_end: datetime,
    override_reason: str = "",
    by_plan: bool = False,
) -> Visit:
    """The same technician comes at another time, and the resident hears of it, too. The same again changes nothing.

    Raises Conflict("visit_transition_not_allowed") once they have set out, Invalid("window_in_past"), and what
    `save_in_free_window` raises.
    """
    visit = access.visit_to_dispatch(actor, visit_id)
    if visit.status not in Visit.PLANNED:
        raise Conflict(
            "visit_transition_not_allowed",
            f"This visit is {visit.get_status_display().lower()}. It takes place when it does.",
            visit_status=visit.status,
            allowed=allowed_moves(visit),
        )
    if (window_start, window_end) != (visit.window_start, visit.window_end):
        must_be_to_come(window_end, at=occurred_at)
        visit.override_reason = override_reason or visit.override_reason
        steps.move(
            visit,
            actor=actor,
            at=occurred_at,
            window_start=window_start,
            window_end=window_end,
            override_reason=override_reason,
            by_plan=by_plan,
        )
    return visit


@command
def cancel_visit(*, actor: Actor, occurred_at: datetime, visit_id: UUID, reason: str) -> Visit:
    """Nobody needs to go there; the ticket goes back to planning. Raises Conflict("visit_transition_not_allowed")."""
    visit = access.visit_to_dispatch(actor, visit_id)
    if must_move(visit, "cancel"):
        steps.cancel(visit, actor=actor, at=occurred_at, reason=reason)
    return visit


# Steps of the technician


@command
def accept_visit(*, actor: Actor, occurred_at: datetime, visit_id: UUID) -> Visit:
    """The technician takes the visit on, and answers for the ticket from now on.

    Raises Conflict("visit_transition_not_allowed").
    """
    visit = access.own_visit_to_change(actor, visit_id)
    if is_overtaken(visit, actor):
        keep_story(visit, actor=actor, occurred_at=occurred_at, status=Status.ACCEPTED, accepted_at=occurred_at)
    elif must_move(visit, "accept"):
        steps.accept(visit, actor=actor, at=occurred_at)
    return visit


@command
def decline_visit(*, actor: Actor, occurred_at: datetime, visit_id: UUID, reason: str) -> Visit:
    """The technician cannot take the visit; the ticket goes back to planning. A companion declines for themselves.

    Of a visit that was called off meanwhile there is nothing to decide: the desk reads why they would not have come.
    Raises Conflict("visit_transition_not_allowed") once they have set out: then the visit is left incomplete.
    """
    visit = access.own_visit_to_change(actor, visit_id)
    if must_move(visit, "decline"):
        steps.decline(visit, actor=actor, at=occurred_at, reason=reason)
    elif visit.decline_reason != reason:
        steps.note_refusal(visit, actor=actor, at=occurred_at, reason=reason)
    return visit


@command
def start_travel(*, actor: Actor, occurred_at: datetime, visit_id: UUID) -> Visit:
    """The technician has set out. Raises Conflict("visit_transition_not_allowed")."""
    visit = access.own_visit_to_change(actor, visit_id)
    if is_overtaken(visit, actor):
        keep_story(visit, actor=actor, occurred_at=occurred_at, status=Status.TRAVELLING, travelling_at=occurred_at)
    elif must_move(visit, "travel"):
        steps.travel(visit, actor=actor, at=occurred_at)
    return visit


@command
def check_in(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    id: UUID | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    accuracy_m: float | None = None,
    mock: bool = False,
) -> CheckIn:
    """The technician arrived at `occurred_at`. That moment is what the on-site clock is judged by.

    Whatever is odd about it is flagged and never refused: `outside_fence`, `no_position`, `overlapping_check_in` (on
    site elsewhere at the same time), `before_ticket`, `overtaken`, `after_visit`, and what the device's clock says.

    Raises Invalid for coordinates that are none, Conflict("id_taken"), and online
    Conflict("visit_transition_not_allowed").
    """
    position = read_position(latitude, longitude, accuracy_m)
    visit = access.own_visit_to_change(actor, visit_id)
    before = made_before(CheckIn, id, visit_id=visit_id, kind=CheckIn.Kind.ARRIVAL)
    if before is not None:
        return before
    odd = ["overlapping_check_in"] if selectors.is_on_site_elsewhere(visit) else []
    arrival = _check_in(visit, CheckIn.Kind.ARRIVAL, actor, occurred_at, id, position, mock=mock, flags=odd)
    if is_overtaken(visit, actor):
        keep_story(visit, actor=actor, occurred_at=occurred_at, status=Status.ON_SITE, arrived_at=occurred_at)
    elif _comes_too_late(visit, actor):
        steps.credit_arrival(visit, actor=actor, at=occurred_at)
    elif must_move(visit, "check_in"):
        steps.arrive(visit, actor=actor, at=occurred_at)
    return arrival


@command
def check_out(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    id: UUID | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    accuracy_m: float | None = None,
    mock: bool = False,
) -> CheckIn:
    """The technician has left the site, with the work done or not: other commands say which. A companion is done.

    Flags as for `check_in`, and `no_arrival`. Raises Invalid for coordinates that are none, Conflict("id_taken"), and
    online Conflict("visit_not_on_site") where nobody has arrived.
    """
    position = read_position(latitude, longitude, accuracy_m)
    visit = access.own_visit_to_change(actor, visit_id)
    before = made_before(CheckIn, id, visit_id=visit_id, kind=CheckIn.Kind.DEPARTURE)
    if before is not None:
        return before
    # An overtaken visit knows nothing of its arrival: that stands in the conflict.
    has_arrived = visit.arrived_at is not None or is_overtaken(visit, actor)
    if not has_arrived and not actor.offline:
        raise _not_on_site(visit, "Check in before you check out.")
    odd = [] if has_arrived else ["no_arrival"]
    departure = _check_in(visit, CheckIn.Kind.DEPARTURE, actor, occurred_at, id, position, mock=mock, flags=odd)
    if visit.status != Status.CANCELLED:
        steps.depart(visit, actor=actor, at=occurred_at)
    return departure


@command
def edit_visit(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    base: Mapping[str, Any] | None = None,
    diagnosis: str | None = None,
    checklist_answers: Mapping[str, Any] | None = None,
) -> Visit:
    """The technician writes down what they found. Diagnoses merge by lines, answers by check, against `base`.

    What comes from a phone is kept even when the visit has ended or was called off in the meantime, and flagged; so are
    answers to checks that the list does not have (`check_unknown`): it may have changed since the phone saw it.
    Raises online Conflict("visit_ended"), Invalid("check_unknown").
    """
    visit = access.own_visit_to_change(actor, visit_id)
    if not visit.is_active and not actor.offline:
        raise Conflict("visit_ended", "This visit has ended. Add a note to the ticket.", visit_status=visit.status)
    for flag in lateness(visit, actor):
        steps.flag(visit, flag)
    _know_the_checks(visit, checklist_answers or {}, actor)
    given = {"diagnosis": diagnosis, "checklist_answers": checklist_answers}
    changed = merge_into(
        visit,
        actor=actor,
        occurred_at=occurred_at,
        collection="visits",
        changes={name: value for name, value in given.items() if value is not None},
        base=base,
        scopes=scopes_of(visit),
        lines=["diagnosis"],
        keyed=["checklist_answers"],
    )
    work.save(visit, changed)
    return visit


@command
def use_part(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    part_id: UUID,
    quantity: Decimal,
    id: UUID | None = None,
    serial: str = "",
    removed_serial: str = "",
    location_id: UUID | None = None,
) -> PartUse:
    """A part from the technician's van was fitted. What the van should not have had becomes a discrepancy, offline.

    `removed_serial` names the part that it took the place of; taking that one along is `return_part`.

    Raises Conflict("id_taken"), online Conflict("van_missing"), Conflict("visit_not_on_site"), and what
    `parts.stock.services.use_part` raises.
    """
    visit = access.own_visit_to_change(actor, visit_id)
    moved = partial(
        stock.use_part, actor=actor, occurred_at=occurred_at, part_id=part_id, quantity=quantity, serial=serial
    )
    use = fresh(PartUse, id=id, kind=PartUse.Kind.USED, quantity=quantity, serial=serial, removed_serial=removed_serial)
    return _book_part(visit, use, moved, actor=actor, occurred_at=occurred_at, location_id=location_id)


@command
def return_part(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    part_id: UUID,
    quantity: Decimal,
    id: UUID | None = None,
    serial: str = "",
    condition: str = Condition.FAULTY,
    location_id: UUID | None = None,
) -> PartUse:
    """A part was taken from the customer into the technician's van; faulty ones must come back to the depot.

    Raises as `use_part`.
    """
    visit = access.own_visit_to_change(actor, visit_id)
    moved = partial(
        stock.return_part,
        actor=actor,
        occurred_at=occurred_at,
        part_id=part_id,
        quantity=quantity,
        serial=serial,
        condition=condition,
    )
    taken = PartUse(pk=id, kind=PartUse.Kind.RETURNED, quantity=quantity, serial=serial)
    return _book_part(visit, taken, moved, actor=actor, occurred_at=occurred_at, location_id=location_id)


@command
def complete_visit(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    resolution_code: str,
    parts_answer: str,
    signed_by: str = "",
    signature_id: UUID | None = None,
    no_signature_reason: str = "",
) -> Visit:
    """The technician finished the work at `occurred_at`, and with it the ticket.

    A record that lacks something is refused through both doors, naming the field, so that the phone can ask for it:
    Invalid("resolution_code_unknown"), Invalid("signature_missing"), Invalid("signature_unknown"),
    Invalid("parts_answer_wrong"), Conflict("checklist_incomplete", missing=[codes]). Raises
    Conflict("visit_not_on_site") unless they have checked in, Conflict("visit_ended_otherwise") when the visit has
    ended with another result, and online Conflict("not_the_lead") for companions, and what `require_consent` raises for
    work that nobody has agreed to pay for.
    """
    visit = access.own_visit_to_change(actor, visit_id)
    if signature_id is not None:
        signature = selectors.signature_of(visit, signature_id)
        signed_by = signed_by or signature.signed_by
    result = {
        "resolution_code": resolution_code,
        "parts_answer": parts_answer,
        "signed_by": signed_by,
        "signature_id": signature_id,
        "no_signature_reason": no_signature_reason,
    }
    if is_overtaken(visit, actor) or leads_no_more(visit, actor):
        # Whoever has lost the visit cannot complete the record any more: the dispatcher gets it as it is.
        keep_story(
            visit, actor=actor, occurred_at=occurred_at, status=Status.COMPLETED, completed_at=occurred_at, **result
        )
    elif visit.is_active and visit.status != Status.ON_SITE:
        raise _not_on_site(visit, "Check in on site before you complete the visit.")
    elif must_move(visit, "complete"):
        _must_be_complete(visit, result)
        require_consent(visit, actor=actor, at=occurred_at, completing=True)
        steps.complete(visit, actor=actor, at=occurred_at, result=result)
    else:
        _must_say_the_same(visit, result)
    return visit


@command
def leave_incomplete(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    reason: str,
    next_visit_wanted: bool,
    undiagnosed: bool = False,
    next_window_start: datetime | None = None,
    next_window_end: datetime | None = None,
    parts_needed: str = "",
) -> Visit:
    """The technician leaves without having finished, or could not get in; the ticket goes back to planning.

    For the next time the desk reads when the customer would like it, and what to bring. `undiagnosed` says that they
    could not find out what is wrong; too often, and the ticket is escalated (`tickets/escalations`). Raises
    Conflict("visit_transition_not_allowed"), Conflict("visit_ended_otherwise"), Invalid("window_not_valid"), and as
    `complete_visit` for companions, and for what was fitted without consent.
    """
    if next_window_start and next_window_end and next_window_end <= next_window_start:
        raise Invalid("window_not_valid", "Let the window end after it starts.", field="next_window_end")
    visit = access.own_visit_to_change(actor, visit_id)
    result = {
        "incomplete_reason": reason,
        "undiagnosed": undiagnosed,
        "next_visit_wanted": next_visit_wanted,
        "next_window_start": next_window_start,
        "next_window_end": next_window_end,
        "parts_needed": parts_needed,
    }
    if is_overtaken(visit, actor) or leads_no_more(visit, actor):
        keep_story(
            visit, actor=actor, occurred_at=occurred_at, status=Status.INCOMPLETE, completed_at=occurred_at, **result
        )
    elif must_move(visit, "leave_incomplete"):
        require_consent(visit, actor=actor, at=occurred_at)
        steps.leave_incomplete(visit, actor=actor, at=occurred_at, result=result)
    else:
        _must_say_the_same(visit, result)
    return visit


# What the commands share


def _know_the_checks(visit: Visit, answers: Mapping[str, Any], actor: Actor) -> None:
    """See `edit_visit`. Taking back an answer is always fine."""
    checks = {check["code"] for check in visit.ticket.service_type.checklist}
    unknown = sorted(code for code, answer in answers.items() if answer is not None and code not in checks)
    if unknown and not actor.offline:
        raise Invalid(
            "check_unknown",
            "Answer the checks of the service type's list.",
            field=f"checklist_answers.{unknown[0]}",
            allowed=sorted(checks),
        )
    if unknown:
        steps.flag(visit, "check_unknown")


def _not_on_site(visit: Visit, detail: str) -> Conflict:
    return Conflict("visit_not_on_site", detail, visit_status=visit.status, allowed=allowed_moves(visit))


def _must_be_on_site(visit: Visit, actor: Actor) -> None:
    """Online, parts change hands on site only. A phone tells of what has been done, wherever it thought to be."""
    if not actor.offline and visit.status != Status.ON_SITE:
        raise _not_on_site(visit, "Check in on site before you book parts.")


def _comes_too_late(visit: Visit, actor: Actor) -> bool:
    """Whether a phone tells of an arrival at a visit that has ended: all that is left is to keep the fact."""
    return actor.offline and not visit.is_active


def _check_in(
    visit: Visit,
    kind: CheckIn.Kind,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None,
    position: Position | None,
    *,
    mock: bool,
    flags: Collection[str],
) -> CheckIn:
    """Write down that the technician came or went, how far from the site, and what is odd about it."""
    odd = [*flags_of_fact(visit, actor, occurred_at), *flags]
    if kind == CheckIn.Kind.DEPARTURE and "after_visit" in odd:
        odd.remove("after_visit")  # one leaves after the work is done
    distance, outside = measure(position, visit.ticket.site)
    if position is None:
        odd.append("no_position")
    if outside:
        odd.append("outside_fence")
    fact = check_in_of(
        id=id,
        visit=visit,
        technician=visit.technician,
        kind=kind,
        actor=actor,
        position=position,
        mock=mock,
        distance_m=distance,
        outside_fence=outside,
        occurred_at=occurred_at,
        flags=odd,
    )
    work.insert(fact)
    return fact


def _place_for_parts(visit: Visit, actor: Actor, location_id: UUID | None) -> tuple[UUID, list[str]]:
    """Where the parts of a visit come from and go to, and what is odd about that.

    A technician who has no van carries parts all the same: what they did without signal is booked on what they carry.
    """
    if location_id:
        return location_id, []
    if van := van_to_book(visit.technician):
        return van.pk, []
    if not actor.offline:
        raise Conflict("van_missing", "Ask the storekeeper for a van of your own; then send this again.")
    return make_carried(visit.technician, visit.ticket.territory_id).pk, ["van_missing"]


def _book_part(
    visit: Visit,
    use: PartUse,
    move: Callable[..., StockMovement],
    *,
    actor: Actor,
    occurred_at: datetime,
    location_id: UUID | None,
) -> PartUse:
    """Write down a part that was fitted or taken back, once, with the movement that it is in the books."""
    said = {"kind": use.kind, "quantity": use.quantity, "serial": use.serial, "removed_serial": use.removed_serial}
    before = made_before(PartUse, use.pk, visit_id=visit.pk, **said)
    if before is not None:
        return before
    _must_be_on_site(visit, actor)
    place, odd = _place_for_parts(visit, actor, location_id)
    movement = move(location_id=place, ticket_id=visit.ticket_id, visit_id=visit.pk)
    use.pk = use.pk or uuid7()
    use.visit, use.part, use.movement = visit, movement.part, movement
    use.occurred_at, use.received_at = occurred_at, actor.received_at
    use.flags = [*flags_of_fact(visit, actor, occurred_at), *odd]
    fitted = use.kind == PartUse.Kind.USED
    if fitted:
        selectors.note_part_fitted(visit)
    work.insert(use)
    note_booked(visit.ticket_id, use)
    record(
        visit,
        "part_used" if fitted else "part_returned",
        actor=actor,
        at=occurred_at,
        public=fitted,
        part=use.part.name,
        quantity=f"{use.quantity.normalize():f}",
    )
    return use


def _must_be_complete(visit: Visit, result: Mapping[str, Any]) -> None:
    """See `complete_visit`."""
    service_type = visit.ticket.service_type
    codes = [choice["code"] for choice in service_type.resolution_codes]
    if result["resolution_code"] not in codes:
        raise Invalid(
            "resolution_code_unknown", "Choose one of the service type's codes.", field="resolution_code", allowed=codes
        )
    used = selectors.has_parts_fitted(visit)
    if used != (result["parts_answer"] == Visit.PartsAnswer.USED):
        raise Invalid(
            "parts_answer_wrong",
            "Parts were booked on this visit." if used else "Book the parts that were used first.",
            field="parts_answer",
        )
    if not (result["signed_by"] or result["no_signature_reason"]):
        raise Invalid("signature_missing", "Say who signed, or why nobody did.", field="signed_by")
    answered = selectors.checks_answered(visit)
    missing = [check["code"] for check in service_type.checklist if check["code"] not in answered]
    if missing:
        raise Conflict("checklist_incomplete", "Answer every check of the list.", missing=missing)


def _must_say_the_same(visit: Visit, result: Mapping[str, Any]) -> None:
    """Saying it twice is fine; saying something else about a visit that has ended is not dropped in silence."""
    if any(getattr(visit, name) != value for name, value in result.items()):
        raise Conflict(
            "visit_ended_otherwise",
            "This visit has ended with another result. Ask the desk.",
            visit_status=visit.status,
        )
