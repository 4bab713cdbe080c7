"""What technicians do to stock, with and without signal. The doors are in `tickets`; here the services are called."""

from decimal import Decimal

import pytest

from fieldsvc.errors import Conflict, Forbidden, Invalid, NotFound
from notifications.models import Notice
from parts.models import Discrepancy, Location, Part, StockMovement
from sync.ids import uuid7
from tests.parts.store import MORNING, Store, books_are_right, offline, online
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def tom(people: People):
    return online(people.technician)


@pytest.fixture
def tom_without_signal(people: People):
    return offline(people.technician)


def test_a_used_part_is_at_the_customers(store: Store, tom):
    store.receive(store.van, store.valve, 3)
    movement = store.use(tom, store.van, store.valve, 2)
    assert (movement.reason, movement.from_location, movement.to_location) == ("use", store.van, store.customer)
    assert store.on_hand(store.van, store.valve) == 1
    assert store.on_hand(store.customer, store.valve) == 2
    assert books_are_right()


def test_online_nobody_takes_more_than_there_is(store: Store, tom):
    store.receive(store.van, store.valve, 3)
    with pytest.raises(Conflict) as refusal:
        store.use(tom, store.van, store.valve, 4)
    assert refusal.value.code == "stock_short"
    assert refusal.value.extra["available"] == "3"
    assert store.on_hand(store.van, store.valve) == 3
    assert not Discrepancy.objects.exists()


def test_without_signal_what_was_fitted_is_kept_and_somebody_owns_the_question(
    store: Store, people, tom_without_signal
):
    owner = people.storekeeper
    store.receive(store.van, store.valve, 3)
    use = store.use(tom_without_signal, store.van, store.valve, 5)
    assert store.on_hand(store.van, store.valve) == 0
    assert store.on_hand(store.customer, store.valve) == 5
    discrepancy = Discrepancy.objects.get()
    assert (discrepancy.kind, discrepancy.quantity, discrepancy.owner) == ("short", Decimal(2), owner)
    assert (discrepancy.movement, discrepancy.opened_at) == (use, MORNING)
    assert discrepancy.found is not None
    assert (discrepancy.found.reason, discrepancy.found.quantity) == ("found", Decimal(2))
    assert use.flags == ["short"]
    notice = Notice.objects.get(kind="discrepancy_opened")
    assert notice.user == owner
    assert "Ball valve" in notice.title
    assert "球阀" in notice.title_zh
    assert books_are_right()


def test_without_a_storekeeper_the_question_is_the_technicians_own(store: Store, people, tom_without_signal):
    store.use(tom_without_signal, store.van, store.valve)
    assert Discrepancy.objects.get().owner == people.technician


def test_what_fits_the_books_raises_no_question_without_signal_either(store: Store, tom_without_signal):
    store.receive(store.van, store.valve, 3)
    store.use(tom_without_signal, store.van, store.valve, 3)
    assert not Discrepancy.objects.exists()


def test_the_movement_remembers_who_when_and_by_which_operation(store: Store, people):
    actor = offline(people.technician, "late", "clock_corrected")
    store.receive(store.van, store.valve)
    movement = StockMovement.objects.get(pk=store.use(actor, store.van, store.valve).pk)
    assert movement.actor == people.technician
    assert movement.occurred_at == MORNING
    assert movement.received_at == actor.received_at
    assert movement.operation_id == actor.operation_id
    assert movement.flags == ["late", "clock_corrected"]


@pytest.mark.parametrize("quantity", ["0", "-1", "100001", "0.5", "NaN", "1.0001"])
@pytest.mark.parametrize("signal", [online, offline])
def test_nobody_can_have_used_a_quantity_that_makes_no_sense(store: Store, people, quantity, signal):
    store.receive(store.van, store.valve, 10)
    for act in (store.use, store.take_back):
        with pytest.raises(Invalid) as refusal:
            act(signal(people.technician), store.van, store.valve, quantity)
        assert refusal.value.code == "quantity_not_valid"
        assert refusal.value.extra["errors"][0]["field"] == "quantity"


def test_a_hose_is_used_by_the_metre(store: Store, tom):
    store.receive(store.van, store.hose, "10.5")
    store.use(tom, store.van, store.hose, "0.125")
    assert store.on_hand(store.van, store.hose) == Decimal("10.375")


