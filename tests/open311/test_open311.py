"""The door for civic apps: GeoReport v2, in both formats."""

import re
import shlex
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import now, time_is
from tests.open311.app import FORM, HOME, RIGHT, App, refusals, xml
from tests.people import People
from tests.world import World
from tickets.models import Note, ServiceType, Site, Ticket


def test_anybody_reads_what_can_be_reported(leak: ServiceType) -> None:
    ServiceType.objects.create(code="old", name="Old", is_active=False)
    [service] = App(None).get("services.json").json()
    assert service["service_code"] == "leak"
    assert service["service_name"] == "Leak"
    assert (service["type"], service["metadata"]) == ("realtime", True)
    root = xml(App(None).get("services.xml"))
    assert root.tag == "services"
    assert [child.tag for child in root] == ["service"]
    assert root.findtext("service/service_code") == "leak"
    assert root.findtext("service/metadata") == "true"
    assert App(None).get("services.json", language="zh-hans").json()[0]["service_name"] == "漏水"


def test_the_form_becomes_attributes(leak: ServiceType) -> None:
    definition = App(None).get("services/leak.json").json()
    assert definition["service_code"] == "leak"
    datatypes = {attribute["code"]: attribute["datatype"] for attribute in definition["attributes"]}
    assert datatypes == {
        "fault": "singlevaluelist",
        "rooms": "multivaluelist",
        "litres": "number",
        "since": "datetime",
        "day": "datetime",
        "dry": "singlevaluelist",
        "story": "text",
        "floor": "number",
    }
    fault, *others = definition["attributes"]
    [rooms] = [attribute for attribute in others if attribute["code"] == "rooms"]
    assert (fault["required"], fault["order"], fault["description"]) == (True, 1, "Kind of fault")
    assert fault["values"] == [{"key": "drip", "name": "Drips"}, {"key": "burst", "name": "Burst"}]
    assert [attribute["order"] for attribute in others] == list(range(2, 9))
    assert not rooms["required"]
    assert rooms["values"][2] == {"key": "3", "name": "3"}
    root = xml(App(None).get("services/leak.xml", language="zh-hans"))
    assert root.tag == "service_definition"
    assert root.findtext("attributes/attribute/description") == "故障类型"
    assert root.findtext("attributes/attribute/values/value/name") == "滴水"


def test_discovery_says_where_the_api_is_whom_to_ask_and_whether_anything_has_changed(
    leak: ServiceType, people: People, api: Callable[[User], APIClient], settings: Any
) -> None:
    discovered = App(None).get("discovery.json").json()
    [endpoint] = discovered["endpoints"]
    assert endpoint == {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": f"http://testserver{HOME}",
        "changeset": discovered["changeset"],
        "type": "test",
        "formats": ["text/xml", "application/json"],
    }
    assert (discovered["contact"], discovered["key_service"]) == (
        "",
        "Sign in as a resident, by phone: POST http://testserver/api/v1/sign-in/code",
    )
    settings.OPEN311_CONTACT, settings.OPEN311_KEY_SERVICE = "civic@example.org", "https://example.org/keys"
    settings.SAFE_TO_SHOW = False
    url = f"/api/v1/service-types/{leak.pk}"
    assert api(people.administrator).patch(url, {"name": "Water leak"}).status_code == 200
    root = xml(App(None).get("discovery.xml"))
    assert root.tag == "discovery"
    assert (root.findtext("contact"), root.findtext("key_service")) == ("civic@example.org", "https://example.org/keys")
    assert root.findtext("endpoints/endpoint/type") == "production"
    assert [kind.text for kind in root.findall("endpoints/endpoint/formats/format")] == endpoint["formats"]
    changed_at = datetime.fromisoformat(str(root.findtext("changeset")))
    assert abs(changed_at - now()) < timedelta(minutes=1)
    assert root.findtext("endpoints/endpoint/changeset") == root.findtext("changeset")


def test_pages_of_others_may_ask_from_a_browser(app: App) -> None:
    url = f"{HOME}/requests.json"
    asked = app.client.options(url, headers={"Origin": "https://civic.example.org"})
    assert (asked.status_code, asked.content) == (204, b"")
    assert asked["Access-Control-Allow-Headers"] == "Authorization, Content-Type, Idempotency-Key"
    assert app.client.options(f"{url}?api_key=made-up").status_code == 204
    for answer in (asked, app.get("requests.json"), app.get("requests/XXX-XXX.json"), App(None).post(**RIGHT)):
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer


