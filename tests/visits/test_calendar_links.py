"""A technician's visits in a calendar app, by a private address."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import now, time_is, time_passes
from tests.people import People
from tests.statements import statements
from tests.visits.conftest import Client, window
from tickets.calendar_links.models import CalendarLink
from tickets.complaints.models import Ticket
from tickets.sites.models import Site
from tickets.visits.models import Visit

MINE = "/api/v1/me/calendar-link"
app = APIClient()
"""A calendar app: nobody has signed in to it."""


@pytest.fixture
def address(api: Client, people: People) -> str:
    """Where the technician's calendar is."""
    return made(api, people.technician)


def made(api: Client, person: User) -> str:
    answer = api(person).post(MINE)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["url"])


def read(address: str) -> Any:
    """The calendar as an app reads it, after a look at whether the standard allows it."""
    answer = app.get(address)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    calendar: Any = Calendar.from_ical(answer.content)
    calendar.validate()
    assert not any(component.errors for component in calendar.walk())
    assert calendar.subcomponents, "a calendar has at least one component"
    return calendar


def only_event(address: str) -> Any:
    [event] = read(address).events
    return event


def test_a_visit_stands_in_the_calendar_with_window_service_and_place(address: str, visit: Visit) -> None:
    event = only_event(address)
    assert event["uid"] == str(visit.pk)
    assert (
        visit.window_start.replace(microsecond=0),
        visit.window_end.replace(microsecond=0),
    ) == (event.DTSTART, event.DTEND)
    assert event["dtstart"].to_ical().endswith(b"Z")
    assert event["summary"] == f"{visit.ticket.reference} Gas leak"
    assert event["location"] == "Garden Court, 3-201"
    assert event["geo"].to_ical() == "34.24;108.91"
    assert (event["status"], event["class"]) == ("TENTATIVE", "PRIVATE")


def test_nobody_learns_from_it_who_the_customer_is(
    complain: Callable[..., Ticket], send: Callable[..., Visit], address: str
) -> None:
    send(complain(contact_name="Rosa Resident", contact_phone="+8613812345678", title="Rosa smells gas"))
    text = app.get(address).content.decode().replace("\r\n ", "")
    assert not [secret for secret in ("Rosa", "13812345678", "smells") if secret in text]


def test_it_becomes_certain_when_the_technician_accepts(
    people: People, do: Callable[..., Any], address: str, visit: Visit
) -> None:
    before = only_event(address)
    with time_passes(timedelta(minutes=5)):
        do(people.technician, visit, "accept")
        after = only_event(address)
    assert (after["uid"], after["status"]) == (before["uid"], "CONFIRMED")
    assert after["sequence"] > before["sequence"]
    assert timedelta(minutes=5) <= after.LAST_MODIFIED - before.LAST_MODIFIED
    assert after["dtstamp"].dt == after.LAST_MODIFIED


def test_work_that_is_given_away_is_cancelled_here_and_stands_in_the_other_calendar(
    api: Client, people: People, do: Callable[..., Any], address: str, visit: Visit
) -> None:
    given = do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="Ill.")
    event = only_event(address)
    assert (event["uid"], event["status"], event["transp"]) == (str(visit.pk), "CANCELLED", "TRANSPARENT")
    assert only_event(made(api, people.colleague))["uid"] == given["id"]


def test_whoever_reads_chinese_gets_a_chinese_calendar(api: Client, people: People, address: str, visit: Visit) -> None:
    assert api(people.technician).patch("/api/v1/me", {"language": "zh"}).status_code == 200
    assert only_event(address)["summary"] == f"{visit.ticket.reference} 燃气泄漏"
    assert read(address).calendar_name == "我的上门任务"


def test_a_site_without_coordinates_has_no_geo(site: Site, address: str, visit: Visit) -> None:
    Site.objects.filter(pk=site.pk).update(latitude=None, longitude=None)
    assert "geo" not in only_event(address)


def test_visits_leave_the_calendar_two_weeks_after_their_window(address: str, visit: Visit) -> None:
    with time_is(visit.window_end + timedelta(days=13, hours=23)):
        assert only_event(address)["uid"] == str(visit.pk)
    with time_is(visit.window_end + timedelta(days=14)):
        assert read(address).events == []


def test_visits_of_next_year_are_there(ticket: Ticket, send: Callable[..., Visit], address: str) -> None:
    visit = send(ticket, **window(hours=24 * 400))
    assert only_event(address)["uid"] == str(visit.pk)


