"""Raising what falls due: by plans, and by the age of components. What the worker does, as often as it likes.

One worker at a time is at work on a plan, and each period of a subject is raised once, whatever becomes of the rule.
While an inspection of a plan is open, the next one of the same subject is not raised: it is overdue, not two. After a
time without a worker the latest date alone is raised. Equipment that was removed, or installed after the date, is left
out.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from dateutil.relativedelta import relativedelta
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce

from accounts.models import Territory
from fieldsvc.errors import DomainError
from sync.commands import Actor, command
from tickets.complaints.intake import open_ticket
from tickets.complaints.models import Ticket
from tickets.complaints.services import cancel_ticket
from tickets.complaints.telling import tell_resident
from tickets.complaints.timeline import record_event
from tickets.inspections.models import Inspection, InspectionPlan, ServiceLife
from tickets.inspections.recurrence import Due, closed_days, latest
from tickets.prices.selectors import day_there
from tickets.reminders.timing import zones_awake
from tickets.sites.models import Asset, ServiceAccount
from tickets.visits.models import Swap, Visit

log = structlog.get_logger(__name__)
BATCH = 200
"""So many tickets are raised in one command."""


@command
def raise_by_plan(*, actor: Actor, occurred_at: datetime, plan_id: UUID) -> int:
    """Raise what has fallen due by a plan; returns how many: less than `BATCH` when all is done.

    A plan on which another worker is at work is left to that one.
    """
    plan = (
        InspectionPlan.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("service_type", "calendar", "territory")
        .filter(pk=plan_id)
        .first()
    )
    if plan is None:
        return 0
    closed, raised, errors = closed_days(plan), 0, []
    for territory in _territories(plan, occurred_at):
        today = day_there(territory, occurred_at)
        due = latest(plan, closed, until=today + timedelta(days=plan.lead_days))
        if due is None:
            continue
        for subject in subjects(plan, territory, due)[: BATCH - raised]:
            inspection = Inspection(plan=plan, period=due.period, due_on=due.due_on, **_of(subject))
            words = {"name": plan.name, "name_zh": plan.name_zh or plan.name}
            if error := _raise(inspection, plan, words, actor=actor, at=occurred_at):
                errors.append(f"{subject}: {error}")
            else:
                raised += 1
    _note(plan, errors)
    return raised if not errors else min(raised, BATCH - 1)


@command
def raise_by_age(*, actor: Actor, occurred_at: datetime, life_id: UUID) -> int:
    """Raise a ticket for components that come to the end of their service life; returns as `raise_by_plan`."""
    life = (
        ServiceLife.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("service_type", "territory")
        .filter(pk=life_id)
        .first()
    )
    if life is None:
        return 0
    raised, errors = 0, []
    for territory in _territories(life, occurred_at):
        today = day_there(territory, occurred_at)
        if not life.valid_from <= today or (life.valid_until and life.valid_until <= today):
            continue
        for asset in worn(life, territory, today)[: BATCH - raised]:
            since: date = asset.serves_since
            inspection = Inspection(
                life=life,
                asset=asset,
                component=life.component,
                period=since.isoformat(),
                due_on=since + relativedelta(months=life.months),
            )
            what = life.component or life.asset_kind
            words = {"name": f"{what}: end of service life", "name_zh": f"{what}:使用年限到期"}
            if error := _raise(inspection, life, words, actor=actor, at=occurred_at):
                errors.append(f"{asset}: {error}")
            else:
                raised += 1
    _note(life, errors)
    return raised if not errors else min(raised, BATCH - 1)


@command
def call_off_removed(*, actor: Actor, occurred_at: datetime) -> int:
    """Equipment that is gone is not inspected: its open tickets are cancelled, unless somebody is to go there."""
    gone = Inspection.objects.filter(asset__removed_on__isnull=False, ticket__status__in=Ticket.OPEN, skipped_at=None)
    coming = Visit.objects.filter(ticket=OuterRef("ticket"), status__in=Visit.ACTIVE)
    inspections = list(gone.exclude(Exists(coming)).select_related("ticket")[:BATCH])
    for inspection in inspections:
        skip(inspection, actor=actor, at=occurred_at, reason="The equipment was removed.")
    return len(inspections)


def skip(inspection: Inspection, *, actor: Actor, at: datetime, reason: str) -> None:
    """It is not done this time, and why. Its ticket is cancelled. Raises Conflict("visits_planned")."""
    if inspection.ticket_id is not None:
        cancel_ticket(actor=actor, occurred_at=at, ticket_id=inspection.ticket_id, reason=reason)
    inspection.skipped_at, inspection.skipped_by, inspection.skip_reason = at, actor.user, reason
    inspection.save(update_fields=["skipped_at", "skipped_by", "skip_reason"])


def subjects(plan: InspectionPlan, territory: Territory, due: Due) -> QuerySet[Any]:
    """What a plan has not been raised for yet on that date, the oldest first."""
    known = Inspection.objects.filter(
        Q(period=due.period) | Q(ticket__status__in=Ticket.OPEN, skipped_at=None), plan=plan
    )
    if plan.subject == InspectionPlan.Subject.ACCOUNT:
        accounts = ServiceAccount.objects.filter(site__territory=territory).select_related("site", "holder")
        if plan.customer_class:
            accounts = accounts.filter(customer_class=plan.customer_class)
        return accounts.exclude(Exists(known.filter(account=OuterRef("pk")))).order_by("pk")
    assets = _standing(territory, plan.asset_kind)
    assets = assets.filter(Q(installed_on=None) | Q(installed_on__lte=due.day))
    if plan.customer_class:
        assets = assets.filter(account__customer_class=plan.customer_class)
    return assets.exclude(Exists(known.filter(asset=OuterRef("pk")))).order_by("pk")


def worn(life: ServiceLife, territory: Territory, today: date) -> QuerySet[Any]:
    """Equipment whose component, since it was put in, has come to the end of its service life; the oldest first."""
    swaps = Swap.objects.filter(asset=OuterRef("pk"), component=life.component, yields=False).order_by("-occurred_at")
    put_in = Cast(Subquery(swaps.values("occurred_at")[:1]), models.DateField())
    end = today + timedelta(days=life.lead_days) - relativedelta(months=life.months)
    assets = _standing(territory, life.asset_kind).annotate(serves_since=Coalesce(put_in, F("installed_on")))
    assets = assets.filter(serves_since__lte=end)
    if not life.territory_id:  # a territory with a service life of its own goes by that
        own = ServiceLife.objects.filter(asset_kind=life.asset_kind, component=life.component, territory=territory)
        assets = assets.exclude(
            Exists(own.filter(Q(valid_until=None) | Q(valid_until__gt=today), valid_from__lte=today))
        )
    known = Inspection.objects.filter(plan=None, asset=OuterRef("pk"), component=life.component)
    same = known.filter(period=Cast(OuterRef("serves_since"), models.CharField()))
    return assets.exclude(Exists(same)).order_by("serves_since", "pk")


def _standing(territory: Territory, kind: str) -> QuerySet[Asset]:
    assets = Asset.objects.filter(kind=kind, site__territory=territory, removed_on=None)
    return assets.select_related("site", "account__holder")


def _territories(rule: InspectionPlan | ServiceLife, at: datetime) -> QuerySet[Territory]:
    """Of those for which the rule is meant, where nobody is woken up at that moment."""
    meant = Q(pk=rule.territory_id) if rule.territory_id else Q(is_active=True)
    return Territory.objects.filter(meant, time_zone__in=zones_awake(at)).order_by("pk")


def _of(subject: Asset | ServiceAccount) -> dict[str, Any]:
    return {"asset": subject} if isinstance(subject, Asset) else {"account": subject}


def _raise(
    inspection: Inspection,
    rule: InspectionPlan | ServiceLife,
    words: dict[str, str],
    *,
    actor: Actor,
    at: datetime,
) -> str:
    """Open its ticket. Returns why it could not be, for whoever configures it; the others go on."""
    try:
        open_inspection(actor=actor, occurred_at=at, inspection=inspection, rule=rule, words=words)
    except DomainError as refusal:
        log.warning("inspection_not_raised", rule=str(rule), reason=str(refusal))
        return str(refusal)
    return ""


@command
def open_inspection(
    *,
    actor: Actor,
    occurred_at: datetime,
    inspection: Inspection,
    rule: InspectionPlan | ServiceLife,
    words: dict[str, str],
) -> Ticket:
    """The ticket of an inspection, whole or not at all. Raises what `open_ticket` raises."""
    asset, account = inspection.asset, inspection.account or (inspection.asset and inspection.asset.account)
    site = asset.site if asset else account.site  # type: ignore[union-attr]  # it is of one of the two
    ticket = open_ticket(
        actor=actor,
        occurred_at=occurred_at,
        service_type=rule.service_type.code,
        details=rule.details,
        title=words["name"][:200],
        source=Ticket.Source.PLAN,
        site_id=site.pk,
        asset_id=asset.pk if asset else None,
        account_number=account.number if account and account.site_id == site.pk else "",
        contact_name=(account.holder_name if account else "") or str(site),
        contact_phone=account.phone if account else "",
    )
    inspection.ticket, inspection.raised_at = ticket, occurred_at
    inspection.save(force_insert=True)
    facts = {**words, "due_on": inspection.due_on.isoformat()}
    data = {"inspection_id": inspection.pk, **facts}
    record_event(ticket, actor=actor, occurred_at=occurred_at, kind="inspection_due", public=True, data=data)
    tell_resident(ticket, actor=actor, kind="inspection_due", once_for=inspection.pk, text=facts)
    return ticket


def _note(rule: InspectionPlan | ServiceLife, errors: list[str]) -> None:
    """The first failure, for whoever configures it, until it works."""
    if rule.last_error != (error := errors[0] if errors else ""):
        rule.last_error = error
        rule.save(update_fields=["last_error"])