def test_an_empty_parameter_is_as_good_as_none(app: App) -> None:
    number = app.files(lat="", long=" ", address_id="", email="", phone="", media_url="", jurisdiction_id="")
    found = app.get("requests.json", service_request_id="", service_code="", start_date="", end_date="", status="")
    assert [row["service_request_id"] for row in found.json()] == [number]


def test_whoever_comes_too_often_has_to_wait(app: App, people: People, settings: Any) -> None:
    settings.OPEN311_REQUESTS_PER_MINUTE, settings.OPEN311_FILED_PER_HOUR = 3, 1
    moment = now()

    def statuses(client: App, times: int = 4) -> list[int]:
        return [client.get("services.json").status_code for _ in range(times)]

    with time_is(moment):
        assert statuses(App(None)) == [200, 200, 200, 429]
        assert statuses(app) == [200, 200, 200, 429]
        assert statuses(App(people.resident), times=1) == [429]
        assert statuses(App(people.neighbour), times=1) == [200]
        elsewhere = APIClient(REMOTE_ADDR="192.0.2.7").get(f"{HOME}/services.json")
        assert elsewhere.status_code == 200
        refused = App(None).get("services.xml")
        assert (refused["Retry-After"], xml(refused).findtext("error/code")) == ("60", "429")
    with time_is(moment + timedelta(seconds=60)):
        assert statuses(app, times=1) == [200]
        app.files()
        late = app.post(**RIGHT)
        assert (late.status_code, late["Retry-After"], refusals(late)) == (429, "3600", ["too_many_requests"])
    with time_is(moment + timedelta(hours=2)):
        app.files()


def test_a_service_that_is_not_offered_does_not_exist(leak: ServiceType) -> None:
    ServiceType.objects.create(code="old", name="Old", is_active=False)
    assert App(None).get("services/%00.json").status_code == 404
    for code in ("old", "never"):
        answer = App(None).get(f"services/{code}.json")
        assert answer.status_code == 404
        assert refusals(answer) == ["not_found"]
    root = xml(App(None).get("services/old.xml"))
    assert (root.tag, root.findtext("error/code")) == ("errors", "404")


def test_the_header_decides_where_the_address_does_not(leak: ServiceType) -> None:
    client = APIClient()
    assert client.get(f"{HOME}/services")["Content-Type"] == "application/json; charset=utf-8"
    for kind in ("text/xml", "application/xml"):
        answer = client.get(f"{HOME}/services", headers={"Accept": kind})
        assert answer["Content-Type"] == f"{kind}; charset=utf-8"
    told = client.get(f"{HOME}/services.json", headers={"Accept": "text/xml, */*"})
    assert told["Content-Type"] == "application/json; charset=utf-8"
    assert client.get(f"{HOME}/services", headers={"Accept": "image/png"}).status_code == 406


def test_a_resident_files_and_the_desk_has_a_ticket(app: App, people: People) -> None:
    number = app.files(
        **{
            "attribute[rooms][]": ["kitchen", "3"],
            "attribute[litres]": "2.5",
            "attribute[floor]": "4",
            "attribute[dry]": "false",
            "attribute[since]": "2026-01-02T03:04:05Z",
            "attribute[day]": "2026-01-02T00:00:00Z",
            "attribute[story]": "",
            "lat": "34.2",
            "long": "108.9",
            "first_name": "Rosa",
            "last_name": "Reyes",
            "phone": "13812345670",
            "description": "Water everywhere.",
            "media_url": "https://pictures.example.org/1.jpg",
            "email": "rosa@example.org",
        }
    )
    ticket = Ticket.objects.get(reference=number)
    assert ticket.details == {
        "fault": "drip",
        "rooms": ["kitchen", 3],
        "litres": 2.5,
        "floor": 4,
        "dry": False,
        "since": "2026-01-02T03:04:05Z",
        "day": "2026-01-02",
    }
    assert (ticket.resident, ticket.source, ticket.territory) == (people.resident, "web", people.north)
    assert (ticket.contact_name, ticket.contact_phone) == ("Rosa Reyes", "+8613812345670")
    assert ticket.site is not None
    assert (ticket.site.address, ticket.site.latitude, ticket.site.longitude) == ("Main St 1", 34.2, 108.9)
    said = "Water everywhere.\nhttps://pictures.example.org/1.jpg\nrosa@example.org"
    assert Note.objects.get(ticket=ticket).text == said


def test_every_link_reaches_the_desk_and_a_description_stays_as_short_as_clients_can_read(app: App) -> None:
    links = [f"https://pictures.example.org/{number}.jpg" for number in (1, 2)]
    number = app.files(description="x" * 4000, media_url=links)
    assert Note.objects.get().text.splitlines() == ["x" * 4000, *links]
    assert app.get(f"requests/{number}.json").json()[0]["description"] == "x" * 4000


