"""Where books and shelf disagree: who sees it, who settles it, and how."""

from decimal import Decimal

import pytest

from parts.models import Discrepancy, StockMovement
from tests.parts.store import Store, books_are_right, codes, ids, offline

pytestmark = pytest.mark.django_db


@pytest.fixture
def short(store: Store, people) -> Discrepancy:
    """Three valves were fitted without signal, two of them unknown to the books; the storekeeper owns it."""
    assert people.storekeeper
    store.receive(store.van, store.valve, 1)
    store.use(offline(people.technician), store.van, store.valve, 3)
    return Discrepancy.objects.get()


def settle(client, discrepancy: Discrepancy, settlement: str, **more: str):
    body = {"settlement": settlement, "note": "counted with Tom", **more}
    return client.post(f"/api/v1/discrepancies/{discrepancy.pk}/settle", body)


def refusal(response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_a_late_receipt_takes_back_what_was_found(api, people, store: Store, short: Discrepancy):
    stella = api(people.storekeeper)
    early = settle(stella, short, "explained_by_receipt")
    assert (refusal(early), early.json()["available"]) == ((409, "stock_short"), "0")  # the paper is not booked yet
    store.receive(store.depot, store.valve, 2)
    store.move(store.depot, store.van, store.valve, 2)
    answer = settle(stella, short, "explained_by_receipt")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["note"]) == ("settled", "counted with Tom")
    assert answer.json()["settled_by"] == str(people.storekeeper.pk)
    assert store.on_hand(store.van, store.valve) == 0
    assert store.on_hand(store.customer, store.valve) == 3
    received = sum(StockMovement.objects.filter(reason="receive").values_list("quantity", flat=True), Decimal(0))
    assert received == 3  # what was received is what was fitted: nothing is counted twice
    assert books_are_right()


@pytest.mark.parametrize("settlement", ["accepted", "written_off"])
def test_accepting_and_writing_off_move_nothing(api, people, short: Discrepancy, settlement: str):
    before = StockMovement.objects.count()
    assert settle(api(people.storekeeper), short, settlement).json()["settlement"] == settlement
    assert StockMovement.objects.count() == before


def test_it_is_settled_once_with_a_reason(api, people, short: Discrepancy):
    stella = api(people.storekeeper)
    assert codes(settle(stella, short, "accepted", note="").json()["errors"]) == {"note": "blank"}
    assert codes(settle(stella, short, "forgotten").json()["errors"]) == {"settlement": "invalid_choice"}
    settle(stella, short, "accepted")
    assert refusal(settle(stella, short, "written_off")) == (409, "discrepancy_settled")


def test_a_serial_that_clashed_is_put_right_once_its_move_is_booked(api, people, store: Store):
    """The colleague had handed the modem over in the car park, and nobody wrote it down."""
    store.receive(store.colleagues_van, store.modem, serial="X1")
    store.use(offline(people.technician), store.van, store.modem, serial="X1")
    discrepancy = Discrepancy.objects.get()
    stella = api(people.storekeeper)
    assert refusal(settle(stella, discrepancy, "explained_by_receipt")) == (409, "serial_elsewhere")
    assert discrepancy.status == "open"
    store.move(store.colleagues_van, store.van, store.modem, serial="X1")
    assert settle(stella, discrepancy, "explained_by_receipt").status_code == 200
    assert store.place_of(store.modem, "X1") == ("CUSTOMER", "good")
    assert store.on_hand(store.van, store.modem) == 0
    assert store.on_hand(store.customer, store.modem) == 1
    assert books_are_right()


def test_a_unit_that_nobody_read_is_named_when_it_is_settled(api, people, store: Store):
    store.receive(store.van, store.modem, serial="X1")
    store.use(offline(people.technician), store.van, store.modem)
    discrepancy = Discrepancy.objects.get()
    stella = api(people.storekeeper)
    nameless = settle(stella, discrepancy, "explained_by_receipt")
    assert codes(nameless.json()["errors"]) == {"serial": "serial_required"}
    assert settle(stella, discrepancy, "explained_by_receipt", serial="X1").status_code == 200
    assert store.place_of(store.modem, "X1") == ("CUSTOMER", "good")
    assert store.on_hand(store.van, store.modem) == 0
    assert books_are_right()


