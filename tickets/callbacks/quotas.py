"""Quotas: nobody promises more than can be kept."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.models import Territory, User
from accounts.people.access import require_administrator
from fieldsvc.errors import Conflict, Invalid
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.sql import execute
from tickets.callbacks import access
from tickets.callbacks.models import Callback, CallbackQuota
from tickets.sites.access import active_territory

Per = CallbackQuota.Per


def must_have_room(territory: Territory, person: User | None, *, at: datetime, new: bool) -> None:
    """Raises Conflict("callback_quota_reached") with `per`, `limit` and how many are `open`.

    A `new` callback counts for the team, whoever takes it; one that changes hands for its new owner alone.
    """
    limits = _limits(territory, at)
    if limits:
        _one_at_a_time(territory)
    open_ones = Callback.objects.filter(territory=territory, state=Callback.State.OPEN)
    for per, limit in limits.items():
        if per == Per.AGENT and person is not None:
            held = open_ones.filter(responsible=person).count()
        elif per == Per.TEAM and new:
            held = open_ones.count()
        else:
            continue
        if held >= limit:
            detail = "Promise no more than can be kept: leave it to the team, open a ticket, or keep one first."
            raise Conflict("callback_quota_reached", detail, per=per, limit=limit, open=held)


def _one_at_a_time(territory: Territory) -> None:
    """Until the commit nobody else counts: two who promise at once would both find the last place free."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"callbacks:{territory.pk}"])


def _limits(territory: Territory, at: datetime) -> dict[str, int]:
    """The smallest of the quotas that hold now, per agent and per team."""
    local = at.astimezone(ZoneInfo(territory.time_zone))
    day, hour = local.date(), local.time()
    holding = CallbackQuota.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=day),
        Q(opens=None) | Q(opens__lte=hour, closes__gt=hour),
        territory=territory,
        valid_from__lte=day,
    )
    limits: dict[str, int] = {}
    for per, most_open in holding.values_list("per", "most_open"):
        limits[per] = min(most_open, limits.get(per, most_open))
    return limits


@command
def create_quota(
    *, actor: Actor, occurred_at: datetime, territory_id: UUID, id: UUID | None = None, **fields: Any
) -> CallbackQuota:
    """A limit for the desk of a territory. Raises Invalid("quota_not_valid"), Invalid("territory_unknown")."""
    require_administrator(actor)
    quota = CallbackQuota(pk=id or uuid7(), territory=active_territory(territory_id), **fields)
    _check(quota)
    if CallbackQuota.objects.filter(pk=quota.pk).exists():
        raise id_taken()
    quota.save(force_insert=True)
    return quota


@command
def change_quota(*, actor: Actor, occurred_at: datetime, quota_id: UUID, **changes: Any) -> CallbackQuota:
    """Another limit, or other days. What is open stays promised. Raises Invalid("quota_not_valid")."""
    quota = access.quota_to_change(actor, quota_id)
    for field, value in changes.items():
        setattr(quota, field, value)
    _check(quota)
    quota.save(update_fields=list(changes))
    return quota


@command
def delete_quota(*, actor: Actor, occurred_at: datetime, quota_id: UUID) -> None:
    """It never was. One that has held is better ended by its last day."""
    access.quota_to_change(actor, quota_id).delete()


def _check(quota: CallbackQuota) -> None:
    hours = [hour for hour in (quota.opens, quota.closes) if hour is not None]
    if len(hours) == 1 or (hours and hours[0] >= hours[1]):
        raise Invalid("quota_not_valid", "Give both hours, the later one last, or neither.", field="closes")
    if quota.valid_until is not None and quota.valid_until < quota.valid_from:
        raise Invalid("quota_not_valid", "Let it end after it begins.", field="valid_until")
