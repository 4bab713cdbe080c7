"""The database itself keeps the books, also against those who go past the services."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Cast

from fieldsvc.time import now
from parts.models import Location, Part, StockBalance, StockMovement
from tests.parts.store import Store, books_are_right

pytestmark = pytest.mark.django_db


@pytest.fixture
def stocked(store: Store) -> Store:
    """Five valves in the depot, and modem X1."""
    store.receive(store.depot, store.valve, 5)
    store.receive(store.depot, store.modem, serial="X1")
    return store


def write(store: Store, **fields: object) -> StockMovement:
    """A movement past the services."""
    defaults: dict[str, object] = {
        "part": store.valve,
        "quantity": Decimal(1),
        "to_location": store.depot,
        "reason": "receive",
        "occurred_at": now(),
        "received_at": now(),
    }
    return StockMovement.objects.create(**{**defaults, **fields})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE parts_stockmovement SET quantity = 500",
        "UPDATE parts_stockmovement SET note = 'nothing happened'",
        "DELETE FROM parts_stockmovement",
        "UPDATE parts_stockbalance SET quantity = 500",
        "DELETE FROM parts_stockbalance",
        "INSERT INTO parts_stockbalance (id, location_id, part_id, condition, quantity) "
        "SELECT gen_random_uuid(), location_id, part_id, 'faulty', 500 FROM parts_stockbalance LIMIT 1",
        "UPDATE parts_serialposition SET location_id = NULL",
        "DELETE FROM parts_serialposition",
        "DO $$ BEGIN UPDATE parts_stockbalance SET quantity = 500; END $$",
    ],
)
def test_raw_sql_cannot_rewrite_the_books(stocked: Store, statement: str):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert stocked.on_hand(stocked.depot, stocked.valve) == 5
    assert books_are_right()


@pytest.mark.parametrize("table", ["parts_stockmovement", "parts_stockbalance", "parts_serialposition"])
def test_the_ledger_cannot_be_emptied(stocked: Store, table: str):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="it stays"):
            cursor.execute(f"TRUNCATE {table} CASCADE")


def test_bulk_updates_and_saves_meet_the_same_guards(stocked: Store):
    movement = StockMovement.objects.first()
    assert movement
    balance = StockBalance.objects.first()
    assert balance
    with pytest.raises(DatabaseError), transaction.atomic():
        StockMovement.objects.update(quantity=F("quantity") + 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        movement.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        balance.save()


def test_a_movement_written_past_the_services_counts_all_the_same(stocked: Store):
    write(stocked, quantity=Decimal(2))
    assert stocked.on_hand(stocked.depot, stocked.valve) == 7
    assert books_are_right()


def test_no_balance_falls_below_nothing(stocked: Store):
    van = stocked.van
    with pytest.raises(IntegrityError, match="balance_not_negative"), transaction.atomic():
        write(stocked, quantity=Decimal(6), from_location=stocked.depot, to_location=van, reason="move")
    with pytest.raises(IntegrityError, match="balance_not_negative"), transaction.atomic():
        write(stocked, from_location=van, to_location=stocked.depot, reason="move")  # it never held any


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "0.5"])
def test_the_database_refuses_a_quantity_that_makes_no_sense(stocked: Store, quantity: str):
    with pytest.raises(IntegrityError), transaction.atomic():
        write(stocked, quantity=Cast(Value(quantity), StockMovement._meta.get_field("quantity")))


def test_a_hose_is_cut_to_length(store: Store):
    write(store, part=store.hose, quantity=Decimal("0.5"))
    assert store.on_hand(store.depot, store.hose) == Decimal("0.5")


def test_a_movement_goes_from_somewhere_to_somewhere_else(stocked: Store):
    with pytest.raises(IntegrityError, match="movement_changes_the_place"), transaction.atomic():
        write(stocked, from_location=stocked.depot)
    with pytest.raises(IntegrityError, match="movement_has_a_place"), transaction.atomic():
        write(stocked, to_location=None)


def test_a_serial_is_at_one_place_at_a_time(stocked: Store):
    modem = {"part": stocked.modem, "serial": "X1", "follows_serial": True}
    with pytest.raises(IntegrityError, match="X1 is not where"), transaction.atomic():
        write(stocked, **modem)  # received again
    stocked.receive(stocked.van, stocked.modem, serial="X2")
    with pytest.raises(IntegrityError, match="X1 is not where"), transaction.atomic():
        write(stocked, **modem, from_location=stocked.van, reason="move")  # from where it is not
    with pytest.raises(IntegrityError, match="movement_of_one_serial"), transaction.atomic():
        write(stocked, part=stocked.modem, serial="X9", follows_serial=True, quantity=Decimal(2))
    assert stocked.place_of(stocked.modem, "X1") == ("D-N", "good")
    assert books_are_right()


def test_a_movement_is_reversed_once(stocked: Store):
    movement = stocked.receive(stocked.depot, stocked.valve)
    back = {"from_location": stocked.depot, "to_location": None, "reason": "reverse", "reverses": movement}
    write(stocked, **back)
    with pytest.raises(IntegrityError), transaction.atomic():
        write(stocked, **back)


def test_what_was_counted_keeps_its_unit(stocked: Store):
    with pytest.raises(IntegrityError, match="unit and tracking stay"), transaction.atomic():
        Part.objects.filter(pk=stocked.valve.pk).update(unit="metre")
    with pytest.raises(IntegrityError, match="unit and tracking stay"), transaction.atomic():
        Part.objects.filter(pk=stocked.valve.pk).update(tracking="serial")
    Part.objects.filter(pk=stocked.hose.pk).update(unit="piece")  # nothing of it was moved yet


def test_a_van_never_becomes_a_customer(stocked: Store):
    with pytest.raises(IntegrityError, match="stays a van"), transaction.atomic():
        Location.objects.filter(pk=stocked.van.pk).update(kind="depot", keeper=None)