def test_a_return_that_clashed_has_no_receipt_to_explain_it(api, people, store: Store):
    store.receive(store.depot, store.modem, serial="X1")
    store.take_back(offline(people.technician), store.van, store.modem, serial="X1")
    discrepancy = Discrepancy.objects.get()
    assert refusal(settle(api(people.storekeeper), discrepancy, "explained_by_receipt"))[1] == "nothing_was_found"
    assert settle(api(people.storekeeper), discrepancy, "accepted").status_code == 200


def test_a_serial_that_was_found_needs_no_other_receipt(api, people, store: Store):
    store.use(offline(people.technician), store.van, store.modem, serial="X1")
    discrepancy = Discrepancy.objects.get()
    stella = api(people.storekeeper)
    assert refusal(settle(stella, discrepancy, "explained_by_receipt")) == (409, "found_by_serial")
    assert settle(stella, discrepancy, "accepted").status_code == 200
    assert store.place_of(store.modem, "X1") == ("CUSTOMER", "good")


def test_an_unknown_part_is_settled_after_it_was_merged(api, people, store: Store):
    store.use(offline(people.technician), store.van, store.unheard_of, 2)
    stella = api(people.storekeeper)
    stella.post(f"/api/v1/parts/{store.unheard_of.pk}/merge", {"into_id": str(store.valve.pk)})
    store.receive(store.van, store.valve, 2)  # the paper, under its right number
    assert settle(stella, Discrepancy.objects.get(), "explained_by_receipt").status_code == 200
    assert store.on_hand(store.van, store.valve) == 0
    assert store.on_hand(store.customer, store.valve) == 2
    assert books_are_right()


def test_a_use_that_was_a_mistake_is_reversed_before_its_discrepancy_is_settled(api, people, store: Store):
    store.use(offline(people.technician), store.van, store.modem)
    discrepancy = Discrepancy.objects.get()
    stella = api(people.storekeeper)
    stella.post(f"/api/v1/stock/movements/{discrepancy.movement_id}/reverse", {"note": "never happened"})
    assert settle(stella, discrepancy, "explained_by_receipt").status_code == 200
    assert store.on_hand(store.van, store.modem) == 0
    assert store.on_hand(store.customer, store.modem) == 0
    assert books_are_right()


def test_owner_storekeeper_and_supervisor_settle_and_others_only_look(api, people, store: Store, short: Discrepancy):
    assert short.owner == people.storekeeper
    for person in (people.agent, people.dispatcher, people.technician, people.administrator):
        assert refusal(settle(api(person), short, "accepted")) == (403, "role_required")
    for person in (people.colleague, people.resident, people.southern_dispatcher, store.southern_storekeeper):
        client = api(person)
        assert refusal(settle(client, short, "accepted")) == (404, "not_found")
        assert client.get(f"/api/v1/discrepancies/{short.pk}").status_code == 404
        assert ids(client.get("/api/v1/discrepancies")) == set()
    assert settle(api(people.supervisor), short, "accepted").status_code == 200


def test_the_technician_settles_the_one_that_is_their_own(api, people, store: Store):
    store.use(offline(people.technician), store.van, store.valve)
    discrepancy = Discrepancy.objects.get()
    assert discrepancy.owner == people.technician
    assert settle(api(people.technician), discrepancy, "accepted").status_code == 200


def test_the_list_is_narrowed(api, people, store: Store, short: Discrepancy):
    store.use(offline(people.colleague), store.colleagues_van, store.unheard_of)
    other = Discrepancy.objects.get(kind="unknown_part")
    client = api(people.supervisor)

    def found(**query: object) -> set[object]:
        return set(ids(client.get("/api/v1/discrepancies", query)))

    assert found() == {short.pk, other.pk}
    assert found(kind="short") == found(location=store.van.pk) == found(part=store.valve.pk) == {short.pk}
    assert found(owner=people.storekeeper.pk, status="open", territory=people.north.pk) == {short.pk, other.pk}
    assert found(status="settled") == found(visit=short.pk) == found(opened_after="2027-01-01T00:00:00Z") == set()
    assert ids(api(people.technician).get("/api/v1/discrepancies")) == {short.pk}