def test_a_part_that_does_not_exist_is_named(store: Store, tom_without_signal):
    with pytest.raises(Invalid) as refusal:
        store.use(tom_without_signal, store.van, Part(pk=uuid7()))
    assert refusal.value.code == "part_not_known"


def test_a_removed_part_goes_to_the_vans_faulty_stock(store: Store, tom):
    store.receive(store.van, store.valve)
    store.use(tom, store.van, store.valve)
    store.take_back(tom, store.van, store.valve)
    assert store.on_hand(store.van, store.valve) == 0
    assert store.on_hand(store.van, store.valve, "faulty") == 1
    with pytest.raises(Conflict) as refusal:
        store.use(tom, store.van, store.valve)  # it cannot be fitted again
    assert refusal.value.code == "stock_short"


def test_a_customer_gives_back_what_was_fitted_before_the_books_began(store: Store, tom):
    store.take_back(tom, store.van, store.valve, 2)
    assert store.on_hand(store.van, store.valve, "faulty") == 2
    assert store.on_hand(store.customer, store.valve, "faulty") == -2
    assert books_are_right()


# Serials


def test_a_serial_goes_where_its_unit_goes(store: Store, tom):
    store.receive(store.van, store.modem, serial="X1")
    store.use(tom, store.van, store.modem, serial="X1")
    assert store.place_of(store.modem, "X1") == ("CUSTOMER", "good")
    store.take_back(tom, store.van, store.modem, serial="X1")
    assert store.place_of(store.modem, "X1") == (store.van.code, "faulty")
    assert books_are_right()


def test_online_a_serial_that_is_elsewhere_is_refused_and_its_place_named(store: Store, tom):
    store.receive(store.van, store.modem, serial="X1")
    store.receive(store.depot, store.modem, serial="X2")
    for act in (store.use, store.take_back):
        with pytest.raises(Conflict) as refusal:
            act(tom, store.van, store.modem, serial="X2")
        assert refusal.value.code == "serial_elsewhere"
        assert refusal.value.extra["location"] == "D-N"


def test_online_a_serial_that_nobody_received_is_short(store: Store, tom):
    store.receive(store.van, store.modem, serial="X1")
    with pytest.raises(Conflict) as refusal:
        store.use(tom, store.van, store.modem, serial="X9")
    assert refusal.value.code == "stock_short"
    assert refusal.value.extra["available"] == "0"


def test_without_signal_a_serial_that_nobody_received_is_found_and_followed(store: Store, tom_without_signal):
    store.receive(store.van, store.modem, serial="X1")
    store.use(tom_without_signal, store.van, store.modem, serial="X9")
    assert store.place_of(store.modem, "X9") == ("CUSTOMER", "good")
    assert store.place_of(store.modem, "X1") == (store.van.code, "good")
    assert store.on_hand(store.van, store.modem) == 1
    assert Discrepancy.objects.get().kind == "short"
    assert books_are_right()


def test_without_signal_a_serial_that_is_elsewhere_keeps_both_stories(store: Store, people, tom_without_signal):
    store.receive(store.colleagues_van, store.modem, serial="X1")
    use = store.use(tom_without_signal, store.van, store.modem, serial="X1")
    assert (use.serial, use.follows_serial, use.flags) == ("X1", False, ["serial_clash"])
    assert store.place_of(store.modem, "X1") == (store.colleagues_van.code, "good")  # the first story stands
    assert store.on_hand(store.customer, store.modem) == 1  # so does that a modem was fitted
    discrepancy = Discrepancy.objects.get()
    assert (discrepancy.kind, discrepancy.serial, discrepancy.movement) == ("serial_clash", "X1", use)
    store.use(offline(people.colleague), store.colleagues_van, store.modem, serial="X1")
    assert set(StockMovement.objects.filter(serial="X1", reason="use").values_list("actor", flat=True)) == {
        people.technician.pk,
        people.colleague.pk,
    }
    assert books_are_right()


def test_a_serial_is_fitted_twice_by_two_people_without_signal(store: Store, people):
    store.receive(store.van, store.modem, serial="X1")
    store.use(offline(people.technician), store.van, store.modem, serial="X1")
    store.use(offline(people.colleague), store.colleagues_van, store.modem, serial="X1")
    assert Discrepancy.objects.get().kind == "serial_clash"
    assert store.place_of(store.modem, "X1") == ("CUSTOMER", "good")
    assert books_are_right()


