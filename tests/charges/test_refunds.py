"""Refunds: never above what was paid but for the compensation, and above the limit never by one person alone."""

from typing import Any

import pytest
from django.conf import settings

from fieldsvc.time import now
from sync.commands import Actor
from sync.ids import uuid7
from tests.charges.conftest import ENDED, line
from tests.charges.test_payments import owed, pays
from tests.people import People
from tests.standing import standing
from tickets.bills.account import account_of
from tickets.bills.services import bill_what_is_done
from tickets.models import Bill, Refund


@pytest.fixture
@standing
def billed(api, visit, agreed, labour) -> Bill:
    """80 yuan for labour."""
    agreed([line(labour)])
    api(visit.technician).post(f"/api/v1/visits/{visit.pk}/complete", ENDED)
    bill_what_is_done(actor=Actor.system(), occurred_at=now())
    return Bill.objects.get()


@pytest.fixture
@standing
def paid(api, people, visit, billed: Bill) -> Bill:
    pays(api, people.technician, visit)
    return billed


def asks(api: Any, person: Any, bill: Bill, amount: int, **said: Any) -> Any:
    body = {"amount": amount, "reason": "It broke again.", **said}
    return api(person).post(f"/api/v1/tickets/{bill.ticket_id}/refunds", body)


def claims(api: Any, person: Any, bill: Bill, overcharge: int, **said: Any) -> Any:
    body = {"overcharge": overcharge, "reason": "Half an hour, not one.", **said}
    return api(person).post(f"/api/v1/bills/{bill.pk}/compensate", body)


def steps(api: Any, person: Any, refund: Any, step: str, **said: Any) -> Any:
    return api(person).post(f"/api/v1/refunds/{refund.json()['id']}/{step}", said)


def test_what_was_paid_is_given_back_and_never_more(api, people, paid):
    refused = asks(api, people.agent, paid, 8001).json()
    assert (refused["code"], refused["limit"]) == ("refund_above_paid", 8000)
    refund = asks(api, people.agent, paid, 5000)
    assert refund.json()["status"] == "approved"
    refused = asks(api, people.agent, paid, 3001).json()
    assert (refused["code"], refused["limit"]) == ("refund_above_paid", 3000)  # the first is as good as gone
    done = steps(api, people.agent, refund, "pay", receipt_number="R-1").json()
    assert (done["status"], owed(paid)) == ("paid", 5000)
    seen = api(people.agent).get(f"/api/v1/customers/people/{people.resident.pk}").json()
    assert [payment["amount"] for payment in seen["payments"]] == [8000]
    assert [(row["refund"], row["status"], len(row["repayments"])) for row in seen["refunds"]] == [(5000, "paid", 1)]
    assert steps(api, people.agent, refund, "pay", receipt_number="R-1").json() == done
    assert steps(api, people.agent, refund, "pay", receipt_number="R-2").json()["code"] == "refund_not_approved"


def test_who_has_paid_nothing_gets_nothing_back(api, people, billed):
    assert asks(api, people.agent, billed, 1).json()["code"] == "refund_above_paid"


def test_a_payment_that_turns_out_a_mistake_is_not_given_back(api, people, visit, billed):
    payment = pays(api, people.technician, visit).json()["id"]
    refund = asks(api, people.agent, billed, 8000)
    api(people.supervisor).post(f"/api/v1/payments/{payment}/reverse", {"note": "Typo."})
    assert steps(api, people.agent, refund, "pay", receipt_number="R-1").json()["code"] == "refund_above_paid"


def test_above_the_limit_somebody_else_has_to_approve(api, people, paid, monkeypatch):
    monkeypatch.setattr(settings, "REFUND_APPROVAL_LIMIT", 1000)
    refund = asks(api, people.supervisor, paid, 1001)
    assert refund.json()["status"] == "requested"
    assert steps(api, people.supervisor, refund, "pay", receipt_number="R").json()["code"] == "refund_not_approved"
    assert steps(api, people.supervisor, refund, "approve").json()["code"] == "own_refund"
    assert steps(api, people.dispatcher, refund, "approve").status_code == 403
    other = people._staff("second", "Sonja Second", "supervisor", people.north)
    approved = steps(api, other, refund, "approve", note="Fair.").json()
    assert (approved["status"], approved["decided_by_id"]) == ("approved", str(other.pk))
    assert steps(api, other, refund, "reject", note="?").json()["code"] == "refund_decided"


def test_what_is_rejected_can_be_asked_for_again(api, people, paid, monkeypatch):
    monkeypatch.setattr(settings, "REFUND_APPROVAL_LIMIT", 0)
    refund = asks(api, people.agent, paid, 8000)
    assert asks(api, people.agent, paid, 1).json()["code"] == "refund_above_paid"
    assert steps(api, people.supervisor, refund, "reject").json()["code"] == "invalid_input"
    assert steps(api, people.supervisor, refund, "reject", note="No.").json()["status"] == "rejected"
    assert asks(api, people.agent, paid, 8000).status_code == 201


