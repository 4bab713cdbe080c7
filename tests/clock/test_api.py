"""Clocks over HTTP: how they stand, and why; for whom."""

from datetime import timedelta
from uuid import uuid4

import pytest

from fieldsvc.time import time_is
from sync.commands import Actor
from tests.clock.conftest import Report, after, clock, sweep_at
from tests.people import People
from tickets.clock.models import BusinessCalendar, CalendarWindow, Holiday, PolicyTarget, Target
from tickets.clock.selectors import clock_summaries
from tickets.clock.services import meet_clock, pause_clocks, restart_clocks, resume_clocks
from tickets.complaints.models import Ticket

OFFICE = Actor.system()


def clocks_of(client, ticket, hours):
    with time_is(after(hours)):
        response = client.get(f"/api/v1/tickets/{ticket.pk}/clocks")
    assert response.status_code == 200, response.content
    return {row["target"]: row for row in response.json()}


def explanation(client, ticket, hours, target="on_site", **query):
    with time_is(after(hours)):
        response = client.get(f"/api/v1/tickets/{ticket.pk}/clocks/{target}/explanation", query)
    assert response.status_code == 200, response.content
    return response.json()


def test_the_desk_sees_what_was_consumed_and_what_is_left(api, people, ticket):
    assert people.dispatcher
    sweep_at(13)
    row = clocks_of(api(people.dispatcher), ticket, 13)["on_site"]
    assert (row["state"], row["policy"], row["calendar"]) == ("running", "standard", None)
    assert (row["target_seconds"], row["limit_seconds"]) == (24 * 3600, 48 * 3600)
    assert (row["consumed_seconds"], row["remaining_seconds"]) == (13 * 3600, 11 * 3600)
    assert (row["due_at"], row["limit_at"]) == ("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")
    assert [(warning["percent"], warning["audience"]) for warning in row["warnings"]] == [(50, "dispatcher")]


def test_the_answer_is_right_even_before_the_sweep_has_been_there(api, people, ticket):
    row = clocks_of(api(people.dispatcher), ticket, 30)["on_site"]
    assert (row["state"], row["target_missed"], row["remaining_seconds"]) == ("breached", True, -6 * 3600)


def test_consumption_ends_with_the_clock(api, people, ticket):
    meet_clock(ticket, Target.ON_SITE, at=after(5), received_at=after(5))
    row = clocks_of(api(people.dispatcher), ticket, 30)["on_site"]
    assert (row["state"], row["consumed_seconds"]) == ("met", 5 * 3600)


def test_the_explanation_tells_every_stretch_and_why_it_counted(api, people, ticket):
    pause_clocks(ticket, actor=OFFICE, at=after(2), reason="waiting_for_part")
    resume_clocks(ticket, actor=OFFICE, at=after(5))
    pause_clocks(ticket, actor=OFFICE, at=after(6), reason="no_access")
    resume_clocks(ticket, actor=OFFICE, at=after(7))
    told = explanation(api(people.dispatcher), ticket, 10)
    assert [(piece["counts"], piece["why"], piece["reason"], piece["seconds"] / 3600) for piece in told["pieces"]] == [
        (True, "elapsed", "", 2),
        (False, "paused", "waiting_for_part", 3),
        (True, "elapsed", "", 1),
        (True, "elapsed", "no_access", 1),
        (True, "elapsed", "", 3),
    ]
    assert sum(piece["seconds"] for piece in told["pieces"] if piece["counts"]) == told["consumed_seconds"]
    assert told["seconds_by_reason"] == {"waiting_for_part": 3 * 3600, "no_access": 3600}
    assert told["pieces"][1]["text"] == "Not counted: on hold, waiting for a part."
    assert told["pieces"][1]["text_zh"] == "不计时：挂起，等待配件。"
    assert told["pieces"][3]["text"].endswith("On hold, no access: that does not stop this promise.")


def test_the_explanation_of_a_reopened_ticket_tells_the_time_in_between(api, people, ticket):
    meet_clock(ticket, Target.ON_SITE, at=after(5), received_at=after(5))
    restart_clocks(ticket, at=after(9))
    told = explanation(api(people.dispatcher), ticket, 10)
    assert [(piece["why"], piece["reason"]) for piece in told["pieces"]] == [
        ("elapsed", ""),
        ("paused", "ended"),
        ("elapsed", ""),
    ]
    assert "opened again" in told["pieces"][1]["text"]
    assert told["seconds_by_reason"] == {}