def test_somebody_without_visits_has_a_valid_empty_calendar(api: Client, people: People, visit: Visit) -> None:
    calendar = read(made(api, people.colleague))
    assert calendar.events == []
    assert calendar["refresh-interval"].params["VALUE"] == "DURATION"
    assert calendar["refresh-interval"].dt == timedelta(minutes=15)


def test_the_address_is_shown_once_and_kept_nowhere(api: Client, people: People, address: str) -> None:
    tom = api(people.technician)
    assert list(tom.get(MINE).json()) == ["made_at"]
    secret = address.rpartition("/")[2].removesuffix(".ics")
    assert secret not in str(CalendarLink.objects.values().get())


def gone(address: str) -> bool:
    """Whether it answers like an address that never was."""
    here, nowhere = (app.get(url) for url in (address, "/api/v1/calendar-links/nowhere.ics"))
    assert nowhere.status_code == 404
    return (here.status_code, here.content, here["Content-Type"]) == (404, nowhere.content, "application/problem+json")


def test_a_revoked_link_is_good_for_nothing(api: Client, people: People, address: str) -> None:
    tom = api(people.technician)
    assert tom.delete(MINE).status_code == 204
    assert gone(address)
    assert (tom.get(MINE).status_code, tom.delete(MINE).status_code) == (404, 404)


def test_a_new_link_takes_the_place_of_the_former(api: Client, people: People, address: str, visit: Visit) -> None:
    anew = made(api, people.technician)
    assert gone(address)
    assert only_event(anew)["uid"] == str(visit.pk)


def test_nobody_revokes_the_link_of_somebody_else(api: Client, people: People, address: str) -> None:
    for stranger in (people.colleague, people.dispatcher, people.administrator):
        assert api(stranger).delete(MINE).status_code == 404
    made(api, people.colleague)
    assert not gone(address)


def test_the_link_of_somebody_deactivated_ends_for_good(api: Client, people: People, address: str) -> None:
    admin, tom = api(people.administrator), f"/api/v1/users/{people.technician.pk}"
    assert admin.post(f"{tom}/deactivate").status_code == 200
    assert gone(address)
    assert admin.post(f"{tom}/reactivate").status_code == 200
    assert gone(address)


def test_the_link_of_somebody_who_is_no_technician_any_more_ends(api: Client, people: People, address: str) -> None:
    role = {"role": "technician", "territory_id": people.north.pk}
    assert api(people.administrator).post(f"/api/v1/users/{people.technician.pk}/revoke-role", role).status_code == 200
    assert gone(address)


def test_signing_out_everywhere_ends_the_link(api: Client, people: People, address: str) -> None:
    assert api(people.technician).post("/api/v1/sign-out-everywhere").status_code == 204
    assert gone(address)
    assert not gone(made(api, User.objects.get(pk=people.technician.pk)))


@pytest.mark.parametrize("secret", ["", "%00", "%F0%9F%94%91", "..%2f", "0" * 64, "a" * 5_000])
def test_a_made_up_address_shows_nothing(people: People, address: str, secret: str) -> None:
    assert app.get(f"/api/v1/calendar-links/{secret}.ics").status_code == 404


def test_an_app_that_has_it_already_is_told_so(
    people: People, do: Callable[..., Any], address: str, visit: Visit
) -> None:
    first = app.get(address)
    same = {"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}
    with time_passes(timedelta(minutes=5)):
        for headers in same:
            again = app.get(address, headers=headers)
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        do(people.technician, visit, "accept")
        for headers in same:
            news = app.get(address, headers=headers)
            assert news.status_code == 200
            assert news["ETag"] != first["ETag"]
            assert news["Last-Modified"] != first["Last-Modified"]


def test_it_is_a_calendar_to_clients_that_accept_nothing_else(address: str) -> None:
    assert app.get(address, headers={"Accept": "text/calendar"}).status_code == 200
    nowhere = app.get("/api/v1/calendar-links/nowhere.ics", headers={"Accept": "text/calendar"})
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")


def test_a_calendar_is_read_so_often_and_no_more(address: str) -> None:
    with time_is(now()):
        assert {app.get(address).status_code for _ in range(60)} == {200}
        answer = app.get(address)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
        assert answer["Retry-After"] == "3600"
        with time_passes(timedelta(hours=1)):
            assert app.get(address).status_code == 200


def test_a_calendar_costs_the_same_however_full_it_is(
    complain: Callable[..., Ticket], send: Callable[..., Visit], address: str, visit: Visit
) -> None:
    """A savepoint and its release; one statement finds the link, three count, one reads the visits."""
    for hours in (5, 8, 11):
        send(complain(), **window(hours=hours))
    app.get(address)
    with statements(8):
        assert len(read(address).events) == 4
