"""What a technician had better take along: named by administrators, known without signal, looked for in the van."""

import pytest

from parts.models import Part
from sync.feed.services import catch_up
from tests.phone import fresh_phone
from tests.statements import sent
from tickets.models import ServiceType
from tickets.service_types.models import ServiceTypePart

URL = "/api/v1/service-types"


@pytest.fixture
def admin(api, people):
    return api(people.administrator)


@pytest.fixture
def valve(world):
    return world.part("valve", aboard=3)


@pytest.fixture
def hose(world):
    return world.part("hose")


@pytest.fixture
def leak(world, valve, hose):
    """A kind of service for which one had better have two valves, and a hose."""
    ServiceTypePart.objects.create(service_type=world.service_type, part=valve, position=0, quantity=2)
    ServiceTypePart.objects.create(service_type=world.service_type, part=hose, position=1)
    return world.service_type


def shown(answer):
    assert answer.status_code == 200, answer.content
    return [(line["number"], line["quantity"]) for line in answer.json()["likely_parts"]]


def supersede(admin, part: Part, by: Part) -> None:
    assert admin.patch(f"/api/v1/parts/{part.pk}", {"superseded_by_id": str(by.pk)}).status_code == 200


def test_an_administrator_names_them_in_order_and_everybody_who_works_here_reads_them(admin, api, people, valve, hose):
    lines = [{"part_id": str(hose.pk), "quantity": "1"}, {"part_id": str(valve.pk)}]
    made = admin.post(URL, {"code": "lift", "name": "Lift", "likely_parts": lines})
    assert made.status_code == 201, made.content
    url = f"{URL}/{made.json()['id']}"
    for person in (people.technician, people.agent, people.storekeeper):
        assert shown(api(person).get(url)) == [("hose", "1"), ("valve", None)]
    assert shown(admin.patch(url, {"likely_parts": lines[1:]})) == [("valve", None)], "replaced as a whole"
    assert shown(admin.patch(url, {"name": "Lifts"})) == [("valve", None)], "and left alone otherwise"
    assert shown(admin.patch(url, {"likely_parts": []})) == []


def test_residents_do_not_hear_of_them(api, people, leak):
    assert "likely_parts" not in api(people.resident).get(f"{URL}/{leak.pk}").json()
    assert "likely_parts" not in api(people.resident).get(URL).json()["results"][0]
    [document] = fresh_phone(people.resident).collection("service_types").values()
    assert "likely_parts" not in document


def test_bad_input_names_the_field_and_changes_nothing(admin, leak, valve, hose):
    def refused(*lines):
        answer = admin.patch(f"{URL}/{leak.pk}", {"name": "Another", "likely_parts": lines})
        assert answer.status_code == 400, answer.content
        return [(error["field"], error["code"]) for error in answer.json()["errors"]]

    one_hose, nothing = {"part_id": str(hose.pk)}, "00000000-0000-0000-0000-000000000000"
    assert refused(one_hose, {"part_id": nothing}) == [("likely_parts[1].part_id", "part_not_known")]
    assert refused(one_hose, one_hose) == [("likely_parts[1].part_id", "part_twice")]
    assert refused({**one_hose, "quantity": "1.5"}) == [("likely_parts[0].quantity", "quantity_not_valid")]
    assert refused({**one_hose, "quantity": "0"}) == [("likely_parts[0].quantity", "quantity_not_valid")]
    assert refused(*[one_hose] * 51) == [("likely_parts", "max_length")]
    assert shown(admin.get(f"{URL}/{leak.pk}")) == [("valve", "2"), ("hose", None)]
    assert ServiceType.objects.get(pk=leak.pk).name == "Leak"


def test_a_superseded_part_is_shown_as_what_supersedes_it(admin, world, leak, valve, hose):
    newer, newest = world.part("newer"), world.part("newest")
    supersede(admin, valve, newer)
    supersede(admin, newer, newest)
    assert shown(admin.get(f"{URL}/{leak.pk}")) == [("newest", "2"), ("hose", None)]
    supersede(admin, hose, newer)
    assert shown(admin.get(f"{URL}/{leak.pk}")) == [("newest", "2")], "two that have come to be one stand there once"


def test_a_technician_knows_without_signal_what_to_take_along(admin, people, phone, leak, valve, hose):
    device = phone(people.technician)
    device.pull()
    named = [{"part_id": str(valve.pk), "quantity": "2"}, {"part_id": str(hose.pk), "quantity": None}]
    assert device.document("service_types", leak)["likely_parts"] == named
    assert device.document("parts", valve)["number"] == "valve"

    ServiceTypePart.objects.filter(part=hose).delete()  # by whatever way
    catch_up()
    device.pull()
    assert device.document("service_types", leak)["likely_parts"] == named[:1]
    assert device.replica() == fresh_phone(people.technician).replica()


def test_the_desk_sees_what_of_them_lies_in_the_technicians_van(admin, api, people, world, leak, valve):
    visit = world.dispatched_visit()
    url = f"/api/v1/visits/{visit.pk}/likely-parts"

    def in_van(person):
        return [(line["number"], line["quantity"], line["in_van"]) for line in api(person).get(url).json()]

    for person in (people.dispatcher, people.technician, people.administrator):
        assert in_van(person) == [("valve", "2", "3"), ("hose", None, "0")]
    supersede(admin, valve, world.part("newest", aboard=1))
    assert in_van(people.dispatcher) == [("newest", "2", "4"), ("hose", None, "0")], "what is left of the former counts"
    for stranger in (people.southern_dispatcher, people.colleague, people.resident):
        assert api(stranger).get(url).status_code == 404


def test_of_a_technician_without_a_van_nothing_is_claimed(api, people, world, leak):
    visit = world.dispatched_visit(people.colleague)
    answer = api(people.dispatcher).get(f"/api/v1/visits/{visit.pk}/likely-parts").json()
    assert [line["in_van"] for line in answer] == [None, None]


def test_however_many_they_are_they_are_read_in_one_statement(api, people, world, leak):
    dispatcher, url = api(people.dispatcher), f"/api/v1/visits/{world.dispatched_visit().pk}/likely-parts"
    dispatcher.get(url)
    with sent() as with_two:
        dispatcher.get(url)
    for number in range(5):
        ServiceTypePart.objects.create(service_type=leak, part=world.part(f"part-{number}"), position=number + 2)
    with sent() as with_seven:
        assert len(dispatcher.get(url).json()) == 7
    assert len(with_seven) == len(with_two)
