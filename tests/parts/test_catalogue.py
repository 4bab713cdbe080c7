"""The catalogue: written by storekeepers, added to by technicians on site, searched by everybody who works here."""

import pytest

from parts.catalogue import services
from parts.models import Discrepancy, Part, StockMovement
from sync.ids import uuid7
from tests.parts.store import MORNING, Store, books_are_right, codes, ids, offline, online

pytestmark = pytest.mark.django_db

NEW = {"number": "GAS-TAP", "name": "Sealing tape", "name_zh": "密封带", "price": "5.00"}


def test_a_storekeeper_adds_a_part_and_changes_it(api, people):
    client = api(people.storekeeper)
    response = client.post("/api/v1/parts", NEW)
    assert response.status_code == 201, response.content
    part = response.json()
    assert (part["unit"], part["tracking"], part["status"]) == ("piece", "quantity", "active")
    assert (part["price"], part["currency"]) == ("5.00", "CNY")
    changed = client.patch(f"/api/v1/parts/{part['id']}", {"price": "6.5", "model": "PTFE-G"})
    assert changed.json() == part | {"price": "6.50", "model": "PTFE-G"}
    assert client.get(f"/api/v1/parts/{part['id']}").json() == changed.json()


@pytest.mark.parametrize("role", ["technician", "dispatcher", "agent", "supervisor"])
def test_others_look_and_do_not_write(api, people, store: Store, role: str):
    client = api(getattr(people, role))
    assert client.get(f"/api/v1/parts/{store.valve.pk}").status_code == 200
    for response in (
        client.post("/api/v1/parts", NEW),
        client.patch(f"/api/v1/parts/{store.valve.pk}", {"name": "Mine"}),
        client.post(f"/api/v1/parts/{store.unheard_of.pk}/merge", {"into_id": str(store.valve.pk)}),
    ):
        assert response.status_code == 403
        assert response.json()["code"] == "role_required"


def test_residents_see_no_catalogue(api, people, store: Store):
    client = api(people.resident)
    part = f"/api/v1/parts/{store.valve.pk}"
    assert ids(client.get("/api/v1/parts")) == set()
    assert client.get(part).status_code == 404
    assert client.patch(part, {"name": "Mine"}).status_code == 404
    assert client.post("/api/v1/parts", NEW).status_code == 403
    assert client.post("/api/v1/parts/provisional", {"model": "XS-9"}).status_code == 403
    assert api(None).get("/api/v1/parts").status_code == 401


def test_a_part_is_found_by_number_name_and_model_in_either_language(api, people, store: Store):
    client = api(people.technician)
    wanted = {store.valve.pk}
    assert store.hose.pk not in wanted
    for words in ("vlv-15", "ball val", "球", "qf-dn"):
        assert ids(client.get("/api/v1/parts", {"search": words})) == wanted
    assert ids(client.get("/api/v1/parts", {"status": "provisional"})) == set()
    assert ids(client.get("/api/v1/parts", {"tracking": "quantity", "ordering": "-name"})) == {
        store.valve.pk,
        store.hose.pk,
    }


def test_a_number_belongs_to_one_part(api, people, store: Store):
    client = api(people.storekeeper)
    taken = client.post("/api/v1/parts", NEW | {"number": store.valve.number})
    assert (taken.status_code, taken.json()["code"]) == (409, "part_number_taken")
    taken = client.patch(f"/api/v1/parts/{store.hose.pk}", {"number": store.valve.number})
    assert (taken.status_code, taken.json()["code"]) == (409, "part_number_taken")
    taken = client.post("/api/v1/parts", NEW | {"id": str(store.valve.pk)})
    assert (taken.status_code, taken.json()["code"]) == (409, "id_taken")


@pytest.mark.parametrize(
    ("field", "value"),
    [("price", "-1"), ("price", "1.005"), ("currency", "yuan"), ("unit", "dozen"), ("number", ""), ("name", " ")],
)
def test_bad_input_is_named(api, people, field: str, value: str):
    response = api(people.storekeeper).post("/api/v1/parts", NEW | {field: value})
    assert response.status_code == 400
    assert set(codes(response.json()["errors"])) == {field}


def test_what_was_counted_keeps_its_unit_and_tracking(api, people, store: Store):
    store.receive(store.depot, store.valve)
    client = api(people.storekeeper)
    for change in ({"unit": "metre"}, {"tracking": "serial"}):
        response = client.patch(f"/api/v1/parts/{store.valve.pk}", change)
        assert (response.status_code, response.json()["code"]) == (409, "part_counted")
    assert client.patch(f"/api/v1/parts/{store.valve.pk}", {"unit": "piece", "name": "Valve"}).status_code == 200
    assert client.patch(f"/api/v1/parts/{store.hose.pk}", {"unit": "piece"}).status_code == 200


def test_a_part_is_superseded_retired_and_brought_back(api, people, store: Store):
    client = api(people.storekeeper)
    valve, hose = f"/api/v1/parts/{store.valve.pk}", f"/api/v1/parts/{store.hose.pk}"
    answer = client.patch(valve, {"superseded_by_id": str(store.hose.pk)}).json()
    assert (answer["status"], answer["superseded_by_id"]) == ("superseded", str(store.hose.pk))
    circle = client.patch(hose, {"superseded_by_id": str(store.valve.pk)})
    assert (circle.status_code, circle.json()["code"]) == (400, "supersession_circular")
    answer = client.patch(valve, {"status": "retired"}).json()
    assert (answer["status"], answer["superseded_by_id"]) == ("retired", None)
    assert client.patch(valve, {"superseded_by_id": None}).json()["status"] == "active"
    unknown = client.patch(valve, {"superseded_by_id": str(uuid7())})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "part_not_known")


