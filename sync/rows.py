"""Rows: made, or read to be written out with what they show of other tables."""

from collections.abc import Callable, Collection
from functools import cache
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def fresh(model: type[M], **values: Any) -> M:
    """`model(**values)`, a row that is not in the database yet, at a third of the price.

    For rows of which a push makes hundreds: Django finds out anew for each of them what fields there are, and looks for
    each under all of its names. Raises TypeError for a name that is none.
    """
    fields, related = _blank(model)
    shown = {name: values.pop(name) for name in related.keys() & values.keys()}
    for name, row in shown.items():
        values[related[name].attname] = row and row.pk
    made = model(*(values.pop(name) if name in values else default() for name, default in fields))
    if values:
        raise TypeError(f"{model.__name__} has no {', '.join(values)}")
    for name, row in shown.items():
        related[name].set_cached_value(made, row)
    return made


@cache
def _blank(model: type[Model]) -> tuple[list[tuple[str, Callable[[], Any]]], dict[str, Any]]:
    """Of each field its attribute and what stands in it by default; and those that show another row."""
    fields: list[Any] = list(model._meta.concrete_fields)
    return [(field.attname, field.get_default) for field in fields], {
        field.name: field for field in fields if field.is_relation
    }


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
