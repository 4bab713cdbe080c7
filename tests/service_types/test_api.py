"""Service types over HTTP and on phones: read by everybody, written by administrators."""

import pytest

from accounts.models import Skill
from sync.feed.services import catch_up
from tests.phone import fresh_phone
from tickets.clock.defaults import ensure_default_policy
from tickets.clock.models import ClockTimer, SlaPolicy
from tickets.service_types.defaults import SERVICE_TYPES, ensure_service_types
from tickets.service_types.models import ServiceType, ServiceTypeSkill

URL = "/api/v1/service-types"
DOORS = {"code": "door", "text": "Doors close", "text_zh": "门能关闭"}
LIFT = {
    "code": "lift",
    "name": "Lift",
    "name_zh": "电梯",
    "form": {"type": "object", "properties": {"floor": {"type": "integer", "title": "Floor", "title_zh": "楼层"}}},
    "checklist": [DOORS],
    "resolution_codes": [{"code": "adjusted", "text": "Adjusted", "text_zh": "已调整"}],
    "default_priority": 2,
    "visit_minutes": 90,
}


@pytest.fixture
def admin(api, people):
    return api(people.administrator)


def errors(response, status=400):
    assert response.status_code == status, response.content
    return [(error["field"], error["code"]) for error in response.json().get("errors", [])] or response.json()["code"]


def test_an_administrator_adds_a_kind_and_everybody_reads_it(admin, api, people):
    Skill.objects.create(code="lifts", name="Lifts")
    policy = str(ensure_default_policy().pk)
    made = admin.post(URL, {**LIFT, "skills": ["lifts"], "policy_id": policy})
    assert made.status_code == 201, made.content
    assert {**LIFT, "skills": ["lifts"], "policy_id": policy, "is_active": True}.items() <= made.json().items()
    for person in (people.resident, people.technician, people.agent, people.storekeeper):
        seen = {name: value for name, value in made.json().items() if person.works_here or name != "likely_parts"}
        assert api(person).get(f"{URL}/{made.json()['id']}").json() == seen
        assert api(person).get(URL).json()["results"] == [seen]
    assert api(None).get(URL).status_code == 401


def test_an_administrator_changes_a_kind_and_takes_it_off_the_list(admin):
    made = admin.post(URL, LIFT).json()
    changed = admin.patch(f"{URL}/{made['id']}", {"name": "Lifts and escalators", "is_active": False})
    assert changed.json() == {**made, "name": "Lifts and escalators", "is_active": False}
    assert admin.get(URL, {"is_active": "true"}).json()["results"] == []
    assert admin.get(URL, {"code": "lift"}).json()["results"] == [changed.json()]


def test_nobody_else_writes(api, people):
    made = ServiceType.objects.create(code="lift", name="Lift")
    for person in (people.supervisor, people.dispatcher, people.agent, people.technician, people.resident):
        client = api(person)
        assert errors(client.post(URL, LIFT), 403) == "role_required"
        assert errors(client.patch(f"{URL}/{made.pk}", {"name": "Mine"}), 403) == "role_required"


def test_bad_input_names_the_field_and_writes_nothing(admin):
    def post(**fields):
        return errors(admin.post(URL, {**LIFT, **fields}))

    assert post(form={"type": "array"}) == [("form", "form_not_valid")]
    assert post(form={"type": "object", "properties": {"a": {"type": "b"}}}) == [
        ("form.properties.a.type", "form_not_valid")
    ]
    assert post(skills=["juggling"]) == [("skills[0]", "skill_not_known")]
    assert post(policy_id="00000000-0000-0000-0000-000000000000") == [("policy_id", "policy_not_known")]
    assert post(checklist=[DOORS, DOORS]) == [("checklist[1].code", "code_twice")]
    assert post(default_priority=5) == [("default_priority", "max_value")]
    assert not ServiceType.objects.exists()


def test_a_code_and_an_id_are_taken_once(admin):
    made = admin.post(URL, LIFT).json()
    assert errors(admin.post(URL, LIFT), 409) == "code_taken"
    assert errors(admin.post(URL, {**LIFT, "code": "hoist", "id": made["id"]}), 409) == "id_taken"


def test_another_policy_reaches_the_open_clocks_with_the_next_sweep(admin, report, service_type):
    ticket = report(service_type=service_type)
    other = SlaPolicy.objects.create(code="other", name="Other")
    admin.patch(f"{URL}/{service_type.pk}", {"name": "Broadband, fast"})
    assert not ClockTimer.objects.filter(stale=True).exists()
    admin.patch(f"{URL}/{service_type.pk}", {"policy_id": str(other.pk)})
    assert ClockTimer.objects.filter(stale=True, clock__ticket=ticket).count() == 2


def test_the_list_takes_a_fixed_number_of_queries(admin, django_assert_max_num_queries):
    ensure_service_types()
    with django_assert_max_num_queries(5):  # token, its renewal, grants, rows, skills
        assert len(admin.get(URL).json()["results"]) == len(SERVICE_TYPES)


def test_the_shipped_kinds_are_made_once_and_an_administrators_changes_stay(db):
    made = ensure_service_types()
    assert set(made) == {"broadband", "hotel_wireless", "gas_meter", "building_services", "traction_equipment"}
    assert {row.policy for row in made.values()} == {ensure_default_policy()}
    ServiceType.objects.filter(code="broadband").update(name="Our broadband")
    assert ensure_service_types()["broadband"].name == "Our broadband"
    assert ServiceType.objects.count() == len(SERVICE_TYPES)
    assert [skill.code for skill in made["gas_meter"].skills.all()] == ["gas"]


def test_phones_of_residents_and_technicians_have_the_kinds_with_their_forms(people):
    ensure_service_types()
    for person in (people.resident, people.technician):
        documents = fresh_phone(person).collection("service_types")
        broadband = next(document for document in documents.values() if document["code"] == "broadband")
        assert len(documents) == len(SERVICE_TYPES)
        assert broadband["form"]["properties"]["fault"]["title_zh"] == "故障类型"
        assert broadband["skills"] == ["fibre"]


def test_a_skill_that_is_added_behind_the_services_back_reaches_the_phone(people, phone):
    made = ensure_service_types()["gas_meter"]
    device = phone(people.technician)
    device.pull()
    ServiceTypeSkill.objects.create(service_type=made, skill=Skill.objects.create(code="ladders", name="Ladders"))
    catch_up()
    device.pull()
    document = device.document("service_types", made)
    assert document is not None
    assert document["skills"] == ["gas", "ladders"]
