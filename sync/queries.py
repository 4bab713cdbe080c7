"""Queries that are put into SQL once for the life of the process."""

from collections.abc import Callable, Collection
from copy import copy
from functools import wraps
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID, uuid4

from django.db import connections
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def said_once(make: Callable[[list[UUID]], QuerySet[M]]) -> Callable[[Collection[UUID]], list[M]]:
    """Let `make`, whole rows by some ids and nothing else, be put into SQL once, and then only asked.

    Django puts it together anew each time, which for what a push writes took as long as PostgreSQL took to find it. So
    it may depend neither on who asks nor on when, and prefetch nothing.
    """
    statements: dict[bool, _Statement[M]] = {}

    @wraps(make)
    def rows(ids: Collection[UUID]) -> list[M]:
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return []
        several = len(wanted) > 1  # see `fieldsvc.lookups`
        if several not in statements:
            statements[several] = _Statement(make, several=several)
        return statements[several].rows(wanted)

    return rows


class _Statement(Generic[M]):
    """Stands for the query of a queryset, of which it is only asked who compiles it."""

    def __init__(self, make: Callable[[list[UUID]], QuerySet[M]], *, several: bool) -> None:
        example = [uuid4() for _ in range(1 + several)]
        self.queryset = make(example)
        self.compiler = self.queryset.query.get_compiler(self.queryset.db)
        self.sql, parameters = self.compiler.as_sql()
        self.parameters = list(parameters)
        place = example if several else example[0]
        self.places = [number for number, value in enumerate(self.parameters) if value == place]
        if not self.places or self.queryset._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise TypeError(f"{make} can not be said once and for all")

    def rows(self, ids: list[UUID]) -> list[M]:
        parameters = self.parameters.copy()
        for number in self.places:
            parameters[number] = ids if len(ids) > 1 else ids[0]
        query: Any = _Asked(self, parameters)
        return list(QuerySet(self.queryset.model, query=query, using=self.queryset.db))


class _Asked(NamedTuple):
    statement: _Statement[Any]
    parameters: list[Any]

    def get_compiler(self, using: str, **_: Any) -> Any:
        compiler = copy(self.statement.compiler)
        compiler.connection = connections[using]
        compiler.as_sql = lambda: (self.statement.sql, self.parameters)
        return compiler
