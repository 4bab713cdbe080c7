"""Visits, check-ins and part uses on phones: what a technician may do without signal, and what is carried."""

from collections.abc import Callable, Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers

from parts.stock.together import prepare_books
from sync.conflicts.deleted import unless_deleted
from sync.queries import said_once
from sync.registry import Body, Document, Operation, Preparation, Schema
from sync.schemas import field_required, kind_renamed
from sync.serializing import body_of
from tickets.audiences import OUR_OWN_PEOPLE
from tickets.quotes.coverage import prepare_coverage
from tickets.visits import crew, overtaken, selectors, services, shifts, swaps
from tickets.visits import serializers as forms
from tickets.visits.models import CheckIn, PartUse, Visit
from tickets.visits.swaps import prepare_equipment
from tickets.visits.together import look_for_check_ins, look_for_part_uses, prepare_tickets
from tickets.visits.writes import COMPUTED_OF_VISITS, check_in_meaning, part_use_meaning, visit_meaning


def on_visit(form: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The same form as over HTTP, and the visit that stands in the path there."""
    return type(f"{form.__name__}OnVisit", (form,), {"visit_id": serializers.UUIDField()})


def of_visit(
    form: type[serializers.Serializer[Any]],
    command: Callable[..., object],
    *prepare: Preparation,
    **documents: str,
) -> Operation:
    """Something told of a visit; kept in a conflict where that, or one of the `documents`, was deleted meanwhile."""
    kept = unless_deleted(command, audience="desk", visit_id="visits", **documents)
    return Operation(on_visit(form), kept, (prepare_tickets, *prepare))


BOOKING = (prepare_books, look_for_part_uses, prepare_coverage)
OPERATIONS = {
    "visit.accept": of_visit(forms.NothingMore, services.accept_visit),
    "visit.decline": of_visit(forms.DeclineVisitInput, services.decline_visit),
    "visit.hand_over_lead": of_visit(forms.HandOverLeadInput, crew.hand_over_lead),
    "visit.take_lead": of_visit(forms.NothingMore, crew.take_lead),
    "visit.decline_lead": of_visit(forms.DeclineLeadInput, crew.decline_lead),
    "visit.travel": of_visit(forms.NothingMore, services.start_travel),
    "visit.check_in": of_visit(forms.CheckInInput, services.check_in, look_for_check_ins),
    "visit.check_out": of_visit(forms.CheckOutInput, services.check_out, look_for_check_ins),
    "visit.edit": of_visit(forms.EditVisitInput, services.edit_visit),
    "visit.complete": of_visit(forms.CompleteVisitInput, services.complete_visit, prepare_coverage),
    "visit.leave_incomplete": of_visit(forms.LeaveIncompleteInput, services.leave_incomplete, prepare_coverage),
    "shift.clock_in": Operation(forms.ClockInInput, shifts.clock_in),
    "shift.clock_out": Operation(forms.ClockOutInput, shifts.clock_out),
    "part.use": of_visit(forms.UsePartInput, services.use_part, *BOOKING),
    "part.return": of_visit(
        forms.ReturnPartInput, services.return_part, prepare_books, look_for_part_uses, prepare_coverage
    ),
    "part.swap": of_visit(
        forms.SwapPartInput, swaps.swap_part, prepare_equipment, prepare_books, prepare_coverage, asset_id="assets"
    ),
}


def load_visits(ids: Collection[UUID]) -> Iterable[Visit]:
    """The rows, in two queries."""
    return selectors.with_crews(_visits(ids))


@said_once
def _visits(ids: Collection[UUID]) -> QuerySet[Visit]:
    return selectors.with_names(Visit.objects.filter(pk__in=ids))


def visit_followers(visit: Visit) -> list[str]:
    """The resident for ever, of the lead's; desk and technician until the ticket is archived, the technician unless
    called off; and of the lead's, those who go along."""
    ticket = visit.ticket
    scopes = [f"resident:{ticket.resident_id}"] if ticket.resident_id and visit.leads else []
    if not ticket.archived:
        scopes.append(f"desk:{ticket.territory_id}")
        present = [visit] if visit.status != Visit.Status.CANCELLED else []
        people = {one.technician_id for one in (*present, *visit.crew)}
        scopes.extend(sorted(f"technician:{person}" for person in people))
    return scopes


def render_visit(visit: Visit, audience: str) -> Body:
    """As over HTTP."""
    return body_of(forms.VisitOutput, audience=audience)(visit)


@said_once
def load_check_ins(ids: Collection[UUID]) -> QuerySet[CheckIn]:
    """The rows, in one query."""
    return selectors.check_ins_with_shown(CheckIn.objects.filter(pk__in=ids))


def check_in_followers(check_in: CheckIn) -> list[str]:
    """Whoever it was, and the desk, until the ticket is archived; of a shift, until it is archived itself."""
    if check_in.visit is not None:
        return _fact_followers(check_in.visit, check_in.technician_id)
    if check_in.archived:
        return []
    desk = [f"desk:{check_in.territory_id}"] if check_in.territory_id else []
    return [*desk, f"technician:{check_in.technician_id}"]


def render_check_in(check_in: CheckIn, audience: str) -> Body:
    """As over HTTP."""
    return body_of(forms.CheckInOutput)(check_in)


@said_once
def load_part_uses(ids: Collection[UUID]) -> QuerySet[PartUse]:
    """The rows, in one query."""
    return selectors.part_uses_with_shown(PartUse.objects.filter(pk__in=ids))


def part_use_followers(use: PartUse) -> list[str]:
    """Whoever it was, and the desk, until the ticket is archived."""
    return _fact_followers(use.visit, use.visit.technician_id)


def render_part_use(use: PartUse, audience: str) -> Body:
    """As over HTTP."""
    return body_of(forms.PartUseOutput)(use)


def _fact_followers(visit: Visit, technician_id: UUID) -> list[str]:
    if visit.ticket.archived:
        return []
    return [f"desk:{visit.ticket.territory_id}", f"technician:{technician_id}"]


DOCUMENTS = {
    "visits": Document(
        load=load_visits,
        followers=visit_followers,
        render=render_visit,
        alike=OUR_OWN_PEOPLE,
        conflict_scopes=overtaken.conflict_scopes,
        may_resolve=overtaken.may_resolve_visit,
        resolve=overtaken.resolve_visit,
        meaning=visit_meaning,
        computed=COMPUTED_OF_VISITS,
        nested=frozenset({"checklist_answers"}),
    ),
    "check_ins": Document(
        load=load_check_ins,
        followers=check_in_followers,
        render=render_check_in,
        alike=OUR_OWN_PEOPLE,
        meaning=check_in_meaning,
    ),
    "part_uses": Document(
        load=load_part_uses,
        followers=part_use_followers,
        render=render_part_use,
        alike=OUR_OWN_PEOPLE,
        meaning=part_use_meaning,
    ),
}
SCHEMAS = {
    # As a visit's `allowed` names it
    2: Schema(operations={"visit.incomplete": kind_renamed("visit.leave_incomplete")}),
    # A good part is not booked as a faulty one because nobody said anything
    3: Schema(operations={"part.return": field_required("condition", "faulty")}),
}