def test_an_overcharge_that_was_paid_comes_back_twice(api, people, paid):
    refund = claims(api, people.agent, paid, 3000)
    said = refund.json()
    assert (said["refund"], said["compensation"], said["status"]) == (3000, 3000, "approved")
    note = Bill.objects.get(pk=said["credit_note_id"])
    assert (note.kind, note.total, note.corrects) == ("credit_note", 3000, paid)
    steps(api, people.agent, refund, "pay", receipt_number="R-1")
    account = account_of(paid.ticket_id)
    assert (account.balance, account.refunded, account.compensated) == (0, 3000, 3000)


def test_an_overcharge_that_was_not_paid_is_credited_and_compensated(api, people, billed):
    said = claims(api, people.agent, billed, 3000).json()
    assert (said["refund"], said["compensation"], owed(billed)) == (0, 3000, 5000)


def test_nobody_was_charged_more_too_much_than_they_were_charged(api, people, paid):
    refused = claims(api, people.agent, paid, 8001).json()
    assert (refused["code"], refused["limit"]) == ("overcharge_above_bill", 8000)
    claims(api, people.agent, paid, 8000)
    assert claims(api, people.agent, paid, 1).json()["limit"] == 0


def test_a_bill_is_credited_when_the_compensation_is_approved_and_not_before(api, people, paid, monkeypatch):
    monkeypatch.setattr(settings, "REFUND_APPROVAL_LIMIT", 0)
    refund = claims(api, people.agent, paid, 3000)
    assert (refund.json()["status"], Bill.objects.count()) == ("requested", 1)
    assert claims(api, people.agent, paid, 5001).json()["limit"] == 5000
    approved = steps(api, people.supervisor, refund, "approve").json()
    assert (approved["refund"], approved["compensation"], Bill.objects.count()) == (3000, 3000, 2)


def test_the_same_id_with_the_same_words_is_one_refund(api, people, paid):
    own = str(uuid7())
    assert asks(api, people.agent, paid, 10, id=own).json() == asks(api, people.agent, paid, 10, id=own).json()
    for amount, other in ((11, {}), (10, {"reason": "Another."}), (10, {"currency": "USD"})):
        assert asks(api, people.agent, paid, amount, id=own, **other).json()["code"] == "id_taken"
    assert claims(api, people.agent, paid, 10, id=own).json()["code"] == "id_taken"
    claim = str(uuid7())
    first, again = (claims(api, people.agent, paid, 20, id=claim).json() for _ in range(2))
    assert first == again
    assert claims(api, people.agent, paid, 21, id=claim).json()["code"] == "id_taken"
    assert Refund.objects.count() == 2


def test_customers_read_of_what_they_get_and_strangers_of_nothing(api, people: People, paid, monkeypatch):
    monkeypatch.setattr(settings, "REFUND_APPROVAL_LIMIT", 5)
    refund = asks(api, people.agent, paid, 10)
    charges = f"/api/v1/tickets/{paid.ticket_id}/charges"
    assert api(people.resident).get(charges).json()["refunds"] == []
    steps(api, people.supervisor, refund, "approve")
    [coming] = api(people.resident).get(charges).json()["refunds"]
    steps(api, people.agent, refund, "pay", receipt_number="R-1")
    [given] = api(people.resident).get(charges).json()["refunds"]
    assert (coming["repayments"][0]["status"], given["repayments"][0]["receipt_number"]) == ("asked", "R-1")
    for person in (people.resident, people.southern_dispatcher, people.technician):
        assert api(person).get("/api/v1/refunds").json()["results"] == []
        assert steps(api, person, refund, "pay", receipt_number="R-1").status_code == 404


def test_small_refunds_of_one_ticket_add_up_to_one_that_somebody_else_has_to_approve(
    api: Any, people: People, paid: Bill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REFUND_APPROVAL_LIMIT", 3000)
    asked = [asks(api, people.agent, paid, amount) for amount in (2000, 1000, 500)]
    assert [answer.json()["status"] for answer in asked] == ["approved", "approved", "requested"]
    steps(api, people.supervisor, asked[2], "approve")
    steps(api, people.agent, asked[0], "pay", receipt_number="R-1")
    assert asks(api, people.agent, paid, 1).json()["status"] == "requested"


def test_what_was_credited_meanwhile_is_not_compensated_as_well(
    api: Any, people: People, paid: Bill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REFUND_APPROVAL_LIMIT", 100)
    refund = claims(api, people.agent, paid, 4000)
    credit = {"reason": "Half.", "lines": [{"line_id": paid.lines.get().pk, "amount": 6000}]}
    assert api(people.supervisor).post(f"/api/v1/bills/{paid.pk}/credit", credit).status_code == 201
    refused = steps(api, people.supervisor, refund, "approve").json()
    assert (refused["code"], refused["limit"]) == ("overcharge_above_bill", 2000)
    assert Refund.objects.get().status == "requested"
    assert steps(api, people.supervisor, refund, "reject", note="Credited already.").json()["status"] == "rejected"