# Provisional parts


def test_a_technician_names_a_part_that_nobody_knows(api, people):
    part_id = str(uuid7())
    client = api(people.technician)
    for _ in range(2):  # the first reply was lost
        response = client.post("/api/v1/parts/provisional", {"id": part_id, "model": "XS-9"})
        assert response.status_code == 201
        assert response.json()["id"] == part_id
    part = Part.objects.get()
    assert (part.status, part.name, part.unit) == ("provisional", "XS-9", "piece")
    assert part.proposed_by == people.technician


def test_a_part_is_named_without_signal_and_once(phone, people):
    toms = phone(people.technician)
    part_id = uuid7()
    toms.does("part.provisional", hours_ago=3, id=part_id, model="XS-9", name="Odd rope", unit="metre")
    toms.push(reply_is_lost=True)
    assert toms.push() == ["applied"]
    toms.pull()
    document = toms.document("parts", part_id)
    assert document is not None
    assert (document["status"], document["model"]) == ("provisional", "XS-9")
    assert (document["name"], document["unit"]) == ("Odd rope", "metre")
    colins = phone(people.colleague)
    colins.does("part.provisional", id=uuid7(), model="XS-9")  # a part of its own: a storekeeper merges them
    assert colins.push() == ["applied"]
    assert Part.objects.filter(model="XS-9").count() == 2


def test_a_storekeeper_takes_a_provisional_part_into_the_catalogue(api, people, store: Store):
    part = f"/api/v1/parts/{store.unheard_of.pk}"
    client = api(people.storekeeper)
    early = client.patch(part, {"tracking": "serial"})
    assert (early.status_code, early.json()["code"]) == (400, "provisional_by_quantity")
    answer = client.patch(part, {"status": "active", "number": "SEAL-9", "tracking": "serial"})
    assert (answer.json()["status"], answer.json()["number"]) == ("active", "SEAL-9")


def merge(store: Store, part: Part, into: Part) -> Part:
    return services.merge_provisional_part(
        actor=online(store.people.storekeeper), occurred_at=MORNING, part_id=part.pk, into_id=into.pk, note="same thing"
    )


def test_merging_moves_all_stock_by_movements_and_keeps_the_history(api, people, store: Store):
    toms = offline(people.technician)
    store.use(toms, store.van, store.unheard_of, 3)
    store.take_back(toms, store.van, store.unheard_of, 5)
    store.receive(store.van, store.valve, 1)
    before = set(StockMovement.objects.filter(part=store.unheard_of).values_list("pk", flat=True))
    response = api(people.storekeeper).post(
        f"/api/v1/parts/{store.unheard_of.pk}/merge", {"into_id": str(store.valve.pk), "note": "same thing"}
    )
    assert response.status_code == 200, response.content
    assert (response.json()["status"], response.json()["superseded_by_id"]) == ("superseded", str(store.valve.pk))
    for part, factor in ((store.unheard_of, 0), (store.valve, 1)):
        assert store.on_hand(store.customer, part) == 3 * factor
        assert store.on_hand(store.customer, part, "faulty") == -5 * factor
        assert store.on_hand(store.van, part, "faulty") == 5 * factor
    assert store.on_hand(store.van, store.valve) == 1
    history = ids(api(people.storekeeper).get("/api/v1/stock/movements", {"part": str(store.valve.pk)}))
    assert before <= history
    assert books_are_right()


def test_a_phone_that_has_not_heard_of_the_merge_books_the_right_part(store: Store, people):
    store.receive(store.van, store.valve, 2)
    merge(store, store.unheard_of, store.valve)
    movement = store.use(offline(people.technician), store.van, store.unheard_of)
    assert movement.part == store.valve
    assert store.on_hand(store.van, store.valve) == 1
    assert not Discrepancy.objects.exists()


def test_units_of_an_unknown_part_become_unread_units_of_one_that_is_followed_by_serial(store: Store, people):
    store.take_back(offline(people.technician), store.van, store.unheard_of, 2)
    merge(store, store.unheard_of, store.modem)
    assert store.on_hand(store.van, store.modem, "faulty") == 2
    assert books_are_right()


def test_only_a_provisional_part_is_merged_and_only_into_an_active_one_of_its_unit(api, people, store: Store):
    client = api(people.storekeeper)

    def answer(part: Part, into: object) -> tuple[int, str]:
        response = client.post(f"/api/v1/parts/{part.pk}/merge", {"into_id": str(getattr(into, "pk", into))})
        return response.status_code, response.json().get("code", "")

    retired = Part.objects.create(number="OLD", name="Old", status="retired")
    assert answer(store.valve, store.hose) == (409, "part_not_provisional")
    assert answer(store.unheard_of, retired) == (409, "merge_target_not_active")
    assert answer(store.unheard_of, store.unheard_of) == (409, "merge_target_not_active")
    assert answer(store.unheard_of, store.hose) == (409, "units_differ")
    assert answer(store.unheard_of, uuid7()) == (400, "part_not_known")
    assert answer(store.unheard_of, store.valve) == (200, "")
    assert answer(store.unheard_of, store.valve) == (409, "part_not_provisional")
    merged = client.patch(f"/api/v1/parts/{store.unheard_of.pk}", {"status": "active"})
    assert (merged.status_code, merged.json()["code"]) == (409, "part_merged")
