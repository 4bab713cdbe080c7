"""What reaches which phone: a technician's own van and the catalogue, a storekeeper's depots, nothing for residents."""

import pytest

from parts.discrepancies.services import settle_discrepancy
from parts.locations.services import change_location
from parts.models import Discrepancy, StockBalance
from parts.offline import DOCUMENTS
from tests.parts.store import MORNING, Store, offline, online
from tests.phone import fresh_phone

pytestmark = pytest.mark.django_db


def stock_on(phone) -> dict[tuple[str, str], str]:
    return {
        (document["part_id"], document["condition"]): document["quantity"]
        for document in phone.collection("stock").values()
    }


def test_a_technician_carries_the_catalogue_and_the_own_van(people, store: Store):
    store.receive(store.van, store.valve, 3)
    store.receive(store.colleagues_van, store.valve, 7)
    store.receive(store.depot, store.valve, 9)
    phone = fresh_phone(people.technician)
    assert stock_on(phone) == {(str(store.valve.pk), "good"): "3"}
    assert set(phone.collection("locations")) == {str(store.van.pk)}
    document = phone.document("parts", store.valve)
    assert document is not None
    assert (document["number"], document["price"], document["currency"]) == ("GAS-VLV-15", "22.00", "CNY")


def test_what_is_used_up_stays_on_the_phone_as_nothing(people, store: Store):
    store.receive(store.van, store.valve, 3)
    phone = fresh_phone(people.technician)
    store.use(online(people.technician), store.van, store.valve, 3)
    phone.pull()
    assert stock_on(phone) == {(str(store.valve.pk), "good"): "0"}
    assert phone.replica() == fresh_phone(people.technician).replica()


def test_a_van_given_to_somebody_else_changes_phones_with_all_that_is_in_it(people, store: Store):
    store.receive(store.van, store.valve, 3)
    store.use(offline(people.technician), store.van, store.hose)
    toms, colins = fresh_phone(people.technician), fresh_phone(people.colleague)
    assert stock_on(colins) == {}
    change_location(
        actor=online(people.administrator),
        occurred_at=MORNING,
        location_id=store.van.pk,
        keeper_id=people.colleague.pk,
    )
    toms.pull()
    colins.pull()
    assert stock_on(toms) == {}
    assert toms.collection("locations") == {}
    assert stock_on(colins) == {(str(store.valve.pk), "good"): "3", (str(store.hose.pk), "good"): "0"}
    assert len(colins.collection("discrepancies")) == 1
    assert toms.replica() == fresh_phone(people.technician).replica()
    assert colins.replica() == fresh_phone(people.colleague).replica()


def test_a_closed_van_leaves_the_phone(people, store: Store):
    phone = fresh_phone(people.technician)
    change_location(actor=online(people.administrator), occurred_at=MORNING, location_id=store.van.pk, is_active=False)
    phone.pull()
    assert phone.collection("locations") == {}


def test_a_storekeeper_carries_the_depots_and_the_discrepancies_of_the_territory(people, store: Store):
    store.receive(store.depot, store.valve, 9)
    store.receive(store.southern_depot, store.hose, 9)
    store.receive(store.van, store.valve, 2)
    store.use(offline(people.technician), store.van, store.valve, 3)
    phone = fresh_phone(people.storekeeper)
    assert stock_on(phone) == {(str(store.valve.pk), "good"): "9"}
    assert set(phone.collection("locations")) == {str(store.depot.pk)}
    [discrepancy] = phone.collection("discrepancies").values()
    assert (discrepancy["kind"], discrepancy["quantity"]) == ("short", "1")


def test_a_discrepancy_is_followed_by_owner_keeper_and_desk_and_nobody_else(people, store: Store):
    assert people.storekeeper
    store.use(offline(people.technician), store.van, store.valve)
    concerned = [people.storekeeper, people.technician, people.dispatcher, people.supervisor, people.agent]
    phones = [fresh_phone(person) for person in concerned]
    settle_discrepancy(
        actor=online(people.storekeeper),
        occurred_at=MORNING,
        discrepancy_id=Discrepancy.objects.get().pk,
        settlement="accepted",
        note="it was there",
    )
    for phone in phones:
        phone.pull()
        [document] = phone.collection("discrepancies").values()
        assert (document["status"], document["note"]) == ("settled", "it was there")
    for stranger in (people.colleague, people.southern_dispatcher, store.southern_storekeeper, people.resident):
        assert fresh_phone(stranger).collection("discrepancies") == {}


def test_a_new_depot_hears_of_the_discrepancies_of_its_territory(people, store: Store):
    store.use(offline(people.technician), store.van, store.valve)
    assert f"depot:{store.depot.pk}" in _followers()
    change_location(
        actor=online(people.administrator),
        occurred_at=MORNING,
        location_id=store.depot.pk,
        territory_id=people.south.pk,
    )
    assert f"depot:{store.depot.pk}" not in _followers()


def _followers() -> set[str]:
    document = DOCUMENTS["discrepancies"]
    [row] = document.load([Discrepancy.objects.get().pk])
    return set(document.followers(row))


def test_what_is_at_the_customers_is_on_no_phone(people, store: Store):
    store.receive(store.van, store.valve)
    store.use(online(people.technician), store.van, store.valve)
    at_customers = str(StockBalance.objects.get(location=store.customer).pk)
    for person in (people.technician, people.storekeeper, people.administrator, people.resident):
        assert at_customers not in fresh_phone(person).collection("stock")


def test_residents_carry_nothing_of_it(people, store: Store):
    store.receive(store.van, store.valve)
    store.use(offline(people.technician), store.van, store.valve, 2)
    phone = fresh_phone(people.resident)
    for collection in ("parts", "stock", "locations", "discrepancies"):
        assert phone.collection(collection) == {}
