"""Places that hold stock: who sees them, who sets them up, who drives which van."""

import pytest

from accounts.models import RoleGrant
from parts.locations.selectors import open_depot_scopes, van_of
from parts.models import Location
from sync.ids import uuid7
from tests.parts.store import Store, ids, online

pytestmark = pytest.mark.django_db


def test_a_storekeeper_sets_up_a_van_and_gives_it_to_a_technician(api, people):
    client = api(people.storekeeper)
    response = client.post(
        "/api/v1/locations",
        {
            "code": "V1",
            "name": "Van 1",
            "kind": "van",
            "territory_id": str(people.north.pk),
            "keeper_id": str(people.technician.pk),
        },
    )
    assert response.status_code == 201, response.content
    van = van_of(people.technician)
    assert van is not None
    assert str(van.pk) == response.json()["id"]
    given = client.patch(f"/api/v1/locations/{van.pk}", {"keeper_id": str(people.colleague.pk)})
    assert given.json()["keeper"] == str(people.colleague.pk)
    assert van_of(people.technician) is None
    assert van_of(people.colleague) == van


def refusal(response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_what_makes_no_sense_is_refused(api, people, store: Store):
    client = api(people.administrator)
    north = str(people.north.pk)
    van = {"code": "V1", "name": "Van 1", "kind": "van", "territory_id": north}

    def post(**changes: object) -> tuple[int, str]:
        return refusal(client.post("/api/v1/locations", van | changes))

    assert post(code=store.depot.code) == (409, "location_code_taken")
    assert post(id=str(store.depot.pk)) == (409, "id_taken")
    assert post(territory_id=None) == (400, "territory_required")
    assert post(territory_id=str(uuid7())) == (400, "territory_not_known")
    assert post(keeper_id=str(people.dispatcher.pk)) == (400, "keeper_not_technician")
    assert post(keeper_id=str(store.van.keeper_id)) == (409, "keeper_has_van")
    assert post(kind="depot", keeper_id=str(people.colleague.pk)) == (400, "keeper_without_van")
    assert post(territory_id=str(people.south.pk), keeper_id=str(people.colleague.pk)) == (400, "keeper_not_technician")
    store.take_back(online(people.technician), store.van, store.valve)  # which makes the customers' place
    assert post(kind="customer", territory_id=None) == (409, "customers_exist")
    assert post(kind="cupboard") == (400, "invalid_input")


def test_a_place_with_stock_is_not_closed(api, people, store: Store):
    store.receive(store.depot, store.valve)
    client = api(people.storekeeper)
    depot = f"/api/v1/locations/{store.depot.pk}"
    assert refusal(client.patch(depot, {"is_active": False})) == (409, "location_holds_stock")
    store.move(store.depot, store.van, store.valve)
    assert client.patch(depot, {"is_active": False}).json()["is_active"] is False


def test_a_storekeeper_arranges_the_own_territory_only(api, people, store: Store):
    client = api(people.storekeeper)
    depot = {"code": "D2", "name": "Depot 2", "kind": "depot"}
    assert refusal(client.post("/api/v1/locations", depot | {"territory_id": str(people.south.pk)})) == (
        403,
        "role_required",
    )
    assert refusal(client.post("/api/v1/locations", {"code": "C", "name": "C", "kind": "central"}))[0] == 403
    assert refusal(client.patch(f"/api/v1/locations/{store.central.pk}", {"name": "Mine"}))[0] == 403
    assert refusal(client.patch(f"/api/v1/locations/{store.southern_depot.pk}", {"name": "Mine"}))[0] == 404
    north = f"/api/v1/locations/{store.depot.pk}"
    assert refusal(client.patch(north, {"territory_id": str(people.south.pk)}))[0] == 403
    assert refusal(api(people.supervisor).patch(north, {"name": "Mine"})) == (403, "role_required")


def test_everybody_sees_the_places_that_concern_them(api, people, store: Store):
    north = {store.depot.pk, store.van.pk, store.colleagues_van.pk, store.central.pk}
    south = {store.southern_depot.pk, store.central.pk}
    store.take_back(online(people.technician), store.van, store.valve)
    seen = {
        people.technician: {store.van.pk},
        people.resident: set(),
        people.agent: north,
        people.dispatcher: north,
        people.storekeeper: north,
        people.supervisor: north,
        people.southern_dispatcher: south,
        people.administrator: north | south | {store.customer.pk},
    }
    for person, places in seen.items():
        client = api(person)
        assert ids(client.get("/api/v1/locations")) == places, person
        for place in Location.objects.all():
            expected = 200 if place.pk in places else 404
            assert client.get(f"/api/v1/locations/{place.pk}").status_code == expected, (person, place)


def test_the_list_is_narrowed(api, people, store: Store):
    client = api(people.administrator)
    everything = {store.depot.pk, store.van.pk, store.southern_depot.pk}
    assert ids(client.get("/api/v1/locations")) == everything
    assert ids(client.get("/api/v1/locations", {"kind": "van"})) == {store.van.pk}
    assert ids(client.get("/api/v1/locations", {"territory": str(people.south.pk)})) == {store.southern_depot.pk}
    assert ids(client.get("/api/v1/locations", {"keeper": str(people.technician.pk)})) == {store.van.pk}
    assert ids(client.get("/api/v1/locations", {"is_active": "false"})) == set()
    assert ids(client.get("/api/v1/locations", {"search": "d-n"})) == {store.depot.pk}


def test_a_storekeeper_pulls_the_depots_of_the_own_territory(people, store: Store):
    depots = {store.depot: "north", store.central: "all", store.southern_depot: "south"}
    assert store.van not in depots
    assert set(open_depot_scopes(people.storekeeper)) == {f"depot:{store.depot.pk}", f"depot:{store.central.pk}"}
    for person in (people.technician, people.dispatcher, people.resident):
        assert open_depot_scopes(person) == []
    RoleGrant.objects.create(user=people.supervisor, role="storekeeper")  # everywhere
    people.supervisor.forget_grants()
    assert len(open_depot_scopes(people.supervisor)) == len(depots)
