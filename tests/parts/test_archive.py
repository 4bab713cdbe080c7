"""Papers about parts that ended two weeks ago leave the phones, and stay on record."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from fieldsvc.time import now, time_is, time_passes
from parts.discrepancies.services import settle_discrepancy
from parts.jobs import archive_ended_papers
from parts.locations.services import change_location
from parts.models import Discrepancy, Requisition, Stocktake, Transfer
from parts.requisitions.services import cancel_requisition, reject_requisition, submit_requisition
from parts.stocktakes.services import cancel_stocktake, count_stock, open_stocktake
from parts.transfers.receiving import receive_transfer
from parts.transfers.services import cancel_transfer, create_transfer, dispatch_transfer
from tests.parts.store import Store, books_are_right, offline, online
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.sync import truth

pytestmark = pytest.mark.django_db

PAPERS = ("discrepancies", "requisitions", "stocktakes", "transfers")
FORTNIGHT = timedelta(days=14)


@pytest.fixture
def today() -> Iterator[datetime]:
    """Everything below happens, and ends, at this moment."""
    with time_is(now()):
        yield now()


@pytest.fixture
def sent(store: Store, people: People, today: datetime) -> Transfer:
    """Five valves on their way to the technician."""
    store.receive(store.depot, store.valve, 5)
    transfer = create_transfer(
        actor=online(people.storekeeper),
        occurred_at=today,
        from_location_id=store.depot.pk,
        to_location_id=store.van.pk,
        lines=[{"part_id": store.valve.pk, "quantity": Decimal(5)}],
    )
    return dispatch_transfer(actor=online(people.storekeeper), occurred_at=today, transfer_id=transfer.pk)


def received(transfer: Transfer, by: User) -> None:
    receive_transfer(
        actor=offline(by),
        occurred_at=now(),
        transfer_id=transfer.pk,
        lines=[{"line_id": transfer.lines.get().pk, "quantity": Decimal(5)}],
    )


def wish(store: Store, people: People) -> Requisition:
    return submit_requisition(
        actor=online(people.technician),
        occurred_at=now(),
        location_id=store.van.pk,
        lines=[{"part_id": store.hose.pk, "quantity": Decimal(2)}],
    )


@pytest.fixture
def ended(store: Store, people: People, sent: Transfer, today: datetime) -> None:
    """One paper of each kind, and all of them have ended."""
    received(sent, people.technician)
    rejected = wish(store, people)
    reject_requisition(
        actor=online(people.storekeeper), occurred_at=today, requisition_id=rejected.pk, reason="We have none."
    )
    count_stock(
        actor=online(people.technician),
        occurred_at=today,
        location_id=store.van.pk,
        kind="cycle",
        lines=[{"part_id": store.valve.pk, "quantity": Decimal(5)}],
    )
    store.use(offline(people.technician), store.van, store.hose)
    settle_discrepancy(
        actor=online(people.storekeeper),
        occurred_at=today,
        discrepancy_id=Discrepancy.objects.get().pk,
        settlement="accepted",
        note="It was there.",
    )


def papers(phone: Phone) -> dict[str, int]:
    phone.pull()
    return {name: len(phone.collection(name)) for name in PAPERS if phone.collection(name)}


@pytest.mark.usefixtures("ended")
class TestAfterTwoWeeks:
    def test_ended_papers_leave_the_phones_of_both_sides(self, people: People, today: datetime) -> None:
        phones = [fresh_phone(people.technician), fresh_phone(people.storekeeper)]
        with time_is(today + FORTNIGHT - timedelta(minutes=1)):
            archive_ended_papers()
            assert [papers(phone) for phone in phones] == [dict.fromkeys(PAPERS, 1)] * 2
        with time_is(today + FORTNIGHT):
            archive_ended_papers()
            assert [papers(phone) for phone in phones] == [{}, {}]
            for phone in phones:
                assert phone.replica() == fresh_phone(phone.user).replica()
        assert truth.differences() == []

    def test_they_leave_the_desk_too(self, people: People) -> None:
        desk = fresh_phone(people.dispatcher)
        assert papers(desk) == {"discrepancies": 1}
        with time_passes(FORTNIGHT):
            archive_ended_papers()
            assert papers(desk) == {}

    def test_they_stay_readable_over_http(self, api, people: People) -> None:
        with time_passes(FORTNIGHT):
            archive_ended_papers()
            client = api(people.storekeeper)
            for name in PAPERS:
                [row] = client.get(f"/api/v1/{name}").json()["results"]
                assert client.get(f"/api/v1/{name}/{row['id']}").status_code == 200

    def test_a_place_that_changes_hands_does_not_bring_them_back(self, store: Store, people: People) -> None:
        with time_passes(FORTNIGHT):
            archive_ended_papers()
            for place, change in ((store.van, {"keeper_id": people.colleague.pk}), (store.depot, {"name": "Depot"})):
                change_location(actor=online(people.administrator), occurred_at=now(), location_id=place.pk, **change)
            assert [papers(fresh_phone(who)) for who in (people.technician, people.colleague, people.storekeeper)] == [
                {},
                {},
                {},
            ]

    def test_nothing_is_left_for_the_next_sweep(self) -> None:
        with time_passes(FORTNIGHT):
            archive_ended_papers()
        assert not any(
            model.objects.filter(archived=False).exists() for model in (Discrepancy, Requisition, Stocktake, Transfer)
        )


def test_what_was_called_off_leaves_as_well(store: Store, people: People, sent: Transfer, today: datetime) -> None:
    stella = online(people.storekeeper)
    asked = open_stocktake(actor=online(people.supervisor), occurred_at=today, location_id=store.van.pk)
    taken_back = wish(store, people)
    phone = fresh_phone(people.technician)
    assert papers(phone) == {"requisitions": 1, "stocktakes": 1, "transfers": 1}
    cancel_transfer(actor=stella, occurred_at=today, transfer_id=sent.pk, reason="Wrong van.")
    cancel_requisition(actor=online(people.technician), occurred_at=today, requisition_id=taken_back.pk)
    cancel_stocktake(
        actor=online(people.supervisor), occurred_at=today, stocktake_id=asked.pk, reason="The van is in for repair."
    )
    with time_is(today + FORTNIGHT):
        archive_ended_papers()
        assert papers(phone) == {}


def test_what_is_still_open_stays_however_old_it_is(store: Store, people: People, sent: Transfer) -> None:
    wish(store, people)
    open_stocktake(actor=online(people.supervisor), occurred_at=now(), location_id=store.van.pk)
    store.use(offline(people.technician), store.van, store.hose)
    with time_passes(timedelta(days=400)):
        archive_ended_papers()
        assert papers(fresh_phone(people.technician)) == dict.fromkeys(PAPERS, 1)


def test_what_a_phone_tells_of_an_archived_transfer_is_kept(store: Store, people: People, sent: Transfer) -> None:
    """The colleague at the van said that five came; weeks later the technician's phone says six."""
    tom = fresh_phone(people.technician)
    received(sent, people.technician)
    line = str(sent.lines.get().pk)
    with time_passes(timedelta(days=20)):
        archive_ended_papers()
        tom.does("transfer.receive", transfer_id=sent.pk, lines=[{"line_id": line, "quantity": "6"}])
        assert tom.push() == ["applied"]
        tom.pull()
        assert tom.collection("transfers") == {}
        [question] = tom.collection("discrepancies").values()
        assert (question["kind"], question["transfer_id"]) == ("surplus_receipt", str(sent.pk))
        assert store.on_hand(store.van, store.valve) == 6
        assert books_are_right()


def test_the_database_archives_nothing_that_has_not_ended(store: Store, people: People, sent: Transfer) -> None:
    wish(store, people)
    open_stocktake(actor=online(people.supervisor), occurred_at=now(), location_id=store.van.pk)
    store.use(offline(people.technician), store.van, store.hose)
    for model in (Discrepancy, Requisition, Stocktake, Transfer):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(archived=True)
