"""The matrix holds: every route and method of the API is in it, and answers each role as it says."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.permissions.asking import LINES, request, shown, sign, undone, visible_to
from tests.permissions.matrix import DONE, HIDDEN, INVALID, ROUTES, UNKNOWN, Line
from tests.permissions.stage import ROLES, Stage, Standing


def routes(patterns: list[URLPattern | URLResolver], above: str = "") -> Iterator[tuple[str, str]]:
    """Every method and path of the API that the URL map knows, with `{}` for what varies in the path."""
    for pattern in patterns:
        path = above + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif path.startswith("api/v1/"):
            view: Any = pattern.callback
            handlers = getattr(view, "actions", None) or {name: name for name in view.cls.http_method_names}
            for method, handler in handlers.items():
                if hasattr(view.cls, handler) and method not in ("options", "head"):
                    yield method.upper(), re.sub(r"<[^>]*>", "{}", path.removeprefix("api/v1"))


def test_every_route_and_method_is_in_the_matrix_and_no_other():
    there = set(routes(get_resolver().url_patterns))
    listed = {(method, re.sub(r"{[^}]*}", "{}", path)) for method, path in (line.what for line in ROUTES)}
    assert there - listed == set(), "these are missing from the matrix"
    assert listed - there == set(), "these stand in the matrix and do not exist"
    assert len(there) > 100, "something is wrong with the search for routes"


@pytest.fixture(scope="module")
def standing(lasting_stage: Stage) -> Standing:
    return Standing(besides=["accounts_signinhit"])  # that somebody came counts, whatever they get


@pytest.mark.parametrize("line", ROUTES, ids=str)
def test_everybody_gets_what_their_role_allows(stage: Stage, standing: Standing, line: Line):
    """A refusal leaves nothing behind; what does not exist for somebody answers like what does not exist at all."""
    rows = stage.rows()
    surprises = {}
    for role in ROLES:
        with undone():
            writes = standing.writes()
            answer = request(stage, role, line)
            got, expected = sign(answer), line.cells[role]
            if got != expected:
                surprises[role] = f"{got} instead of {expected}: {answer.content.decode()[:300]}"
            elif got != DONE and line.what[0] != "GET":
                assert standing.is_as_it_was(writes=writes), f"{role} was refused, and something was written"
        if got == expected and got in (HIDDEN, INVALID, UNKNOWN):
            there_is_none = request(stage, role, line, known=visible_to(role, rows))
            assert shown(answer) == shown(there_is_none), f"{role} can tell that there is something"
    assert surprises == {}


def test_the_matrix_knows_all_that_is_on_the_stage(stage: Stage):
    assert stage.rows().keys() <= LINES.keys()
    assert all(stage.rows().values())
