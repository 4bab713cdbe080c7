"""What the environment may say, and what every connection to PostgreSQL is told."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from fieldsvc.settings import database, days, number
from sync.sql import execute


@pytest.mark.django_db
def test_whoever_has_a_server_of_their_own_need_not_know_how_long_it_may_plan() -> None:
    assert execute("SHOW join_collapse_limit") == [("6",)]


def test_what_the_address_says_of_its_own_counts() -> None:
    options = database("postgresql://host/name?options=-c%20join_collapse_limit%3D8")["OPTIONS"]
    assert isinstance(options, dict)
    assert options["options"] == "-c join_collapse_limit=6 -c join_collapse_limit=8"


@pytest.mark.parametrize("said", ["many", "-3", "0", "2.5", "1 000"])
def test_what_is_no_number_is_named_at_the_start(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("OPEN311_FILED_PER_HOUR", said)
    with pytest.raises(ImproperlyConfigured, match=r"OPEN311_FILED_PER_HOUR is .* 1 or more"):
        number("OPEN311_FILED_PER_HOUR", 60, least=1)


@pytest.mark.parametrize("said", ["soon", "-3,1.5", "-3;1"])
def test_days_that_are_none_are_named_at_the_start(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("BILL_REMINDER_DAYS", said)
    with pytest.raises(ImproperlyConfigured, match=r"BILL_REMINDER_DAYS is .* whole numbers"):
        days("BILL_REMINDER_DAYS", "-3,1,8")


def test_what_is_left_empty_is_as_if_nobody_had_said_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPEN311_FILED_PER_HOUR", "")
    assert number("OPEN311_FILED_PER_HOUR", 60, least=1) == 60
