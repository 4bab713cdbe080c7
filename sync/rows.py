"""Rows: made, or read to be written out with what they show of other tables."""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any, NamedTuple, Self, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.base import ModelState

M = TypeVar("M", bound=Model)


class Row(Model):
    """A table of which a push reads and makes hundreds of rows: each of them at a third of the price.

    Django looks for a descriptor behind every attribute of every row, and asks whether anybody listens for its birth.
    """

    class Meta:
        abstract = True

    @classmethod
    def from_db(  # type: ignore[override]  # the stubs are of a later Django
        cls, db: str | None, field_names: Collection[str], values: Collection[Any]
    ) -> Self:
        """The row as PostgreSQL answered it."""
        row = _born(cls)
        row._state.adding, row._state.db = False, db
        row.__dict__.update(zip(field_names, values, strict=True))
        return row


def _born(model: type[M]) -> M:
    row = model.__new__(model)
    row._state = ModelState()
    return row


def fresh(model: type[M], **values: Any) -> M:
    """`model(**values)`, a row that is not in the database yet; ids and other columns of pointers by their own names.

    Raises TypeError for a name that is none.
    """
    blank = _blank(model)
    row = _born(model)
    columns, shown = row.__dict__, row._state.fields_cache
    columns.update(blank.constant)
    for name, value in values.items():
        if name in blank.pointers:
            column, key = blank.pointers[name]
            columns[column] = None if value is None else getattr(value, key)
            shown[name] = value
        elif name in blank.names:
            columns[name] = value
        else:
            raise TypeError(f"{model.__name__} has no {name}")
    for name, default in blank.made:
        if name not in columns:
            columns[name] = default()
    return row


class _Blank(NamedTuple):
    names: frozenset[str]
    constant: Mapping[str, Any]
    """What stands in a column by default."""
    made: list[tuple[str, Callable[[], Any]]]
    """And what is made anew for each row."""
    pointers: Mapping[str, tuple[str, str]]
    """Of the fields that show another row, their columns, and which of that row's they take."""


@cache
def _blank(model: type[Model]) -> _Blank:
    fields: list[Any] = [field for field in model._meta.concrete_fields if not field.generated]
    made = [field for field in fields if field.has_db_default() or callable(field.default)]
    return _Blank(
        frozenset(field.attname for field in fields),
        {field.attname: field.get_default() for field in fields if field not in made},
        [(field.attname, field.get_default) for field in made],
        {field.name: (field.attname, field.target_field.attname) for field in fields if field.is_relation},
    )


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
