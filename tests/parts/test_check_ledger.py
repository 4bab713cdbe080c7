"""`manage.py check_ledger`: the proof that the books are right."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.parts.store import Store, online

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(store: Store, people) -> Store:
    toms = online(people.technician)
    store.receive(store.van, store.valve, 5)
    store.receive(store.van, store.modem, serial="X1")
    store.use(toms, store.van, store.valve, 2)
    store.use(toms, store.van, store.modem, serial="X1")
    store.take_back(toms, store.van, store.modem, serial="OLD")
    return store


def check() -> str:
    out = StringIO()
    call_command("check_ledger", stdout=out)
    return out.getvalue()


def forge(statement: str) -> None:
    """What only somebody can do who switches the guards off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("parts_stockbalance", "parts_serialposition"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)


def test_right_books_are_proved(busy: Store):
    assert "equal the sums" in check()


@pytest.mark.parametrize(
    ("forgery", "finding"),
    [
        ("UPDATE parts_stockbalance SET quantity = 7 WHERE quantity = 3", "GAS-VLV-15 (good): moved 3, booked 7"),
        ("DELETE FROM parts_stockbalance WHERE quantity = 3", "GAS-VLV-15 (good): moved 3, booked 0"),
        ("UPDATE parts_serialposition SET location_id = NULL", "FIB-ONT (faulty) OLD: moved 1, booked 0"),
        (
            "UPDATE parts_serialposition SET location_id = (SELECT id FROM parts_location WHERE kind = 'van') "
            "WHERE serial = 'X1'",
            "FIB-ONT (good) X1: moved 0, booked 1",
        ),
    ],
)
def test_forged_books_are_found_out(busy: Store, capsys, forgery: str, finding: str):
    forge(forgery)
    out = StringIO()
    with pytest.raises(CommandError) as verdict:
        call_command("check_ledger", stdout=out)
    assert verdict.value.returncode == 1
    assert finding in out.getvalue()


def test_the_help_says_what_is_proved(capsys):
    with pytest.raises(SystemExit):
        call_command("check_ledger", "--help")
    assert "exit code 1" in " ".join(capsys.readouterr().out.split())
