"""Templates of messages: closed placeholders, both languages, looked over before they are sent."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from sync.ids import uuid7
from tests.people import People
from tests.tickets.conftest import Api, Desk, codes, url
from tickets.complaints.models import Note, Ticket
from tickets.replies.models import ReplyTemplate
from tickets.visits.models import Visit

TEMPLATES = "/api/v1/reply-templates"

Add = Callable[..., Any]


@pytest.fixture
def add(api: Api, people: People) -> Add:
    """An administrator adds a template."""

    def add(**told: Any) -> Any:
        template = {
            "code": "appointment",
            "kind": "appointment",
            "text": "{technician} comes between {window_start} and {window_end} about {reference}.",
            "text_zh": "{technician}将于 {window_start} 至 {window_end} 上门，工单 {reference}（{service}）。",
            **told,
        }
        return api(people.administrator).post(TEMPLATES, template)

    return add


def test_a_template_is_filled_in_by_the_ticket_in_both_languages(
    api: Api, people: People, desk: Desk, add: Add
) -> None:
    visit = desk.sends(desk.opens(), people.technician)
    start, end = datetime(2026, 11, 23, 4, tzinfo=UTC), datetime(2026, 11, 23, 6, tzinfo=UTC)
    Visit.objects.filter(pk=visit.pk).update(window_start=start, window_end=end)
    template = add().json()
    reference = Ticket.objects.get(pk=visit.ticket_id).reference
    read = api(people.agent).get(f"{TEMPLATES}/{template['id']}/preview", {"ticket": str(visit.ticket_id)}).json()
    assert read == {
        "text": f"Tom comes between 2026-11-23 12:00 and 2026-11-23 14:00 about {reference}.",
        "text_zh": f"Tom将于 2026-11-23 12:00 至 2026-11-23 14:00 上门，工单 {reference}（宽带）。",
        "missing": [],
        "language": "en",
    }


def test_what_the_ticket_cannot_say_yet_is_named(api: Api, people: People, ticket: Ticket, add: Add) -> None:
    template = add().json()
    read = api(people.agent).get(f"{TEMPLATES}/{template['id']}/preview", {"ticket": str(ticket.pk)}).json()
    assert read["missing"] == ["technician", "window_end", "window_start"]


@pytest.mark.parametrize(
    ("told", "field", "code"),
    [
        ({"text": "Dear {nmae}"}, "text", "placeholder_unknown"),
        ({"text_zh": "{name.password}"}, "text_zh", "placeholder_unknown"),
        ({"text": "{name!r}"}, "text", "placeholder_unknown"),
        ({"text": "{name:>99999999}"}, "text", "placeholder_unknown"),
        ({"text": "{}"}, "text", "placeholder_unknown"),
        ({"text": "{name"}, "text", "template_not_valid"),
        ({"text_zh": ""}, "text_zh", "blank"),
        ({"kind": "poem"}, "kind", "invalid_choice"),
        ({"service_type": "plumbing"}, "service_type", "service_type_unknown"),
        ({"territory_id": str(uuid7())}, "territory_id", "territory_unknown"),
    ],
)
def test_a_wrong_template_is_refused_when_it_is_saved(add: Add, told: dict[str, Any], field: str, code: str) -> None:
    answer = add(**told)
    assert (answer.status_code, codes(answer)) == (400, {field: code})
    assert not ReplyTemplate.objects.exists()


def test_a_change_is_checked_like_a_new_one(api: Api, people: People, add: Add) -> None:
    address = f"{TEMPLATES}/{add().json()['id']}"
    administrator = api(people.administrator)
    assert codes(administrator.patch(address, {"text": "{nmae}"})) == {"text": "placeholder_unknown"}
    assert administrator.patch(address, {"text": "We are {{late}}, {name}."}).json()["text"].startswith("We are")
    assert add().json()["code"] == "code_taken"
    assert add(code="other", id=address[-36:]).json()["code"] == "id_taken"


def test_the_admin_site_refuses_the_same(people: People, client: Client) -> None:
    people.administrator.is_staff = True
    people.administrator.save()
    client.force_login(people.administrator, "django.contrib.auth.backends.ModelBackend")
    told = {"code": "late", "kind": "delay", "text": "Dear {nmae}", "text_zh": "您好", "is_active": "on"}
    assert "There is no placeholder {nmae}." in client.post("/admin/tickets/replytemplate/add/", told).content.decode()
    assert client.post("/admin/tickets/replytemplate/add/", {**told, "text": "Dear {name}"}).status_code == 302
    assert ReplyTemplate.objects.get().text == "Dear {name}"


def test_the_message_is_the_agents_and_the_timeline_names_the_template_for_our_people(
    api: Api, people: People, ticket: Ticket, add: Add
) -> None:
    template = add(code="sorry", kind="apology").json()
    message = {"text": "We are sorry, and come at noon.", "template_id": template["id"]}
    assert api(people.agent).post(url(ticket, "messages"), message).status_code == 201
    assert Note.objects.get().text == "We are sorry, and come at noon."
    event = api(people.agent).get(url(ticket, "timeline")).json()["results"][-1]
    assert event["data"]["template"] == "sorry"
    assert "sorry" not in str(api(people.resident).get(url(ticket, "timeline")).json()["results"][-1].get("data"))


def test_only_templates_for_this_kind_of_ticket_and_place_are_offered_and_taken(
    api: Api, people: People, ticket: Ticket, add: Add
) -> None:
    fitting = {add(code=code, **more).json()["id"] for code, more in (("a", {}), ("b", {"service_type": "broadband"}))}
    elsewhere = add(code="c", territory_id=str(people.south.pk)).json()
    retired = add(code="d").json()
    api(people.administrator).patch(f"{TEMPLATES}/{retired['id']}", {"is_active": False})
    agent = api(people.agent)
    assert {row["id"] for row in agent.get(TEMPLATES, {"ticket": str(ticket.pk)}).json()["results"]} == fitting
    for template in (elsewhere, retired):
        answer = agent.post(url(ticket, "messages"), {"text": "Hello.", "template_id": template["id"]})
        assert codes(answer) == {"template_id": "template_unknown"}
        preview = agent.get(f"{TEMPLATES}/{template['id']}/preview", {"ticket": str(ticket.pk)})
        assert codes(preview) == {"template_id": "template_unknown"}
    assert not Note.objects.exists()
    assert api(people.southern_dispatcher).get(TEMPLATES, {"ticket": str(ticket.pk)}).json()["results"] == []


def test_a_template_is_found_by_its_words(api: Api, people: People, add: Add) -> None:
    sorry = add(code="sorry", text="We are late.", text_zh="非常抱歉，我们会晚到。").json()
    add(code="done", text="Repaired.", text_zh="已修好。")
    for typed in ("late", "抱歉", "sorry"):
        found = api(people.agent).get(TEMPLATES, {"search": typed}).json()["results"]
        assert [row["id"] for row in found] == [sorry["id"]], typed


def test_residents_write_without_templates(api: Api, people: People, ticket: Ticket, add: Add) -> None:
    answer = api(people.resident).post(url(ticket, "messages"), {"text": "Hi.", "template_id": add().json()["id"]})
    assert answer.status_code == 403
