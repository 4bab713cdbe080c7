"""Commands: administrators say how fast people get about."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.people.access import require_administrator
from fieldsvc.errors import NotFound
from sync.commands import Actor, command
from tickets.sites.access import active_territory
from tickets.travel.models import SpeedTable, usual_bands, usual_slow_hours


@command
def set_speed_table(
    *,
    actor: Actor,
    occurred_at: datetime,
    territory_id: UUID | None,
    detour_percent: int,
    parking_seconds: int,
    bands: Sequence[Mapping[str, Any]] | None = None,
    slow_hours: Sequence[Mapping[str, Any]] | None = None,
) -> SpeedTable:
    """From now on it holds in this territory, or in all that have none. Raises Invalid("territory_unknown")."""
    require_administrator(actor)
    territory = active_territory(territory_id) if territory_id else None
    told = {
        "detour_percent": detour_percent,
        "parking_seconds": parking_seconds,
        "bands": usual_bands() if bands is None else bands,
        "slow_hours": usual_slow_hours() if slow_hours is None else slow_hours,
    }
    table, _ = SpeedTable.objects.update_or_create(territory=territory, defaults=told)
    return table


@command
def remove_speed_table(*, actor: Actor, occurred_at: datetime, table_id: UUID) -> None:
    """What holds everywhere else holds there, too. Raises NotFound."""
    require_administrator(actor)
    deleted, _ = SpeedTable.objects.filter(pk=table_id).delete()
    if not deleted:
        raise NotFound()