def test_the_resident_is_the_contact_unless_another_one_is_given(app: App, leak: ServiceType) -> None:
    leak.form = {
        "type": "object",
        "properties": {"phone": {"type": "string", "format": "phone"}},
        "required": ["phone"],
    }
    leak.save()

    def contact(**form: str) -> tuple[str, str, str]:
        ticket = Ticket.objects.get(reference=app.files(**form))
        return ticket.contact_name, ticket.contact_phone, ticket.details["phone"]

    assert contact() == ("Rosa Resident", "+8613812345678", "+8613812345678")
    assert contact(phone="13812345670") == ("Rosa Resident", "+8613812345670", "13812345670")
    assert contact(**{"attribute[phone]": "13812345671"}) == ("Rosa Resident", "+8613812345671", "13812345671")


def test_xml_answers_a_report_too(app: App) -> None:
    root = xml(app.post("requests.xml", service_code="leak", lat="1", long="2", **{"attribute[fault]": "burst"}))
    assert root.tag == "service_requests"
    number = root.findtext("request/service_request_id")
    ticket = Ticket.objects.get(reference=number)
    assert ticket.address == "1.00000, 2.00000"
    followed = xml(app.get(f"requests/{number}.xml"))
    assert followed.findtext("request/status") == "open"
    assert followed.findtext("request/lat") == "1.0"


def test_a_known_site_keeps_its_position_and_can_be_named(app: App, world: World) -> None:
    number = app.files(address_string="Main St 1", lat="1", long="2")
    site = Ticket.objects.get(reference=number).site
    assert site is not None
    again = app.files(address_string="", address_id=str(site.pk), lat="5", long="6")
    assert Ticket.objects.get(reference=again).site == site
    assert Site.objects.get(pk=site.pk).latitude == 1
    stranger = app.post(service_code="leak", address_id=str(world.site.pk), **{"attribute[fault]": "drip"})
    assert refusals(stranger) == ["address_id site_unknown"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"service_code": "never"}, ["service_code service_type_unknown"]),
        ({"service_code": ""}, ["service_code required"]),
        ({"attribute[fault]": ""}, ["attribute[fault] required"]),
        ({"attribute[fault]": "flood"}, ["attribute[fault] choice"]),
        ({"attribute[fault]": ["drip", "burst"]}, ["attribute[fault] choice"]),
        ({"attribute[litres]": "much"}, ["attribute[litres] type"]),
        ({"attribute[litres]": "1e999"}, ["attribute invalid"]),
        ({"attribute[floor]": "9" * 5000}, ["attribute[floor] type"]),
        ({"attribute[floor]": "-1"}, ["attribute[floor] out_of_range"]),
        ({"attribute[rooms]": "attic"}, ["attribute[rooms][0] choice"]),
        ({"attribute[since]": "yesterday"}, ["attribute[since] format"]),
        ({"attribute[other]": "1"}, ["attribute[other] unknown_field"]),
        ({"attribute[story]": "a\0b"}, ["attribute invalid"]),
        ({"lat": "91", "long": "0"}, ["lat max_value"]),
        ({"lat": "nan", "long": "0"}, ["lat invalid"]),
        ({"lat": "1"}, ["long required"]),
        ({"long": "1"}, ["lat required"]),
        ({"address_string": ""}, ["address_string location_required"]),
        ({"address_id": "seven"}, ["address_id invalid"]),
        ({"phone": "12"}, ["phone phone_not_valid"]),
        ({"email": "nobody"}, ["email invalid"]),
        ({"media_url": "file:///etc/passwd"}, ["media_url invalid"]),
        ({"description": "x" * 4001}, ["description max_length"]),
        ({"description": "a\0b"}, ["description null_characters_not_allowed"]),
    ],
)
def test_bad_input_is_named_and_leaves_nothing_behind(app: App, form: dict[str, Any], expected: list[str]) -> None:
    answer = app.post(**{**RIGHT, **form})
    assert answer.status_code == 400, answer.content
    assert refusals(answer) == expected
    assert not Ticket.objects.exists()
    assert not Site.objects.exists()


