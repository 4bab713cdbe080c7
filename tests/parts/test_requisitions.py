"""Somebody asks for parts, somebody else decides, and a transfer brings them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import RoleGrant, User
from accounts.people.models import Role
from fieldsvc.time import now
from notifications.models import Notice
from parts.locations.services import change_location
from parts.models import Part, Requisition, Transfer
from parts.requisitions.services import submit_requisition
from sync.ids import uuid7
from tests.parts.store import MORNING, Store, codes, ids, online
from tests.phone import fresh_phone

pytestmark = pytest.mark.django_db


def refusal(response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.fixture
def tom(api, people):
    return api(people.technician)


@pytest.fixture
def stella(api, people):
    return api(people.storekeeper)


@pytest.fixture
def wish(tom, store: Store, people) -> dict[str, Any]:
    """The technician wants five valves and two metres of hose."""
    assert people.storekeeper
    Part.objects.filter(pk=store.hose.pk).update(price=3)
    lines = [
        {"part_id": str(store.valve.pk), "quantity": "5"},
        {"part_id": str(store.hose.pk), "quantity": "2", "note": "the grey one"},
    ]
    response = tom.post("/api/v1/requisitions", {"location_id": str(store.van.pk), "lines": lines, "reason": "Monday"})
    assert response.status_code == 201, response.content
    requisition: dict[str, Any] = response.json()
    return requisition


def step(client, requisition: dict[str, Any], name: str, **body: Any):
    return client.post(f"/api/v1/requisitions/{requisition['id']}/{name}", body)


def state(requisition: dict[str, Any]) -> str:
    return Requisition.objects.get(pk=requisition["id"]).status


def test_what_is_asked_for_without_signal_is_approved_released_and_received(stella, people, phone, store: Store):
    assert people.storekeeper
    store.receive(store.depot, store.valve, 9)
    store.receive(store.van, store.valve, 1)
    handset = phone(people.technician)
    handset.pull()
    wanted = uuid7()
    line = {"part_id": store.valve, "quantity": "5"}
    handset.does(
        "requisition.submit",
        hours_ago=3,
        id=wanted,
        location_id=store.van,
        depot_id=store.depot,
        visit_id=uuid7(),
        reason="Two leaks on Monday.",
        lines=[line],
    )
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied"]
    assert Notice.objects.get(kind="requisition_submitted").user == people.storekeeper
    assert set(fresh_phone(people.storekeeper).collection("requisitions")) == {str(wanted)}
    [row] = stella.get("/api/v1/requisitions", {"status": "submitted"}).json()["results"]

    fewer = [{"line_id": row["lines"][0]["id"], "quantity": "4"}]
    assert step(stella, row, "approve", lines=fewer, note="one is enough").json()["status"] == "partly_approved"
    assert Notice.objects.get(kind="requisition_decided").user == people.technician
    released = step(stella, row, "release").json()
    assert (released["status"], len(released["transfers"])) == ("released", 1)
    transfer = f"/api/v1/transfers/{released['transfers'][0]}"
    assert stella.post(f"{transfer}/dispatch").json()["requisition"] == str(wanted)

    handset.pull()
    document = handset.document("requisitions", wanted)
    assert (document["status"], document["lines"][0]["approved"]) == ("released", "4")
    [coming] = handset.collection("transfers").values()
    words = [{"line_id": coming["lines"][0]["id"], "quantity": coming["lines"][0]["quantity"]}]
    handset.does("transfer.receive", transfer_id=coming["id"], lines=words)
    assert handset.push() == ["applied"]
    handset.pull()
    assert handset.document("requisitions", wanted)["status"] == "closed"
    assert store.on_hand(store.van, store.valve) == 5
    assert handset.replica() == fresh_phone(people.technician).replica()


def test_all_is_approved_unless_a_line_says_otherwise(stella, wish):
    approved = step(stella, wish, "approve").json()
    assert approved["status"] == "approved"
    assert [line["approved"] for line in approved["lines"]] == ["5", "2"]
    assert refusal(step(stella, wish, "approve")) == (409, "requisition_transition_not_allowed")


def test_a_rejection_has_a_reason_and_is_told(stella, wish, people):
    assert codes(step(stella, wish, "reject", reason=" ").json()["errors"]) == {"reason": "blank"}
    assert step(stella, wish, "reject", reason="You have ten.").json()["decision_note"] == "You have ten."
    notice = Notice.objects.get(kind="requisition_decided")
    assert (notice.user, notice.body, "已驳回" in notice.title_zh) == (people.technician, "You have ten.", True)
    assert refusal(step(stella, wish, "release")) == (409, "requisition_transition_not_allowed")


def test_nobody_decides_about_their_own(api, people, stella, store: Store):
    own = stella.post(
        "/api/v1/requisitions",
        {"location_id": str(store.depot.pk), "lines": [{"part_id": str(store.valve.pk), "quantity": "1"}]},
    ).json()
    for name, body in (("approve", {}), ("reject", {"reason": "no"})):
        assert refusal(step(stella, own, name, **body)) == (403, "own_requisition")
    with pytest.raises(IntegrityError), transaction.atomic():
        Requisition.objects.filter(pk=own["id"]).update(
            status="approved", decided_by=people.storekeeper, decided_at=now()
        )
    assert step(api(people.supervisor), own, "approve").status_code == 200
    assert refusal(step(stella, own, "release", from_location_id=str(store.depot.pk))) == (409, "same_location")


def test_only_whoever_asked_withdraws_it_and_in_time(tom, stella, api, wish, people, store: Store):
    assert refusal(step(stella, wish, "cancel")) == (403, "not_your_requisition")
    assert refusal(step(api(people.colleague), wish, "cancel")) == (404, "not_found")
    for _ in range(2):
        assert step(tom, wish, "cancel").json()["status"] == "cancelled"
    assert refusal(step(stella, wish, "approve")) == (409, "requisition_transition_not_allowed")


def test_what_is_on_its_way_is_not_withdrawn(people, stella, wish, phone, store: Store):
    handset = phone(people.technician)
    step(stella, wish, "approve")
    step(stella, wish, "release", from_location_id=str(store.depot.pk))
    handset.does("requisition.cancel", requisition_id=wish["id"])
    assert handset.push() == ["refused"]
    [answer] = handset.answers.values()
    assert (answer["code"], answer["requisition_status"]) == ("requisition_transition_not_allowed", "released")


def test_what_was_approved_is_released_again_when_its_transfer_was_cancelled(stella, wish, store: Store):
    step(stella, wish, "approve")
    assert codes(step(stella, wish, "release").json()["errors"]) == {"from_location_id": "depot_required"}
    first = step(stella, wish, "release", from_location_id=str(store.depot.pk)).json()["transfers"][0]
    stella.post(f"/api/v1/transfers/{first}/cancel", {"reason": "from elsewhere"})
    assert state(wish) == "approved"
    again = step(stella, wish, "release", from_location_id=str(store.central.pk)).json()
    assert len(again["transfers"]) == 2
    assert Transfer.objects.get(status="draft").from_location == store.central


def test_the_units_to_send_are_named_at_release(stella, tom, store: Store):
    store.receive(store.depot, store.modem, serial="X1")
    body = {"location_id": str(store.van.pk), "lines": [{"part_id": str(store.modem.pk), "quantity": "1"}]}
    wanted = tom.post("/api/v1/requisitions", body).json()
    step(stella, wanted, "approve")
    unit = {"part_id": str(store.modem.pk), "quantity": "1", "serial": "X1"}
    released = step(stella, wanted, "release", from_location_id=str(store.depot.pk), lines=[unit]).json()
    assert stella.post(f"/api/v1/transfers/{released['transfers'][0]}/dispatch").status_code == 200


@pytest.mark.parametrize(
    ("line", "field"),
    [({"quantity": "0"}, "quantity"), ({"quantity": "1.5"}, "quantity"), ({"part_id": str(uuid7())}, "part_id")],
)
def test_a_wish_that_makes_no_sense_is_named_with_its_line(people, tom, phone, store: Store, line, field: str):
    body = {"location_id": str(store.van.pk), "lines": [{"part_id": str(store.valve.pk), "quantity": "1"} | line]}
    response = tom.post("/api/v1/requisitions", body)
    assert response.status_code == 400
    assert set(codes(response.json()["errors"])) == {f"lines.0.{field}"}
    handset = phone(people.technician)
    handset.does("requisition.submit", **body)
    assert handset.push() == ["refused"]
    assert not Requisition.objects.exists()


def test_a_depot_of_elsewhere_is_as_unknown_as_none(tom, store: Store):
    lines = [{"part_id": str(store.valve.pk), "quantity": "1"}]
    for depot in (store.southern_depot.pk, uuid7(), store.van.pk):
        body = {"location_id": str(store.van.pk), "depot_id": str(depot), "lines": lines}
        assert codes(tom.post("/api/v1/requisitions", body).json()["errors"]) == {"depot_id": "depot_not_known"}


def test_an_approval_that_makes_no_sense_is_refused(stella, wish):
    first, second = (line["id"] for line in wish["lines"])

    def approve(*lines: dict[str, str]):
        return step(stella, wish, "approve", lines=list(lines))

    assert codes(approve({"line_id": first, "quantity": "6"}).json()["errors"]) == {
        "lines.0.quantity": "quantity_not_valid"
    }
    assert codes(approve({"line_id": str(uuid7()), "quantity": "1"}).json()["errors"]) == {
        "lines.0.line_id": "requisition_line_unknown"
    }
    nothing = approve({"line_id": first, "quantity": "0"}, {"line_id": second, "quantity": "0"})
    assert refusal(nothing) == (409, "nothing_approved")
    assert state(wish) == "submitted"


def test_an_id_that_is_somebody_elses_is_refused(tom, wish, api, people, store: Store):
    lines = [{"part_id": str(store.valve.pk), "quantity": "1"}]
    body = {"id": wish["id"], "location_id": str(store.colleagues_van.pk), "lines": lines}
    assert refusal(api(people.colleague).post("/api/v1/requisitions", body)) == (409, "id_taken")
    again = tom.post("/api/v1/requisitions", body | {"location_id": str(store.van.pk)})
    assert [line["quantity"] for line in again.json()["lines"]] == ["5", "2"]


def test_a_van_given_away_takes_its_wishes_along_and_leaves_them_with_whoever_asked(wish, people, store: Store):
    toms, colins = fresh_phone(people.technician), fresh_phone(people.colleague)
    assert colins.collection("requisitions") == {}
    change_location(
        actor=online(people.administrator),
        occurred_at=MORNING,
        location_id=store.van.pk,
        keeper_id=people.colleague.pk,
    )
    for handset in (toms, colins):
        handset.pull()
        assert set(handset.collection("requisitions")) == {wish["id"]}
        assert handset.replica() == fresh_phone(handset.user).replica()


def test_strangers_hear_nothing_of_it(api, wish, people, store: Store):
    for person in (people.colleague, people.southern_dispatcher, store.southern_storekeeper, people.resident):
        assert ids(api(person).get("/api/v1/requisitions")) == set()
        assert fresh_phone(person).collection("requisitions") == {}


def test_a_storekeeper_of_two_territories_decides_in_each(api, wish, store: Store, people):
    southern = store.southern_storekeeper
    RoleGrant.objects.create(user=southern, role=Role.STOREKEEPER, territory=people.north)
    assert step(api(southern), wish, "approve").status_code == 200


def test_a_list_of_requisitions_costs_the_same_however_long_it_is(stella, wish, store: Store):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert stella.get("/api/v1/requisitions").status_code == 200
        return len(captured)

    few = queries()
    for number in range(5):
        driver = User.objects.create_user(f"driver{number}")
        submit_requisition(
            actor=online(driver),
            occurred_at=MORNING,
            location_id=store.van_for(driver).pk,
            lines=[{"part_id": store.valve.pk, "quantity": Decimal(1)}],
        )
    assert queries() == few <= 7


def test_the_list_of_requisitions_is_narrowed(stella, wish, people, store: Store):
    def found(**query: object) -> set[UUID]:
        return ids(stella.get("/api/v1/requisitions", query))

    one = {UUID(wish["id"])}
    assert found(location=store.van.pk) == found(part=store.hose.pk) == found(search="monday") == one
    assert found(requested_by=people.technician.pk, territory=people.north.pk, status="submitted") == one
    assert found(depot=store.depot.pk) == found(status="closed") == found(part=store.modem.pk) == set()
