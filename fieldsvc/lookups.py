"""Many ids travel to the database as one array.

Django writes `IN (%s, %s, …)` and prepares each id on its own, which for the hundreds of rows that a push asks for took
longer than PostgreSQL took to find them. `= ANY(%s)` is the same to PostgreSQL, and the same statement for any number.
"""

from typing import Any
from uuid import UUID

from django.db.models import ForeignObject, UUIDField
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In


class AsArray:
    """An `in` that has nothing but UUIDs; any other is left as it is."""

    lhs: Any
    rhs: Any

    def get_prep_lookup(self) -> Any:
        return list(self.rhs) if self._all_uuids() else super().get_prep_lookup()  # type: ignore[misc]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if not self._all_uuids() or len(self.rhs) < 2:  # one is an equality, by which an index can also be in order
            return super().as_sql(compiler, connection)  # type: ignore[misc]
        lhs, parameters = self.process_lhs(compiler, connection)  # type: ignore[attr-defined]
        return f"{lhs} = ANY(%s)", [*parameters, list(dict.fromkeys(self.rhs))]

    def _all_uuids(self) -> bool:
        return isinstance(self.rhs, list | tuple | set | frozenset) and all(type(value) is UUID for value in self.rhs)


class IdIn(AsArray, In):
    """Of a column of ids."""


class RelatedIdIn(AsArray, RelatedIn):
    """Of a column that points at another table."""


def send_ids_as_arrays() -> None:
    """From now on, in every query."""
    UUIDField.register_lookup(IdIn)
    ForeignObject.register_lookup(RelatedIdIn)
