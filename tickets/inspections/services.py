"""Commands on plans, service lives and inspections. What raises tickets is in `raising.py`."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, Model, OuterRef

from accounts.models import Territory
from accounts.people.access import require_administrator, require_role
from fieldsvc.errors import Conflict, Invalid
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.violations import violated_constraint
from tickets.clock.models import BusinessCalendar
from tickets.complaints.models import Ticket
from tickets.inspections import access
from tickets.inspections.models import LIVES_DO_NOT_OVERLAP, Inspection, InspectionPlan, ServiceLife
from tickets.inspections.raising import skip
from tickets.inspections.recurrence import closed_days, occurrences, require_rule
from tickets.service_types.models import ServiceType
from tickets.sites.models import Asset, ServiceAccount
from tickets.visits.models import Visit

R = TypeVar("R", InspectionPlan, ServiceLife)
NAMED: Mapping[str, tuple[type[Model], Callable[[], Invalid]]] = {
    "service_type_id": (
        ServiceType,
        lambda: Invalid("service_type_unknown", "Choose one of the service types.", field="service_type_id"),
    ),
    "territory_id": (
        Territory,
        lambda: Invalid("territory_unknown", "Choose one of the territories.", field="territory_id"),
    ),
    "calendar_id": (
        BusinessCalendar,
        lambda: Invalid("calendar_unknown", "Choose one of the calendars.", field="calendar_id"),
    ),
}
"""What a plan names, and how it is refused when there is no such thing."""


class Ended(NamedTuple):
    """A plan that has ended, with the open tickets that were cancelled, and those that somebody is to go to already."""

    plan: InspectionPlan
    cancelled: list[UUID]
    kept: list[UUID]


@command
def create_plan(*, actor: Actor, occurred_at: datetime, id: UUID | None = None, **fields: Any) -> InspectionPlan:
    """A new plan, whose first tickets are raised within the hour.

    Raises Invalid("rule_not_valid" | "plan_not_valid" | "service_type_unknown" | "territory_unknown" |
    "calendar_unknown"), Conflict("code_taken" | "id_taken").
    """
    require_administrator(actor)
    plan = InspectionPlan(pk=id or uuid7(), **fields)
    _check(plan)
    _save(plan, new=True)
    return plan


@command
def change_plan(*, actor: Actor, occurred_at: datetime, plan_id: UUID, **changes: Any) -> InspectionPlan:
    """Other terms from now on. Periods that were raised already are not raised again; open tickets stay.

    Raises as `create_plan`.
    """
    plan = access.rule_to_change(actor, InspectionPlan.objects.all(), plan_id)
    for name, value in changes.items():
        setattr(plan, name, value)
    _check(plan)
    _save(plan)
    return plan


@command
def end_plan(
    *, actor: Actor, occurred_at: datetime, plan_id: UUID, ends_on: date, cancel_open: bool, reason: str
) -> Ended:
    """It holds until the day before; with `cancel_open`, open tickets are cancelled unless somebody is to go there.

    Raises Invalid("plan_not_valid").
    """
    plan = access.rule_to_change(actor, InspectionPlan.objects.all(), plan_id)
    plan.ends_on = max(ends_on, plan.starts_on)
    _save(plan)
    open_ones = Inspection.objects.filter(plan=plan, skipped_at=None, ticket__status__in=Ticket.OPEN)
    coming = Visit.objects.filter(ticket=OuterRef("ticket"), status__in=Visit.ACTIVE)
    kept = list(open_ones.filter(Exists(coming)).values_list("ticket", flat=True))
    cancelled = []
    if cancel_open:
        for inspection in open_ones.exclude(Exists(coming)).select_related("ticket"):
            skip(inspection, actor=Actor.system(), at=occurred_at, reason=reason)
            cancelled.append(inspection.ticket_id)
    return Ended(plan, [pk for pk in cancelled if pk], [pk for pk in kept if pk])


@command
def skip_inspection(*, actor: Actor, occurred_at: datetime, inspection_id: UUID, reason: str) -> Inspection:
    """It is not done this time. Skipped already, nothing changes.

    Raises Conflict("inspection_over") where its ticket has ended, Conflict("visits_planned").
    """
    inspection = access.inspection_to_skip(actor, inspection_id)
    if inspection.skipped_at is not None:
        return inspection
    if inspection.ticket is None or inspection.ticket.status not in Ticket.OPEN:
        raise Conflict("inspection_over", "It has been done, or was cancelled.")
    skip(inspection, actor=actor, at=occurred_at, reason=reason)
    return inspection


@command
def skip_coming_inspection(
    *,
    actor: Actor,
    occurred_at: datetime,
    plan_id: UUID,
    day: date,
    reason: str,
    asset_id: UUID | None = None,
    account_id: UUID | None = None,
) -> Inspection:
    """One that is still to come is left out for one subject: its ticket will never be raised.

    Raises Invalid("day_not_in_plan" | "subject_unknown"), Conflict("inspection_raised") naming the `inspection`.
    """
    plan = access.plan_to_skip(actor, plan_id)
    subject = _subject(plan, asset_id, account_id)
    require_role(actor, *access.PLANNERS, territory_id=subject.site.territory_id)
    coming = {due.day: due for due in occurrences(plan, closed_days(plan), until=day)}
    if day not in coming:
        raise Invalid("day_not_in_plan", "Choose one of the plan's days.", field="day")
    due = coming[day]
    of: dict[str, Any] = {"asset": subject} if isinstance(subject, Asset) else {"account": subject}
    before = Inspection.objects.filter(plan=plan, period=due.period, **of).first()
    if before is not None:
        raise Conflict("inspection_raised", "This one is there already. Skip it there.", inspection=before.pk)
    return Inspection.objects.create(
        plan=plan,
        period=due.period,
        due_on=due.due_on,
        raised_at=occurred_at,
        skipped_at=occurred_at,
        skipped_by=actor.user,
        skip_reason=reason,
        **of,
    )


@command
def create_life(*, actor: Actor, occurred_at: datetime, id: UUID | None = None, **fields: Any) -> ServiceLife:
    """How long a component may serve.

    Raises Invalid("service_life_not_valid" | "service_type_unknown" | "territory_unknown"),
    Conflict("service_life_overlaps" | "id_taken").
    """
    require_administrator(actor)
    life = ServiceLife(pk=id or uuid7(), **fields)
    _check_life(life)
    _save(life, new=True)
    return life


@command
def change_life(*, actor: Actor, occurred_at: datetime, life_id: UUID, **changes: Any) -> ServiceLife:
    """Other terms from now on. Raises as `create_life`."""
    life = access.rule_to_change(actor, ServiceLife.objects.all(), life_id)
    for name, value in changes.items():
        setattr(life, name, value)
    _check_life(life)
    _save(life)
    return life


def require_plan(fields: Mapping[str, Any]) -> InspectionPlan:
    """A plan with these fields, checked and not saved. Raises Invalid as `create_plan`."""
    plan = InspectionPlan(**fields)
    _check(plan)
    return plan


def _check(plan: InspectionPlan) -> None:
    require_rule(plan.rule, plan.starts_on)
    _know(plan, "service_type_id", "territory_id", "calendar_id")
    if (plan.subject == InspectionPlan.Subject.ASSET) != bool(plan.asset_kind):
        raise Invalid("plan_not_valid", "Say which equipment, if it is about equipment.", field="asset_kind")
    if plan.ends_on is not None and plan.ends_on < plan.starts_on:
        raise Invalid("plan_not_valid", "Let it end after it starts.", field="ends_on")


def _check_life(life: ServiceLife) -> None:
    _know(life, "service_type_id", "territory_id")
    if life.valid_until is not None and life.valid_until <= life.valid_from:
        raise Invalid("service_life_not_valid", "Let it hold for a day at least.", field="valid_until")


def _know(rule: InspectionPlan | ServiceLife, *fields: str) -> None:
    """What is named exists."""
    for field in fields:
        model, refusal = NAMED[field]
        pk = getattr(rule, field)
        if pk is not None and not model._default_manager.filter(pk=pk).exists():
            raise refusal()


def _subject(plan: InspectionPlan, asset_id: UUID | None, account_id: UUID | None) -> Asset | ServiceAccount:
    subject: Asset | ServiceAccount | None = None
    if plan.subject == InspectionPlan.Subject.ASSET and asset_id:
        subject = Asset.objects.select_related("site").filter(pk=asset_id, kind=plan.asset_kind).first()
    elif plan.subject == InspectionPlan.Subject.ACCOUNT and account_id:
        subject = ServiceAccount.objects.select_related("site").filter(pk=account_id).first()
    if subject is None:
        field = f"{plan.subject}_id"
        raise Invalid("subject_unknown", "Choose something that the plan is about.", field=field)
    return subject


def _save(rule: InspectionPlan | ServiceLife, *, new: bool = False) -> None:
    """What the database holds against it becomes a refusal that says what to do."""
    try:
        with transaction.atomic():
            rule.save(force_insert=new)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_inspection_plan_per_code":
                raise Conflict("code_taken", "There is one with this code already. Choose another.") from error
            case constraint if constraint == LIVES_DO_NOT_OVERLAP:
                raise Conflict("service_life_overlaps", "Another one holds for some of these days.") from error
            case "tickets_inspectionplan_pkey" | "tickets_servicelife_pkey":
                raise id_taken() from error
        raise
