"""Rows to be written out, with what they show of other tables."""

from collections.abc import Collection
from typing import TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def locked(rows: QuerySet[M]) -> QuerySet[M]:
    """These rows, locked in their order, to be read as they are from then on.

    PostgreSQL answers a row for which it has waited as it is now, and beside it, of other tables, what belonged to it
    before. So nothing is joined while we wait; what is shown of others, and the conditions, are read afterwards.
    """
    keys = rows.select_related(None).select_for_update(of=("self",)).values_list("pk", flat=True)
    return rows.filter(pk__in=list(keys))


def with_related(rows: QuerySet[M], **fields: Collection[str]) -> QuerySet[M]:
    """The rows whole, in one query with these `fields` of what they point to, by path: `ticket=("reference",)`.

    Whole related rows would cost several times as much: a hundred check-ins with their visits and tickets 15 ms, so
    only 6. Whatever else is asked of a related row costs a query then, for each; the tests of each list would notice.
    """
    own = [field.name for field in rows.model._meta.concrete_fields]
    shown = [f"{path}__{name}" for path, names in fields.items() for name in names]
    return rows.select_related(*fields).only(*own, *shown)
