"""Rows are what Django would make of them, at less cost; and what is said once is asked as often as one likes."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.db.models.signals import post_init, pre_init
from django.test.utils import CaptureQueriesContext

from accounts.models import Territory, User
from sync.ids import uuid7
from sync.queries import said_once
from sync.rows import Row, fresh
from tests.people import People
from tickets.models import ServiceType, Site

ROWS = sorted(Row.__subclasses__(), key=lambda model: model.__name__)


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)
def test_a_row_that_was_read_is_the_one_that_django_reads(model: type[Row]) -> None:
    values = {field.attname: number for number, field in enumerate(model._meta.concrete_fields)}

    ours = model.from_db("default", list(values), list(values.values()))
    theirs = super(Row, model).from_db("default", list(values), list(values.values()))

    assert _columns(ours) == _columns(theirs) == values
    assert (ours._state.adding, ours._state.db) == (theirs._state.adding, theirs._state.db) == (False, "default")


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)
def test_a_fresh_row_has_the_defaults_that_django_gives(model: type[Row]) -> None:
    known = {"id": uuid4(), "occurred_at": None, "received_at": None, "created_at": None, "registered_at": None}
    values = {name: value for name, value in known.items() if name in {field.name for field in model._meta.fields}}

    ours, theirs = _columns(fresh(model, **values)), _columns(model(**values))

    assert ours.keys() == theirs.keys()
    # What the database makes is an expression of its own in each row.
    assert {name for name in ours if ours[name] != theirs[name] and str(ours[name]) != str(theirs[name])} == set()


def test_nobody_waits_to_hear_of_rows_that_are_made() -> None:
    assert not pre_init.receivers
    assert not post_init.receivers


def test_a_fresh_row_shows_what_it_points_to_without_a_question() -> None:
    territory = Territory(name="North")

    site = fresh(Site, territory=territory, address="17 Mill Lane")

    assert (site.territory_id, site.territory) == (territory.pk, territory)
    with pytest.raises(TypeError, match="Site has no colour"):
        fresh(Site, colour="green")


@pytest.mark.django_db
def test_what_is_said_once_finds_one_several_or_none(people: People) -> None:
    some = [people.technician, people.dispatcher, people.agent]
    asked = 0

    @said_once
    def found(ids: Any) -> QuerySet[User]:
        nonlocal asked
        asked += 1
        return User.objects.filter(pk__in=ids, is_active=True).order_by("name")

    assert found([]) == []
    for _ in range(2):
        assert found([some[0].pk]) == found([some[0].pk, some[0].pk]) == [some[0]]
        assert found({person.pk for person in some}) == sorted(some, key=lambda person: person.name)
        assert found([uuid7(), uuid7()]) == []
    assert asked == 2  # for one and for several


@pytest.mark.django_db
def test_what_is_said_once_is_one_statement_with_all_that_it_shows(people: People) -> None:
    @said_once
    def found(ids: Any) -> QuerySet[Site]:
        return Site.objects.filter(pk__in=ids).select_related("territory")

    site = Site.objects.create(territory=people.north, address="17 Mill Lane")

    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            [row] = found([site.pk])
            assert row.territory == people.north
        assert len(queries) == 1


@pytest.mark.django_db
def test_what_needs_a_second_statement_can_not_be_said_once() -> None:
    with pytest.raises(TypeError, match="once and for all"):
        said_once(lambda ids: ServiceType.objects.filter(pk__in=ids).prefetch_related("likely_parts"))([uuid7()])


def _columns(row: Row) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name != "_state"}
