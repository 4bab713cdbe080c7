"""What reaches which phone: a technician's own van and the catalogue, a storekeeper's depots, nothing for residents."""

from decimal import Decimal

import pytest

from accounts.models import RoleGrant
from accounts.people.models import Role
from fieldsvc.time import now
from parts.discrepancies.services import settle_discrepancy
from parts.locations.services import change_location
from parts.models import Discrepancy, Location
from parts.offline import DOCUMENTS
from parts.requisitions.services import submit_requisition
from parts.stocktakes.services import count_stock
from parts.transfers.services import create_transfer, dispatch_transfer
from tests.parts.store import MORNING, Store, offline, online
from tests.phone import fresh_phone
from tests.sync import truth

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
    assert store.depot
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


PAPERS = ("discrepancies", "requisitions", "stocktakes", "transfers")


@pytest.fixture
def busy(people, store: Store) -> Store:
    """A depot and a van with everything that there can be about them."""
    assert people.storekeeper
    tom, stella = offline(people.technician), online(people.storekeeper)
    store.receive(store.depot, store.valve, 50)
    store.receive(store.van, store.valve, 2)
    store.use(tom, store.van, store.valve, 3)  # a discrepancy
    lines = [{"part_id": store.valve.pk, "quantity": Decimal(5)}]
    submit_requisition(
        actor=online(people.colleague),
        occurred_at=MORNING,
        location_id=store.colleagues_van.pk,
        depot_id=store.depot.pk,
        lines=lines,
    )
    transfer = create_transfer(
        actor=stella,
        occurred_at=MORNING,
        from_location_id=store.depot.pk,
        to_location_id=store.van.pk,
        lines=lines,
    )
    dispatch_transfer(actor=stella, occurred_at=MORNING, transfer_id=transfer.pk)
    for place, actor in ((store.depot, stella), (store.van, tom)):
        count_stock(actor=actor, occurred_at=now(), location_id=place.pk, kind="full", lines=lines)
    return store


def test_a_whole_depot_changes_hands_and_every_phone_follows(people, busy: Store):
    """The depot and its vans go to the south, with all that is written about them."""
    southern = busy.southern_storekeeper
    for driver in (people.technician, people.colleague):
        RoleGrant.objects.create(user=driver, role=Role.TECHNICIAN, territory=people.south)
    stellas, sullys, toms = (fresh_phone(person) for person in (people.storekeeper, southern, people.technician))
    held = {name: set(stellas.collection(name)) for name in PAPERS}
    assert all(held.values())
    assert not any(sullys.collection(name) for name in ("stock", *PAPERS))
    for place in (busy.depot, busy.van, busy.colleagues_van):
        change_location(
            actor=online(people.administrator),
            occurred_at=now(),
            location_id=place.pk,
            territory_id=people.south.pk,
        )
    on_the_way = Location.objects.get(kind="in_transit")
    for phone in (stellas, sullys, toms):
        phone.pull()
        assert phone.replica() == fresh_phone(phone.user).replica()
    assert set(stellas.collection("locations")) == {str(on_the_way.pk)}
    assert {document["location_id"] for document in stellas.collection("stock").values()} == {str(on_the_way.pk)}
    assert not any(stellas.collection(name) for name in PAPERS)
    assert {name: set(sullys.collection(name)) for name in PAPERS} == held
    assert str(busy.depot.pk) in sullys.collection("locations")
    assert set(Discrepancy.objects.filter(status="open").values_list("owner__username", flat=True)) == {
        southern.username
    }
    assert len(toms.collection("transfers")) == 1


def test_a_van_given_to_another_keeper_takes_every_paper_along(people, busy: Store):
    toms, colins = fresh_phone(people.technician), fresh_phone(people.colleague)
    change_location(
        actor=online(people.administrator),
        occurred_at=now(),
        location_id=busy.colleagues_van.pk,
        keeper_id=None,
    )
    change_location(
        actor=online(people.administrator),
        occurred_at=now(),
        location_id=busy.van.pk,
        keeper_id=people.colleague.pk,
    )
    for phone in (toms, colins):
        phone.pull()
        assert phone.replica() == fresh_phone(phone.user).replica()
    assert not any(toms.collection(name) for name in ("stock", "locations", *PAPERS))
    assert all(colins.collection(name) for name in ("stock", "locations", *PAPERS))
    assert truth.differences() == []


def test_what_is_at_the_customers_is_on_no_phone(people, store: Store):
    store.receive(store.van, store.valve)
    store.use(online(people.technician), store.van, store.valve)
    for person in (people.technician, people.storekeeper, people.administrator, people.resident):
        held = fresh_phone(person).collection("stock").values()
        assert str(store.customer.pk) not in {balance["location_id"] for balance in held}


def test_residents_carry_nothing_of_it(people, store: Store):
    store.receive(store.van, store.valve)
    store.use(offline(people.technician), store.van, store.valve, 2)
    phone = fresh_phone(people.resident)
    for collection in ("parts", "stock", "locations", "discrepancies"):
        assert phone.collection(collection) == {}
