"""Fixtures that are made once for all tests in a row that ask for them, as half of the suite's time was their making.

    @pytest.fixture
    @standing
    def visit(counter: Counter) -> Visit: ...

What such a fixture makes, and what is made for it on the way, stands in the database as long as the next test of the
file asks for it; a test finds nothing there that it has not asked for. Each has copies of the objects, and what it does
with the rows is undone. The tests of a file are put into an order in which little has to be made anew; of several such
fixtures those are made first that are written first, so the dearest should be.

It may stand on plain fixtures only: those that are given back (`yield`) are made for each test, and so are functions.
A test with several connections (`transaction=True`) has everything made for itself, as nothing of it is committed.
"""

import inspect
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby, takewhile
from types import FunctionType
from typing import Any, TypeVar

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

Made = dict[str, Any]
"""What fixtures have answered, by name."""
F = TypeVar("F", bound=Callable[..., Any])


def standing(fixture: F) -> F:
    """See the module."""
    fixture.stands = True  # type: ignore[attr-defined]
    return fixture


@dataclass
class Layer:
    """A savepoint, and what has been made since the first one."""

    fixture: Any
    block: transaction.Atomic
    made: Made


class Ground:
    """What stands, for one file at a time; a pytest plugin."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.file: Any = None
        self.copies: Made = {}
        self.blocker: DjangoDbBlocker | None = None
        self.moment: Any = None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Those with the same ground follow one another."""
        files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
        items[:] = [item for tests in files for item in sorted(tests, key=_places)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Whatever this test has not asked for goes."""
        self.copies = {}
        moment = item.get_closest_marker("at")
        wanted = _wanted(item) if (item.path, moment) == (self.file, self.moment) else []
        pairs = zip(self.layers, wanted, strict=False)
        self.clear(len(list(takewhile(lambda pair: pair[0].fixture is pair[1], pairs))))
        self.file, self.moment = item.path, moment

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Any:
        """What is missing is made before the database is handed to the test; later the test is given copies."""
        if fixturedef.argname == "_django_db_helper":
            self._make(request)
        if fixturedef.argname not in self.copies:
            return None
        answer = self.copies[fixturedef.argname]
        fixturedef.cached_result = (answer, None, None)
        return answer

    def clear(self, but: int = 0) -> None:
        """Only so many layers remain."""
        while len(self.layers) > but:
            assert self.blocker
            with self.blocker.unblock():
                transaction.set_rollback(True)
                self.layers.pop().block.__exit__(None, None, None)

    def _make(self, request: pytest.FixtureRequest) -> None:
        wanted = _wanted(request.node)
        if not wanted:
            return
        self.blocker = request.getfixturevalue("django_db_blocker")
        with self.blocker.unblock():
            for fixture in wanted[len(self.layers) :]:
                layer = Layer(fixture, transaction.atomic(), deepcopy(self.layers[-1].made) if self.layers else {})
                layer.block.__enter__()
                self.layers.append(layer)
                try:
                    _answer(fixture.argname, request.node, layer.made)
                except BaseException:
                    self.clear(len(self.layers) - 1)
                    raise
        self.copies = deepcopy(self.layers[-1].made)


def _answer(name: str, test: Any, made: Made) -> Any:
    """Of this fixture, made now unless it has been."""
    if name in made or name == "db":
        return made.get(name)
    fixture = test._fixtureinfo.name2fixturedefs[name][-1]
    if inspect.isgeneratorfunction(fixture.func) or fixture.scope != "function" or fixture.params:
        raise TypeError(f"What stands cannot stand on the fixture {name!r}: see tests/standing.py")
    answer = fixture.func(**{argument: _answer(argument, test, made) for argument in fixture.argnames})
    if not isinstance(answer, FunctionType):
        made[name] = answer
    return answer


def _wanted(test: Any) -> list[Any]:
    """The fixtures that stand for this test, in the order of their making."""
    marker = test.get_closest_marker("django_db")
    if (marker and marker.kwargs.get("transaction")) or {"transactional_db", "live_server"} & {*test.fixturenames}:
        return []
    known = test._fixtureinfo.name2fixturedefs
    found: Iterable[Any] = (known[name][-1] for name in test.fixturenames if name in known)
    return sorted((fixture for fixture in found if getattr(fixture.func, "stands", False)), key=_place)


def _places(test: Any) -> list[Any]:
    return [_place(fixture) for fixture in _wanted(test)]


def _place(fixture: Any) -> tuple[bool, str, int]:
    """Where it is written: what many files share comes first."""
    code = fixture.func.__code__
    return not code.co_filename.endswith("conftest.py"), code.co_filename, code.co_firstlineno


ground = Ground()
