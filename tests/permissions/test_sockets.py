"""Live: while the work goes on, those whom it concerns hear of it, and strangers hear nothing.

What single pokes and notices do is tested in `tests/notifications/test_sockets.py`; here a whole world is at work.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from accounts.models import User
from accounts.signin.services import issue_token
from notifications import bus
from notifications.sockets import Limits
from tests.notifications.conftest import serving
from tests.notifications.line import Line, heard_until, poked_until
from tests.permissions.asking import hidden_from
from tests.permissions.stage import STRANGERS, Stage

INSIDERS = ("technician", "resident", "dispatcher")


@pytest.fixture
def live_stage(transactional_db: None) -> Stage:
    """A stage whose commands commit."""
    return Stage()


@pytest.fixture
def lines(live_stage: Stage) -> Iterator[dict[str, Line]]:
    """The connected phones of insiders and strangers."""
    with ExitStack() as stack:
        port = stack.enter_context(serving(Limits()))

        def connected(person: User) -> Line:
            line = stack.enter_context(Line.to(f"ws://127.0.0.1:{port}/ws/v1/"))
            line.says(type="authenticate", token=issue_token(person))
            assert line.hears()["type"] == "ready"
            return line

        yield {role: connected(getattr(live_stage.people, role)) for role in (*INSIDERS, *STRANGERS)}


def hears_until_marked(line: Line, person: User) -> Iterator[dict[str, object]]:
    """All that was to be heard up to now: twice a poke of the person's own is sent after it."""
    mark = [f"person:{person.pk}"]
    for _ in range(2):
        bus.poke(mark)
        while (frame := line.hears()) != {"type": "poke", "scopes": mark}:
            yield frame


def test_while_the_work_goes_on_strangers_hear_neither_poke_nor_notice(live_stage: Stage, lines: dict[str, Line]):
    people = live_stage.people
    live_stage.play_on()

    poked_until(lines["technician"], f"technician:{people.technician.pk}")
    poked_until(lines["dispatcher"], f"desk:{people.north.pk}")
    assert heard_until(lines["resident"], "notice")["kind"]
    for role in STRANGERS:
        heard = list(hears_until_marked(lines[role], getattr(people, role)))
        assert [frame for frame in heard if frame["type"] == "poke"] == [], role
        text = json.dumps(heard)
        assert [pk for pk in hidden_from(role, live_stage.rows()) if str(pk) in text] == [], role
