"""What the log says, and what it never says."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.test import Client

from fieldsvc import logs


class Log:
    """The lines that were logged, as a machine reads them."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    before = structlog.get_config()
    log = Log()
    configuration = logs.configure(readable=False)
    configuration["handlers"]["line"]["stream"] = log.stream
    logging.config.dictConfig(configuration)
    yield log
    logging.config.dictConfig(settings.LOGGING)
    structlog.configure(**before)


def test_each_answer_carries_the_id_that_is_on_its_line(client: Client, log: Log) -> None:
    answer = client.get("/healthz")
    [line] = log.lines()
    assert line["request"] == "GET /healthz"
    assert line["request_id"] == answer["X-Request-ID"]


def test_a_caller_may_name_the_request(client: Client) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "phone-7.push_42"})["X-Request-ID"] == "phone-7.push_42"


@pytest.mark.parametrize("proposed", ["", "short", "with space", "line\nbreak", "x" * 65])
def test_what_does_not_look_like_an_id_is_replaced(client: Client, proposed: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": proposed})["X-Request-ID"] != proposed


def test_queries_are_not_logged(client: Client, log: Log) -> None:
    client.get("/healthz?phone=%2B8613800138000&token=abc")
    assert "8613800138000" not in log.stream.getvalue()
    assert "abc" not in log.stream.getvalue()


def test_secrets_and_telephone_numbers_are_hidden(log: Log) -> None:
    structlog.get_logger("test").info("called +86 138 0013 8000", token="abc", phone="+8613800138000", visit=7)
    logging.getLogger("library").warning("no answer from %s", "+8613800138000")
    ours, theirs = log.lines()
    assert (ours["event"], ours["token"], ours["phone"], ours["visit"]) == ("called [phone]", "[hidden]", "[hidden]", 7)
    assert theirs["event"] == "no answer from [phone]"


def test_the_secret_of_a_calendar_link_is_not_logged(log: Log) -> None:
    structlog.get_logger("test").info("request_finished", request="GET /api/v1/calendar-links/0a1b2c.ics")
    [line] = log.lines()
    assert line["request"] == "GET /api/v1/calendar-links/[hidden].ics"


def test_a_failure_is_logged_with_its_traceback_and_without_numbers(log: Log) -> None:
    try:
        raise ValueError("+8613800138000 is busy")
    except ValueError:
        structlog.get_logger("test").exception("call_failed")
    [line] = log.lines()
    assert line["exception"].endswith("ValueError: [phone] is busy")
