"""The papers about places: what is asked for there, sent there, counted there, and what does not add up."""

from datetime import datetime

from django.db.models import Model
from django.db.models.expressions import Combinable

from parts.discrepancies.models import Discrepancy
from parts.requisitions.models import Requisition
from parts.stocktakes.models import Stocktake
from parts.transfers.models import Transfer
from sync.archive import archive
from sync.commands import Actor, command

ENDED: dict[type[Model], str | Combinable] = {
    Discrepancy: "settled_at",
    Requisition: "ended_at",
    Stocktake: Stocktake.ENDED_AT,
    Transfer: "ended_at",
}
"""When each of them ended; null as long as it has not."""


@command
def archive_ended(*, actor: Actor, occurred_at: datetime) -> int:
    """Take what ended long ago off phones and desks; it stays on record. Returns how many, none when all is done."""
    return sum(archive(model._default_manager.all(), ended=ended, at=occurred_at) for model, ended in ENDED.items())
