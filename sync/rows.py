"""Rows to be written out, with what they show of other tables."""

from collections.abc import Collection
from typing import TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def with_related(rows: QuerySet[M], **fields: Collection[str]) -> QuerySet[M]:
    """The rows whole, in one query with these `fields` of what they point to, by path: `ticket=("reference",)`.

    Whole related rows would cost several times as much: a hundred check-ins with their visits and tickets 15 ms, so
    only 6. Whatever else is asked of a related row costs a query then, for each; the tests of each list would notice.
    """
    own = [field.name for field in rows.model._meta.concrete_fields]
    shown = [f"{path}__{name}" for path, names in fields.items() for name in names]
    return rows.select_related(*fields).only(*own, *shown)