def test_without_signal_a_returned_serial_that_is_elsewhere_is_kept(store: Store, tom_without_signal):
    store.receive(store.depot, store.modem, serial="X1")
    store.take_back(tom_without_signal, store.van, store.modem, serial="X1")
    assert store.place_of(store.modem, "X1") == ("D-N", "good")
    assert store.on_hand(store.van, store.modem, "faulty") == 1
    discrepancy = Discrepancy.objects.get()
    assert (discrepancy.kind, discrepancy.found) == ("serial_clash", None)
    assert books_are_right()


def test_a_unit_that_nobody_read_is_asked_for_online_and_kept_without_signal(store: Store, tom, tom_without_signal):
    store.receive(store.van, store.modem, serial="X1")
    with pytest.raises(Invalid) as refusal:
        store.use(tom, store.van, store.modem)
    assert refusal.value.code == "serial_required"
    store.use(tom_without_signal, store.van, store.modem)
    assert Discrepancy.objects.get().kind == "serial_missing"
    assert store.place_of(store.modem, "X1") == (store.van.code, "good")
    assert books_are_right()


def test_a_serial_belongs_to_one_unit(store: Store, tom_without_signal):
    with pytest.raises(Invalid) as refusal:
        store.use(tom_without_signal, store.van, store.modem, 2, serial="X1")
    assert refusal.value.code == "quantity_not_valid"


def test_the_serial_of_a_part_that_is_counted_by_quantity_is_a_remark(store: Store, tom):
    store.receive(store.van, store.valve, 2)
    assert store.use(tom, store.van, store.valve, serial="on the box: 77").follows_serial is False
    store.use(tom, store.van, store.valve, serial="on the box: 77")
    assert books_are_right()


# Provisional parts


@pytest.mark.parametrize("signal", [online, offline])
def test_a_part_that_the_catalogue_does_not_know_can_always_be_used(store: Store, people, signal):
    """The books cannot have it, so there is nothing to refuse it by, signal or not."""
    store.use(signal(people.technician), store.van, store.unheard_of)
    discrepancy = Discrepancy.objects.get()
    assert (discrepancy.kind, discrepancy.quantity) == ("unknown_part", Decimal(1))
    assert store.on_hand(store.customer, store.unheard_of) == 1
    assert books_are_right()


# Whose stock


def test_a_technician_takes_parts_from_the_own_van_only(store: Store, tom, people):
    store.receive(store.colleagues_van, store.valve)
    store.receive(store.depot, store.valve)
    for place in (store.colleagues_van, store.depot):
        with pytest.raises(NotFound):
            store.use(tom, place, store.valve)
    with pytest.raises(Forbidden) as refusal:
        store.use(online(people.dispatcher), store.van, store.valve)  # sees it
    assert refusal.value.code == "not_your_stock"
    with pytest.raises(NotFound):
        store.use(online(people.resident), store.van, store.valve)


def test_a_van_that_was_given_away_meanwhile_still_counts_what_was_done_with_it(store: Store, people):
    store.receive(store.van, store.valve)
    Location.objects.filter(pk=store.van.pk).update(keeper=people.colleague)
    use = store.use(offline(people.technician), store.van, store.valve)
    assert use.flags == ["not_keeper"]
    assert use.actor == people.technician
    with pytest.raises(NotFound):
        store.use(offline(people.technician), store.depot, store.valve)  # a depot never was his
    with pytest.raises(NotFound):
        store.use(offline(people.resident), store.van, store.valve)


def test_a_van_that_was_closed_meanwhile_still_counts_what_was_done_with_it(store: Store, people):
    Location.objects.filter(pk=store.van.pk).update(is_active=False)
    with pytest.raises(Conflict) as refusal:
        store.take_back(online(people.technician), store.van, store.valve)
    assert refusal.value.code == "location_closed"
    assert store.take_back(offline(people.technician), store.van, store.valve).flags == ["location_closed"]


def test_nobody_fits_parts_from_the_customers_own(store: Store, people):
    store.take_back(online(people.technician), store.van, store.valve)
    with pytest.raises(NotFound):
        store.use(offline(people.technician), store.customer, store.valve)
