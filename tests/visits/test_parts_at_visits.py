"""Parts that are fitted and taken back while there is signal."""

from decimal import Decimal

import pytest

from sync.ids import uuid7
from tests.standing import standing
from tests.visits.conftest import HERE, on_hand
from tickets.complaints.models import TicketEvent
from tickets.visits.models import PartUse


@pytest.fixture
@standing
def on_site(people, do, visit):
    do(people.technician, visit, "check-in", **HERE)
    return visit


def test_a_fitted_part_leaves_the_van_and_the_removed_one_comes_into_it(people, do, on_site, van, valve):
    used = do(people.technician, on_site, "use-part", part_id=valve.pk, quantity=2, removed_serial="OLD-7")
    assert (used["kind"], used["quantity"], used["removed_serial"], used["flags"]) == ("used", "2.000", "OLD-7", [])
    back = do(
        people.technician, on_site, "return-part", part_id=valve.pk, quantity=1, serial="OLD-7", condition="faulty"
    )
    assert (back["kind"], back["ticket_id"]) == ("returned", str(on_site.ticket_id))
    assert (on_hand(valve, van), on_hand(valve, van, "faulty")) == (1, 1)
    told = TicketEvent.objects.filter(ticket=on_site.ticket, kind__startswith="part_").order_by("id")
    assert [(event.kind, event.public, event.data["quantity"]) for event in told] == [
        ("part_used", True, "2"),
        ("part_returned", False, "1"),
    ]


def test_more_than_there_is_is_refused_while_there_is_signal(people, do, on_site, van, valve):
    refused = do(people.technician, on_site, "use-part", part_id=valve.pk, quantity=4)
    assert (refused["code"], refused["status"]) == ("stock_short", 409)
    assert Decimal(str(refused["available"])) == 3
    assert not PartUse.objects.exists()


@pytest.mark.parametrize("quantity", [0, -1, "NaN", "0.0001", "1e400", None])
def test_a_quantity_is_a_positive_number(people, do, on_site, valve, quantity):
    refused = do(people.technician, on_site, "use-part", part_id=valve.pk, quantity=quantity)
    assert (refused["status"], refused["errors"][0]["field"]) == (400, "quantity")


def test_parts_are_booked_on_site(people, do, visit, valve):
    for step in ["use-part", "return-part"]:
        assert (
            do(people.technician, visit, step, part_id=valve.pk, quantity=1, condition="faulty")["code"]
            == "visit_not_on_site"
        )


def test_the_same_use_sent_again_is_one(people, do, on_site, van, valve):
    body = {"id": uuid7(), "part_id": valve.pk, "quantity": 1}
    assert do(people.technician, on_site, "use-part", **body) == do(people.technician, on_site, "use-part", **body)
    assert do(people.technician, on_site, "return-part", condition="faulty", **body)["code"] == "id_taken"
    assert on_hand(valve, van) == 2


def test_nobody_takes_parts_from_another_ones_van(people, do, on_site, valve, van):
    other = type(van).objects.create(
        code="VAN-2", name="Van 2", kind="van", territory=people.north, keeper=people.colleague
    )
    refused = do(people.technician, on_site, "use-part", part_id=valve.pk, quantity=1, location_id=other.pk)
    assert refused["status"] in (403, 404)


def test_used_parts_and_the_answer_about_parts_agree(people, do, on_site, valve):
    do(people.technician, on_site, "edit", checklist_answers={"tight": True})
    do(people.technician, on_site, "use-part", part_id=valve.pk, quantity=1)
    body = {"resolution_code": "repaired", "signed_by": "Rosa"}
    refused = do(people.technician, on_site, "complete", parts_answer="none", **body)
    assert refused["code"] == "parts_answer_wrong"
    assert do(people.technician, on_site, "complete", parts_answer="used", **body)["status"] == "completed"
