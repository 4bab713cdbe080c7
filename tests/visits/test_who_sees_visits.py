"""Visits, check-ins and part uses in lists and on phones: who sees which, how much of it, at which cost."""

from datetime import timedelta

import pytest

from accounts.models import RoleGrant
from tests.phone import fresh_phone
from tests.standing import standing
from tests.visits.conftest import DONE, HERE, window
from tickets.visits.models import Visit

RESIDENT_SEES = {"id", "ticket_id", "technician_name", "companion_names", "status", "window_start", "window_end"}


@pytest.fixture
@standing
def worked(people, do, visit, valve):
    """A visit with a check-in, a part and a result."""
    do(people.technician, visit, "check-in", **HERE)
    do(people.technician, visit, "edit", diagnosis="Seal.", checklist_answers={"tight": True})
    do(people.technician, visit, "use-part", part_id=valve.pk, quantity=1)
    do(people.technician, visit, "complete", **{**DONE, "parts_answer": "used"})
    return visit


def rows(api, person, path, **query):
    answer = api(person).get(f"/api/v1/{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


@pytest.mark.parametrize(
    ("person", "visits", "facts"),
    [
        ("agent", 1, 1),
        ("dispatcher", 1, 1),
        ("supervisor", 1, 1),
        ("administrator", 1, 1),
        ("technician", 1, 1),
        ("resident", 1, 0),
        ("colleague", 0, 0),
        ("neighbour", 0, 0),
        ("storekeeper", 0, 0),
        ("southern_dispatcher", 0, 0),
    ],
)
def test_everybody_sees_what_is_theirs(api, people, worked, person, visits, facts):
    person = getattr(people, person)
    fact, use = worked.check_ins.get(), worked.part_uses.get()
    for path, row, count in [("visits", worked, visits), ("check-ins", fact, facts), ("part-uses", use, facts)]:
        assert len(rows(api, person, path)) == count
        assert api(person).get(f"/api/v1/{path}/{row.pk}").status_code == (200 if count else 404)


def test_without_a_token_there_is_nothing(api, worked):
    for path in ["visits", f"visits/{worked.pk}", "check-ins", "part-uses"]:
        assert api(None).get(f"/api/v1/{path}").status_code == 401


def test_a_resident_sees_who_comes_and_when_and_nothing_else(api, people, worked):
    [row] = rows(api, people.resident, "visits")
    assert set(row) == RESIDENT_SEES
    assert row["technician_name"] == "Tom"
    assert api(people.resident).get(f"/api/v1/visits/{worked.pk}").json() == row


def test_a_technician_who_complains_at_home_is_a_resident_there(api, people, worked):
    RoleGrant.objects.create(user=people.colleague, role="resident")
    type(worked.ticket).objects.filter(pk=worked.ticket_id).update(resident=people.colleague)
    [row] = rows(api, people.colleague, "visits")
    assert set(row) == RESIDENT_SEES


def test_a_phone_shows_what_the_list_shows(api, people, worked):
    for person in [people.technician, people.dispatcher]:
        phone = fresh_phone(person)
        for path, collection in [("visits", "visits"), ("check-ins", "check_ins"), ("part-uses", "part_uses")]:
            assert list(phone.collection(collection).values()) == rows(api, person, path)
    phone = fresh_phone(people.resident)
    assert list(phone.collection("visits").values()) == rows(api, people.resident, "visits")
    assert not phone.collection("check_ins")
    assert not phone.collection("part_uses")
    assert not fresh_phone(people.neighbour).collection("visits")


def test_an_old_ticket_leaves_the_phones_with_its_visits_and_stays_with_its_resident(people, worked):
    ticket = worked.ticket
    assert fresh_phone(people.technician).collection("visits")
    type(ticket).objects.filter(pk=ticket.pk).update(
        archived=True, status="closed", closed_at=worked.window_end + timedelta(days=20), resolved_at=worked.window_end
    )
    for person in [people.technician, people.dispatcher]:
        phone = fresh_phone(person)
        assert not any(phone.collection(name) for name in ["visits", "check_ins", "part_uses", "tickets"])
    assert fresh_phone(people.resident).collection("visits")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, True),
        ({"status": "completed"}, True),
        ({"status": ["completed", "accepted"]}, True),
        ({"status": "accepted"}, False),
        ({"search": "Tom"}, True),
        ({"search": "Colin"}, False),
    ],
)
def test_visits_are_found_by_state_and_words(api, people, worked, query, found):
    assert bool(rows(api, people.dispatcher, "visits", **query)) == found


def test_visits_are_found_by_person_place_and_time(api, people, worked):
    start, end = worked.window_start, worked.window_end
    hour = timedelta(hours=1)
    for query, found in [
        ({"technician": people.technician.pk}, True),
        ({"technician": people.colleague.pk}, False),
        ({"ticket": worked.ticket_id}, True),
        ({"territory": people.north.pk}, True),
        ({"territory": people.south.pk}, False),
        ({"window_after": (start + hour).isoformat(), "window_before": (start + hour).isoformat()}, True),
        ({"window_after": end.isoformat()}, False),
        ({"window_before": start.isoformat()}, False),
        ({"window_after": "0001-01-02T00:00:00Z"}, True),
    ]:
        assert bool(rows(api, people.dispatcher, "visits", **query)) == found, query


def test_a_filter_that_makes_no_sense_is_named(api, people, worked):
    answer = api(people.dispatcher).get("/api/v1/visits", {"status": "lost"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "status")


@pytest.mark.parametrize("path", ["visits", "check-ins", "part-uses"])
def test_a_list_costs_the_same_however_long_it_is(
    api, people, worked, complain, send, do, valve, path, django_assert_max_num_queries
):
    client = api(people.technician)

    def count() -> int:
        with django_assert_max_num_queries(4) as queries:
            client.get(f"/api/v1/{path}")
        return len(queries)

    before = count()
    for number in range(2):
        visit = send(complain(), **window(hours=5 + 3 * number))
        do(people.technician, visit, "check-in", **HERE)
        do(people.technician, visit, "use-part", part_id=valve.pk, quantity=1)
    assert len(client.get(f"/api/v1/{path}").json()["results"]) == 3
    assert count() == before


def test_visits_are_read_by_the_window_in_pages(api, people, complain, send):
    visits = [send(complain(), **window(hours=3 * number)) for number in [3, 1, 2]]
    page = api(people.dispatcher).get("/api/v1/visits", {"page_size": 2}).json()
    ids = [row["id"] for row in page["results"]]
    assert ids == [str(visits[1].pk), str(visits[2].pk)]
    rest = api(people.dispatcher).get(page["next"]).json()
    assert [row["id"] for row in rest["results"]] == [str(visits[0].pk)]
    assert Visit.objects.count() == 3