def test_business_time_is_explained_by_hours_and_holidays(api, people, service_type, report):
    calendar = BusinessCalendar.objects.create(code="office", name="Office", time_zone="Asia/Shanghai")
    CalendarWindow.objects.bulk_create(
        CalendarWindow(calendar=calendar, weekday=day, opens="09:00", closes="17:00") for day in range(5)
    )
    Holiday.objects.create(calendar=calendar, day="2026-11-24", name="Day of the test")
    PolicyTarget.objects.filter(target=Target.ON_SITE).update(calendar=calendar, target_duration=timedelta(hours=10))
    ticket = report()  # Monday, 08:00 in Shanghai
    told = explanation(api(people.dispatcher), ticket, 52)
    assert told["calendar"] == "office"
    assert told["due_at"] == "2026-11-25T03:00:00Z"  # Wednesday, 11:00 in Shanghai
    assert [piece["why"] for piece in told["pieces"]] == [
        "outside_hours",
        "open_hours",
        "outside_hours",
        "holiday",
        "outside_hours",
        "open_hours",
    ]


def test_an_earlier_round_can_be_asked_for(api, people, ticket):
    for hours in (5, 30):
        meet_clock(ticket, Target.RESOLUTION, at=after(hours), received_at=after(hours))
        meet_clock(ticket, Target.RESULT_TOLD, at=after(hours), received_at=after(hours))
    client = api(people.dispatcher)
    assert explanation(client, ticket, 40, "result_told")["round"] == 2
    assert explanation(client, ticket, 40, "result_told", round=1)["started_at"] == "2026-11-23T05:00:00Z"
    url = f"/api/v1/tickets/{ticket.pk}/clocks"
    for missing in ("result_told/explanation?round=3", "result_told/explanation?round=x", "resolution/explanation"):
        assert client.get(f"{url}/{missing}").status_code == 404


@pytest.mark.parametrize("path", ["clocks", "clocks/on_site/explanation"])
def test_strangers_see_no_clocks(api, people, ticket, path):
    url = f"/api/v1/tickets/{ticket.pk}/{path}"
    assert api(None).get(url).status_code == 401
    for stranger in (people.neighbour, people.technician, people.southern_dispatcher, people.storekeeper):
        assert api(stranger).get(url).status_code == 404
    for insider in (people.agent, people.dispatcher, people.supervisor, people.administrator):
        assert api(insider).get(url).status_code == 200
    assert api(people.dispatcher).get(url.replace(str(ticket.pk), str(uuid4()))).status_code == 404


def test_residents_read_the_timeline_and_not_the_clocks(api, people, report):
    ticket = report(resident=people.resident)
    response = api(people.resident).get(f"/api/v1/tickets/{ticket.pk}/clocks")
    assert (response.status_code, response.json()["code"]) == (403, "role_required")


def test_the_clocks_of_a_ticket_take_a_fixed_number_of_queries(
    api, people: People, ticket: Ticket, django_assert_max_num_queries
):
    for hours in range(1, 9):
        pause_clocks(ticket, actor=OFFICE, at=after(hours), reason="waiting_for_part")
        resume_clocks(ticket, actor=OFFICE, at=after(hours + 0.5))
    meet_clock(ticket, Target.RESOLUTION, at=after(10), received_at=after(10))
    client = api(people.dispatcher)
    with django_assert_max_num_queries(7):  # token, its renewal, grants, ticket, clocks, segments, warnings
        assert len(clocks_of(client, ticket, 12)) == 3


def test_summaries_for_documents_take_one_query(report: Report, django_assert_num_queries):
    tickets = [report() for _ in range(3)]
    with django_assert_num_queries(1):
        found = clock_summaries([ticket.pk for ticket in tickets])
    assert {row.target for row in found[tickets[0].pk]} == {"first_reply", "on_site"}
    assert found[tickets[1].pk][0].due_at == clock(tickets[1]).due_at
    assert clock_summaries([uuid4()]) == {}