def test_where_there_are_several_territories_one_has_to_be_named(app: App, people: People) -> None:
    assert people.south
    assert refusals(app.post(**RIGHT)) == ["jurisdiction_id territory_required"]
    unknown = app.post(**RIGHT, jurisdiction_id="west")
    assert (unknown.status_code, refusals(unknown)) == (404, ["jurisdiction_unknown"])
    number = app.files(jurisdiction_id="south")
    assert [row["service_request_id"] for row in app.get("requests.json", jurisdiction_id="south").json()] == [number]
    assert app.get("requests.json", jurisdiction_id="north").json() == []
    for path in ("services.json", "services/leak.json", "requests.json", f"requests/{number}.json"):
        assert app.get(path, jurisdiction_id="west").status_code == 404


def test_an_older_client_names_the_territory_in_the_address(app: App, people: People) -> None:
    def territory_of(*, in_address: str, **form: str) -> str:
        answer = app.post(**RIGHT, **form, in_address=f"?jurisdiction_id={in_address}")
        assert answer.status_code == 201, answer.content
        return Ticket.objects.get(reference=answer.json()[0]["service_request_id"]).territory.code

    assert people.south
    assert territory_of(in_address="south") == "south"
    assert territory_of(in_address="north") == "north", "the same form for another territory is another request"
    assert territory_of(in_address="south", jurisdiction_id=" ") == "south"
    assert territory_of(in_address="south", jurisdiction_id="north", description="The form goes first.") == "north"
    for wrong in ("west", "%00", "x" * 51):
        assert app.post(**RIGHT, in_address=f"?jurisdiction_id={wrong}").status_code in (400, 404)
    assert Ticket.objects.count() == 3


def test_only_residents_file(people: People, leak: ServiceType) -> None:
    nobody = App(None).post(**RIGHT)
    assert (nobody.status_code, refusals(nobody)) == (403, ["api_key_required"])
    lost = App(None).post(**RIGHT, api_key="made-up")
    assert (lost.status_code, refusals(lost)) == (403, ["token_not_valid"])
    for person in (people.agent, people.technician, people.administrator):
        answer = App(person).post(**RIGHT)
        assert (answer.status_code, refusals(answer)) == (403, ["role_required"])
    assert not Ticket.objects.exists()


def test_other_forms_of_a_body_are_refused_in_the_same_shape(app: App) -> None:
    url = f"{HOME}/requests.json?api_key={app.key}"
    json = app.client.post(url, {"service_code": "leak"}, format="json")
    assert (json.status_code, refusals(json)) == (415, ["unsupported_media_type"])
    large = app.client.post(url, "description=" + "x" * 200_000, content_type=FORM)
    assert (large.status_code, refusals(large)) == (413, ["request_too_large"])
    many = app.client.post(url, "&".join(f"a{i}=1" for i in range(2000)), content_type=FORM)
    assert (many.status_code, refusals(many)) == (400, ["malformed_request"])
    assert app.client.post(url).status_code in (400, 415)
    assert app.client.put(url).status_code == 405


def test_a_key_follows_what_was_filed_with_it_and_nothing_else(app: App, people: People) -> None:
    number = app.files(description="Water everywhere.")
    [row] = app.get(f"requests/{number}.json").json()
    assert row["service_request_id"] == number
    assert (row["status"], row["status_notes"]) == ("open", "We have your report.")
    assert (row["service_name"], row["service_code"]) == ("Leak", "leak")
    assert (row["description"], row["address"]) == ("Water everywhere.", "Main St 1")
    assert row["agency_responsible"] == "North"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["requested_datetime"])
    assert row["updated_datetime"] >= row["requested_datetime"]
    assert app.get("requests.json").json() == [row]
    assert app.get(f"tokens/{number}.json").json() == [{"service_request_id": number, "token": number}]
    for stranger in (App(people.neighbour), App(people.agent), App(people.administrator), App(None)):
        assert stranger.get("requests.json").json() == []
        assert stranger.get("requests.json", service_request_id=number).json() == []
        for path in (f"requests/{number}.json", f"tokens/{number}.json"):
            assert stranger.get(path).content == stranger.get(path.replace(number, "XXX-XXX")).content
            assert stranger.get(path).status_code == 404


def test_a_public_kind_of_service_shows_no_place_and_no_person(app: App, people: People, settings: Any) -> None:
    number = app.files(description="Water at Rosa's.", lat="1", long="2", first_name="Rosa")
    settings.OPEN311_PUBLIC = ["leak"]
    for stranger in (App(None), App(people.neighbour)):
        answer = stranger.get(f"requests/{number}.json")
        [row] = answer.json()
        assert {name for name, value in row.items() if value is not None} == {
            "service_request_id",
            "status",
            "status_notes",
            "service_name",
            "service_code",
            "agency_responsible",
            "requested_datetime",
            "updated_datetime",
        }
        assert stranger.get("requests.json").json() == [row]
        assert "Rosa" not in answer.content.decode()
    assert app.get(f"requests/{number}.json").json()[0]["address"] == "Main St 1"


