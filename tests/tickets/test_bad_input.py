"""Bad input about tickets: a named field, a stable code, and nothing half-written in any table."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from fieldsvc.time import now, time_passes
from sync.sql import execute
from tests.people import People
from tests.phone import Phone
from tests.tickets.conftest import Api, Desk, codes, url
from tickets.complaints.models import Ticket

TICKETS = "/api/v1/tickets"
LATE = timedelta(days=5, minutes=1)
"""Later than a resident may reopen a ticket."""
Refusal = tuple[int, dict[str, str]]


def rows() -> dict[str, str]:
    """Of every table of ours a digest of all its rows, but for what a push remembers of the phone and the refusal."""
    tables = sorted(
        model._meta.db_table
        for app in ("accounts", "notifications", "parts", "tickets", "sync")
        for model in apps.get_app_config(app).get_models()
        if model.__name__ not in ("Receipt", "Device", "DeviceToken", "BootAnchor")
    )
    name = connection.ops.quote_name
    each = (
        f"SELECT '{table}', md5(coalesce(string_agg(row::text, ' ' ORDER BY row::text), '')) FROM {name(table)} row"
        for table in tables
    )
    return dict(execute(" UNION ALL ".join(each)))


def without(intake: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in intake.items() if name not in names}


def refused(answer: Any) -> Refusal:
    """The status, and the code by field, of a refusal, whichever it is."""
    body = answer.json()
    return answer.status_code, codes(answer) if "errors" in body else {body["field"]: body["code"]}


OPENING: dict[str, tuple[dict[str, Any], tuple[str, ...], dict[str, str]]] = {
    "an unknown type": ({"service_type": "plumbing"}, (), {"service_type": "service_type_unknown"}),
    "no type at all": ({}, ("service_type",), {"service_type": "required"}),
    "a question of the form left open": (
        {"details": {"complex": "Sunny Gardens", "phone": "13812345678"}},
        (),
        {"details.fault": "required"},
    ),
    "two questions left open": (
        {"details": {"complex": "Sunny Gardens"}, "contact_phone": ""},
        (),
        {"details.fault": "required", "details.phone": "required"},
    ),
    "a malformed phone": ({"contact_phone": "12 ab"}, (), {"contact_phone": "phone_not_valid"}),
    "a phone that is too long": ({"contact_phone": "1" * 33}, (), {"contact_phone": "max_length"}),
}
"""What is said otherwise than it should be, what is left out, and the refusal."""


@pytest.mark.parametrize("case", OPENING)
def test_a_complaint_that_cannot_be_is_refused_by_field(api: Api, people: People, desk: Desk, case: str) -> None:
    said, left_out, expected = OPENING[case]
    agent, intake = api(people.agent), without(desk.intake(**said), *left_out)
    before = rows()
    assert refused(agent.post(TICKETS, intake)) == (400, expected)
    assert rows() == before


@pytest.mark.parametrize("case", OPENING)
def test_the_same_from_a_phone(people: People, desk: Desk, case: str) -> None:
    said, left_out, expected = OPENING[case]
    phone, intake = Phone(people.resident), without(desk.intake(**said), *left_out)
    before = rows()
    phone.does("ticket.open", **intake)
    assert phone.push() == ["refused"]
    [answer] = phone.answers.values()
    assert {error["field"]: error["code"] for error in answer["errors"]} == expected
    assert rows() == before


def test_a_call_or_a_callback_by_a_malformed_phone(api: Api, people: People) -> None:
    agent = api(people.agent)
    told = {"caller_number": "12 ab", "question": "When?", "territory_id": str(people.north.pk)}
    before = rows()
    call = agent.post("/api/v1/calls", {**told, "direction": "in", "result": "answered"})
    for answer in (call, agent.post("/api/v1/callbacks", told)):
        assert refused(answer) == (400, {"caller_number": "phone_not_valid"})
    assert rows() == before


def test_a_window_in_the_past(api: Api, people: People, ticket: Ticket) -> None:
    resident, before = api(people.resident), rows()
    past = {"window_start": now() - timedelta(hours=2), "window_end": now() - timedelta(hours=1)}
    assert refused(resident.post(url(ticket, "windows"), past)) == (400, {"window_start": "window_in_past"})
    assert rows() == before


def test_a_rating_of_six(api: Api, people: People, resolved: Ticket) -> None:
    resident, phone = api(people.resident), Phone(people.resident)
    before = rows()
    assert refused(resident.post(url(resolved, "rate"), {"score": 6})) == (400, {"score": "max_value"})
    phone.does("ticket.rate", ticket_id=resolved, score=6)
    assert phone.push() == ["refused"]
    [answer] = phone.answers.values()
    assert answer["errors"][0]["field"] == "score"
    assert rows() == before


def test_reopening_after_the_window(api: Api, people: People, resolved: Ticket) -> None:
    clients, phone = [api(people.resident), api(people.agent)], Phone(people.resident)
    before = rows()
    with time_passes(LATE):
        for client in clients:
            answer = client.post(url(resolved, "reopen"), {"reason": "It drips again."})
            assert refused(answer) == (409, {"confirm_until": "confirmation_window_over"})
            assert answer.json()["until"] == client.get(url(resolved)).json()["confirm_until"].replace("Z", "+00:00")
        phone.does("ticket.reopen", ticket_id=resolved, reason="It drips again.")
        assert phone.push() == ["refused"]
    [late] = phone.answers.values()
    assert (late["code"], late["field"]) == ("confirmation_window_over", "confirm_until")
    assert rows() == before


@pytest.mark.parametrize(("step", "field"), [("merge", "main_id"), ("link", "main_id"), ("tell-apart", "other_id")])
def test_a_ticket_and_itself(api: Api, people: People, ticket: Ticket, step: str, field: str) -> None:
    agent, before = api(people.agent), rows()
    answer = agent.post(url(ticket, step), {field: str(ticket.pk), "reason": "It is the same one."})
    assert refused(answer) == (400, {field: "same_ticket"})
    assert rows() == before
