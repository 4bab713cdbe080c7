"""Which lines of a requisition those of a transfer serve: what was asked for or may take its place, and no more."""

from collections.abc import Collection, Sequence
from uuid import UUID

from fieldsvc.errors import Invalid
from parts.catalogue.models import Part
from parts.quantities import plain
from parts.requisitions.models import Requisition, RequisitionLine
from parts.requisitions.progress import NOTHING, still_to_send
from parts.requisitions.substitutes import substitutes_for
from parts.stock.ledger import Line


def lines_served(
    requisition: Requisition, lines: Sequence[Line], *, besides: UUID | None = None
) -> list[RequisitionLine]:
    """For each line, the one that it serves: `besides` is the transfer that is being written anew. Part of commands.

    Raises Invalid("not_asked_for" | "more_than_approved", left=…) naming the line.
    """
    left = dict(still_to_send(requisition, besides=besides))
    rows = list(requisition.lines.select_related("part__superseded_by", "substitute__superseded_by"))
    instead = substitutes_for({row.part.booked_as.pk for row in rows})
    served = []
    for index, line in enumerate(lines):
        fitting = [row for row in rows if line.part in _meant(row)]
        fitting = fitting or [row for row in rows if line.part.pk in instead.get(row.part.booked_as.pk, ())]
        if not fitting:
            raise Invalid(
                "not_asked_for",
                "Send what was asked for, or a part that may take its place.",
                field=f"lines.{index}.part_id",
            )
        most = max(left.get(row.pk, NOTHING) for row in fitting)
        if line.quantity > most:
            raise Invalid(
                "more_than_approved",
                f"Of {line.part.number}, {plain(most)} is still to be sent.",
                field=f"lines.{index}.quantity",
                left=plain(most),
            )
        row = next(row for row in fitting if left.get(row.pk, NOTHING) >= line.quantity)
        left[row.pk] -= line.quantity
        served.append(row)
    return served


def _meant(row: RequisitionLine) -> Collection[Part]:
    return {part.booked_as for part in (row.part, row.substitute) if part}