def test_resolved_is_closed_and_a_planned_visit_is_expected(app: App, world: World) -> None:
    ticket = Ticket.objects.get(reference=app.files())
    visit = world.dispatched_visit(ticket=ticket)
    [row] = app.get("requests.json").json()
    assert row["expected_datetime"] == visit.window_end.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert row["description"] is None
    Ticket.objects.filter(pk=ticket.pk).update(status="resolved", resolved_at=now())
    assert app.get("requests.json", status="open").json() == []
    [row] = app.get("requests.json", status="closed", language="zh-hans").json()
    assert (row["status"], row["status_notes"], row["agency_responsible"]) == ("closed", "已解决。", "北区")
    assert len(app.get("requests.json", status="open,closed").json()) == 1


def test_requests_are_found_by_date_service_and_id(app: App) -> None:
    with time_is(now() - timedelta(days=100)):
        old = app.files()
    new = app.files()

    def found(**query: Any) -> list[str]:
        answer = app.get("requests.json", **query)
        assert answer.status_code == 200, answer.content
        return [row["service_request_id"] for row in answer.json()]

    def day(days: int) -> str:
        return (now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert found() == [new]
    assert found(start_date=day(-101)) == [old]
    assert found(end_date=day(-99)) == [old]
    assert found(start_date=day(-120), end_date=day(-110)) == []
    assert found(start_date=day(-110), end_date=day(-120)) == []
    assert found(service_request_id=f"{old},{new.lower()}", status="closed") == [new, old]
    assert found(service_code="leak,other") == [new]
    both = f"{HOME}/requests.json?api_key={app.key}&service_code=leak&service_code=other&status=open&status=closed"
    assert [row["service_request_id"] for row in app.client.get(both).json()] == [new]
    assert found(service_code="other") == []
    assert found(service_request_id="nonsense") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "done"}, ["status invalid_choice"]),
        ({"start_date": "yesterday"}, ["start_date invalid"]),
        ({"end_date": "9999-12-31T23:59:59Z"}, ["end_date out_of_range"]),
        ({"start_date": "0001-01-01T00:00:00Z"}, ["start_date out_of_range"]),
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-02T00:00:00Z"}, ["end_date date_range_too_long"]),
        ({"service_request_id": "a\0b"}, ["service_request_id null_characters_not_allowed"]),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(app: App, query: dict[str, str], expected: list[str]) -> None:
    answer = app.get("requests.json", **query)
    assert answer.status_code == 400
    assert refusals(answer) == expected
    root = xml(app.get("requests.xml", **query))
    assert (root.tag, root[0].tag, root.findtext("error/code")) == ("errors", "error", "400")


def test_no_text_breaks_the_xml(app: App) -> None:
    number = app.files(description="<b>&]]>\x0b\ufffe 水 \U0001f4a7")
    text = xml(app.get(f"requests/{number}.xml")).findtext("request/description")
    assert text == "<b>&]]>\ufffd\ufffd 水 \U0001f4a7"


def test_a_list_costs_as_many_queries_as_a_single_request(
    app: App, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(5):
        app.files(address_string=f"Main St {number}")
    with django_assert_max_num_queries(5):  # whose key it is, three to count it, the list
        assert len(app.get("requests.json").json()) == 5


def commands() -> Iterator[list[str]]:
    page = Path(__file__).resolve().parents[2] / "docs/open311.md"
    for line in page.read_text().splitlines():
        if line.startswith("curl "):
            yield shlex.split(line.replace("$URL", ""))[1:]


def test_the_lines_of_the_page_work(app: App, world: World) -> None:
    world.service_type.form = {"type": "object", "properties": {}}
    world.service_type.save()
    statuses = []
    for words in commands():
        url, *options = [word.replace("$KEY", str(app.key)) for word in words]
        pairs = list(zip(options[::2], options[1::2], strict=True))
        data = "&".join(value for option, value in pairs if option == "-d")
        headers = dict(value.split(": ") for option, value in pairs if option == "-H")
        if data:
            answer = app.client.post(url, urlencode(parse_qs(data), doseq=True), content_type=FORM, headers=headers)
        else:
            answer = app.client.get(urlsplit(url).path, parse_qs(urlsplit(url).query), headers=headers)
        statuses.append(answer.status_code)
    assert statuses == [200, 200, 201, 200]
    assert Note.objects.get().text == "Water in the cellar."
