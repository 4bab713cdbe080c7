"""Refunds through the provider: what came by a link goes back that way, once, and somebody sees to what does not."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from sync.ids import uuid7
from tests.charges.conftest import ENDED, line
from tests.charges.gateway import Gateway, running_gateway
from tests.charges.test_payments import owed, pays
from tests.charges.test_refunds import asks, claims, steps
from tests.people import People
from tests.standing import standing
from tests.statements import statements
from tickets.bills.account import account_of
from tickets.bills.services import bill_what_is_done
from tickets.models import Bill, PaymentLink, Refund, Repayment
from tickets.payments.asking import BACKOFF
from tickets.payments.services import make_links
from tickets.refunds.repaying import doubt_the_silent, note_failed, note_sent, send_repayments


@pytest.fixture
@standing
def billed(api, visit, agreed, labour) -> Bill:
    """80 yuan for labour."""
    agreed([line(labour)])
    api(visit.technician).post(f"/api/v1/visits/{visit.pk}/complete", ENDED)
    bill_what_is_done(actor=Actor.system(), occurred_at=now())
    return Bill.objects.get()


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A payment provider, over real HTTP."""
    with running_gateway() as running:
        monkeypatch.setattr(settings, "PAYMENT_PROVIDER", {**settings.PAYMENT_PROVIDER, **running.settings})
        monkeypatch.setattr(settings, "REFUND_APPROVAL_LIMIT", 10**9)
        yield running


def pays_by_link(api: Any, person: Any, bill: Bill, gateway: Gateway, amount: int, number: str = "P-1") -> None:
    """The customer has paid so much on a page of the provider's."""
    api(person).post(f"/api/v1/tickets/{bill.ticket_id}/payment-links", {"amount": amount})
    make_links(at=now())
    gateway.paid[number] = amount
    link = PaymentLink.objects.get(status="open")
    said: dict[str, Any] = {
        "reference": link.pk,
        "payment_id": number,
        "amount": amount,
        "currency": "CNY",
        "paid_at": now(),
    }
    assert gateway.tells(api(None), "payments/webhook", **said).status_code == 204


@pytest.fixture
def paid(api: Any, people: People, billed: Bill, gateway: Gateway) -> Bill:
    """All of it by a link."""
    pays_by_link(api, people.agent, billed, gateway, 8000)
    return billed


def told(api: Any, gateway: Gateway, repayment: Repayment, state: str, **said: Any) -> Any:
    """What the gateway says has become of it, half a minute later each time."""
    body = {"reference": repayment.pk, "refund_id": "B-1", "state": state, "at": now(), **said}
    return gateway.tells(api(None), "repayments/webhook", **body)


def only() -> Repayment:
    return Repayment.objects.get()


def settles(api: Any, person: Any, repayment: Repayment, settlement: str, **said: Any) -> Any:
    body = {"settlement": settlement, "note": "Asked the provider.", **said}
    return api(person).post(f"/api/v1/repayments/{repayment.pk}/settle", body)


def test_what_was_paid_by_a_link_goes_back_by_itself_and_the_customer_sees_how_far_it_is(api, people, paid, gateway):
    refund = asks(api, people.agent, paid, 3000)
    charges = f"/api/v1/tickets/{paid.ticket_id}/charges"

    def seen() -> list[tuple[str, str]]:
        rows = api(people.resident).get(charges).json()["refunds"]
        return [(row["status"], way["status"]) for row in rows for way in row["repayments"]]

    assert seen() == [("approved", "asked")]
    assert steps(api, people.agent, refund, "pay", receipt_number="R-1").json()["code"] == "nothing_by_hand"
    assert send_repayments(at=now()) == 1
    assert (gateway.given_back, seen()) == ({str(only().pk): ("P-1", 3000)}, [("approved", "sent")])
    notice = Notice.objects.get(kind="refund_sent", user=people.resident)
    assert [body[:9] for body in (notice.body, notice.body_zh)] == ["30.00 CNY"] * 2
    assert (owed(paid), account_of(paid.ticket_id).promised) == (0, 3000)
    assert told(api, gateway, only(), "confirmed").status_code == 204
    assert (seen(), owed(paid), account_of(paid.ticket_id).refunded) == ([("paid", "confirmed")], 3000, 3000)
    shown = api(people.resident).get(charges).json()["refunds"][0]["repayments"][0]
    assert not {"last_error", "owner_id", "note", "provider_id"} & set(shown)
    ours = api(people.supervisor).get(
        "/api/v1/charges/books", {"territory": people.north.pk, "month": f"{now():%Y-%m}"}
    )
    assert [(row["entry"], row["number"], row["amount"], row["method"]) for row in ours.json()[-1:]] == [
        ("refund", "B-1", "30.00", "link")
    ]


def test_a_request_whose_answer_was_lost_is_tried_again_under_the_same_reference_and_done_once(
    api, people, paid, gateway
):
    asks(api, people.agent, paid, 3000)
    gateway.loses_answers = True
    assert send_repayments(at=now()) == send_repayments(at=now()) == 0
    gateway.loses_answers = False
    with time_is(now() + timedelta(seconds=6)):
        assert send_repayments(at=now()) == 1
    assert len(gateway.requests) == 2
    assert set(gateway.requests) == set(gateway.given_back) == {str(only().pk)}
    assert only().status == "sent"


def test_a_worker_that_dies_after_the_provider_took_it_pays_nothing_twice(api, people, paid, gateway):
    """Another one asks when the lease is over, and the provider answers as before."""
    asks(api, people.agent, paid, 3000)
    gateway.refund(str(only().pk), "P-1", 3000)
    Repayment.objects.update(attempts=1)
    assert send_repayments(at=now()) == 1
    assert (only().provider_id, len(gateway.given_back)) == ("B-1", 1)


def test_never_more_goes_back_than_came_in_by_that_payment_and_cash_remains_by_hand(
    api, people, visit, billed, gateway
):
    pays_by_link(api, people.agent, billed, gateway, 2000, "P-1")
    pays_by_link(api, people.agent, billed, gateway, 3000, "P-2")
    pays(api, people.technician, visit, 3000)
    asks(api, people.agent, billed, 3500)
    assert ways() == [("P-1", 500), ("P-2", 3000)]  # the latest payment first
    second = asks(api, people.agent, billed, 4500)
    assert ways(second) == [("", 3000), ("P-1", 1500)]
    assert send_repayments(at=now()) == 3
    assert sorted(gateway.given_back.values()) == [("P-1", 500), ("P-1", 1500), ("P-2", 3000)]
    done = steps(api, people.agent, second, "pay", receipt_number="R-1")
    assert done.json()["status"] == "approved"  # of the other part the provider has said nothing yet
    assert steps(api, people.agent, second, "pay", receipt_number="R-1").json() == done.json()
    for repayment in Repayment.objects.filter(status="sent"):
        told(api, gateway, repayment, "confirmed")
    assert set(Refund.objects.values_list("status", flat=True)) == {"paid"}
    assert (owed(billed), account_of(billed.ticket_id).refunded) == (8000, 8000)


def ways(refund: Any = None) -> list[tuple[str, int]]:
    rows = Repayment.objects.all() if refund is None else Repayment.objects.filter(refund=refund.json()["id"])
    return sorted((row.payment.receipt_number if row.payment else "", row.amount) for row in rows)


def test_of_a_double_refund_what_the_payment_covers_goes_back_and_the_rest_is_given_by_hand(api, people, paid, gateway):
    claim = claims(api, people.agent, paid, 6000)
    assert ways() == [("", 4000), ("P-1", 8000)]
    send_repayments(at=now())
    through, by_hand = (Repayment.objects.get(payment__isnull=one) for one in (False, True))
    assert (through.compensation, by_hand.compensation) == (2000, 4000)
    told(api, gateway, through, "confirmed")
    assert steps(api, people.agent, claim, "pay", receipt_number="R-1").json()["status"] == "paid"
    account = account_of(paid.ticket_id)
    assert (account.balance, account.refunded, account.compensated) == (0, 6000, 6000)


def test_an_answer_that_says_it_is_done_needs_no_webhook(api, people, paid, gateway):
    gateway.at_once = True
    refund = asks(api, people.agent, paid, 8000)
    send_repayments(at=now())
    assert (Refund.objects.get().status, owed(paid)) == ("paid", 8000)
    assert Notice.objects.filter(kind="refund_sent", user=people.resident).count() == 1
    assert api(people.agent).get(f"/api/v1/refunds/{refund.json()['id']}").json()["paid_at"]


def test_what_the_provider_refuses_belongs_to_whoever_asked_and_is_tried_again_or_given_by_hand(
    api, people, paid, gateway
):
    refund = asks(api, people.agent, paid, 3000)
    gateway.refuses = True
    send_repayments(at=now())
    failed = only()
    assert (failed.status, failed.owner, failed.in_doubt, failed.attempts) == ("failed", people.agent, False, 1)
    assert Notice.objects.get(kind="refund_failed").user == people.agent
    standing = api(people.dispatcher).get("/api/v1/repayments", {"open": True, "owner": people.agent.pk}).json()
    assert [row["last_error"] for row in standing["results"]] == ["HTTP 422 from the payment provider"]
    gateway.refuses = False
    assert settles(api, people.agent, failed, "again").json()["settlement"] == "again"
    assert settles(api, people.agent, failed, "again").json()["settlement"] == "again"  # said twice
    assert send_repayments(at=now()) == 1
    assert len({*gateway.requests}) == len(gateway.requests) == 2  # it remembers its refusal: another reference
    second = Repayment.objects.get(status="sent")
    told(api, gateway, second, "failed", reason="The card was cancelled.")
    timeline = api(people.agent).get(f"/api/v1/tickets/{paid.ticket_id}/timeline").json()["results"]
    sentences = [event["texts"]["en"] for event in timeline]
    assert "The payment provider has not paid back 30.00 CNY: The card was cancelled." in sentences
    assert "cancelled" not in api(people.resident).get(f"/api/v1/tickets/{paid.ticket_id}/timeline").content.decode()
    assert settles(api, people.supervisor, second, "by_hand").status_code == 200
    assert settles(api, people.supervisor, second, "again").json()["code"] == "repayment_not_failed"
    assert steps(api, people.agent, refund, "pay", receipt_number="R-1").json()["status"] == "paid"
    assert (owed(paid), account_of(paid.ticket_id).refunded) == (3000, 3000)
    assert api(people.dispatcher).get("/api/v1/repayments", {"open": True}).json()["results"] == []


def test_a_provider_that_never_answers_leaves_a_doubt_and_is_asked_again_under_the_same_reference(
    api, people, paid, gateway
):
    asks(api, people.agent, paid, 3000)
    gateway.loses_answers = True
    moment = now()
    for wait in (timedelta(0), *BACKOFF):
        moment += wait + timedelta(seconds=1)
        with time_is(moment):
            send_repayments(at=moment)
    assert (only().status, only().in_doubt, len(gateway.requests)) == ("failed", True, len(BACKOFF) + 1)
    assert asks(api, people.agent, paid, 5000).status_code == 201
    assert ways() == [("P-1", 3000), ("P-1", 5000)]
    gateway.loses_answers = False
    settles(api, people.agent, Repayment.objects.get(status="failed"), "again")
    with time_is(moment + timedelta(minutes=1)):
        assert send_repayments(at=now()) == 2
    assert sorted(gateway.given_back.values()) == [("P-1", 3000), ("P-1", 5000)]


def test_who_gives_by_hand_what_had_gone_after_all_has_the_supervisors_look_at_it(api, people, paid, gateway):
    refund, supervisor = asks(api, people.agent, paid, 3000), people.supervisor
    send_repayments(at=now())
    assert doubt_the_silent(at=now()) == 0
    with time_is(now() + timedelta(days=settings.REFUND_CONFIRMED_DAYS, hours=1)):
        assert doubt_the_silent(at=now()) == 1
        assert doubt_the_silent(at=now()) == 0
        assert (only().status, only().in_doubt) == ("failed", True)
        silent = only()
        settles(api, people.agent, silent, "by_hand")
        steps(api, people.agent, refund, "pay", receipt_number="R-1")
        assert told(api, gateway, silent, "confirmed").status_code == 204
        assert account_of(paid.ticket_id).refunded == 6000
    assert Notice.objects.get(kind="refund_twice").user == supervisor


def test_what_the_bank_sends_back_later_is_open_again_and_stands_in_the_books_twice(api, people, paid, gateway):
    asks(api, people.agent, paid, 3000)
    send_repayments(at=now())
    sent = only()
    told(api, gateway, sent, "confirmed", at=now() - timedelta(seconds=20))
    told(api, gateway, sent, "failed", reason="Account closed.", at=now() - timedelta(seconds=10))
    told(api, gateway, sent, "confirmed", at=now() - timedelta(seconds=20))  # a message that comes late
    assert (only().status, Refund.objects.get().status, owed(paid)) == ("failed", "approved", 0)
    query = {"territory": people.north.pk, "month": f"{now():%Y-%m}"}
    rows = api(people.supervisor).get("/api/v1/charges/books", query).json()
    assert [row["amount"] for row in rows if row["entry"] == "refund"] == ["30.00", "-30.00"]


def test_a_webhook_that_is_faster_than_the_answer_counts_and_told_twice_it_counts_once(api, people, paid, gateway):
    asks(api, people.agent, paid, 3000)
    for _ in range(2):
        assert told(api, gateway, only(), "confirmed", at=now() - timedelta(seconds=1)).status_code == 204
    assert (only().status, account_of(paid.ticket_id).refunded, send_repayments(at=now())) == ("confirmed", 3000, 0)
    assert Notice.objects.filter(kind="refund_sent").count() == 1


def test_what_the_provider_refuses_while_its_answer_is_on_the_way_stays_refused(api, people, paid, gateway):
    refund = asks(api, people.agent, paid, 3000)
    told(api, gateway, only(), "failed", reason="The card was cancelled.")
    note_sent(actor=Actor.system(), occurred_at=now(), repayment_id=only().pk, provider_id="B-1")
    assert (only().status, only().last_error, only().owner) == ("failed", "The card was cancelled.", people.agent)
    assert only().failed_at
    assert not Notice.objects.filter(kind="refund_sent").exists()
    [standing] = api(people.agent).get("/api/v1/repayments", {"open": True}).json()["results"]
    assert standing["refund_id"] == refund.json()["id"]


def test_an_answer_that_comes_after_all_ends_the_doubt(api, people, paid, gateway):
    asks(api, people.agent, paid, 3000)
    doubt: dict[str, Any] = {"reason": "No answer.", "in_doubt": True}
    note_failed(actor=Actor.system(), occurred_at=now(), repayment_id=only().pk, **doubt)
    note_sent(actor=Actor.system(), occurred_at=now(), repayment_id=only().pk, provider_id="B-1")
    assert (only().status, only().in_doubt, only().last_error) == ("sent", False, "")


@pytest.mark.parametrize(
    ("said", "how", "status", "code"),
    [
        ({}, {"secret": "a guess"}, 401, "signature_not_valid"),
        ({"reference": uuid7()}, {}, 400, "repayment_unknown"),
        ({"state": "lost"}, {}, 400, "invalid_input"),
        ({"at": "yesterday"}, {}, 400, "invalid_input"),
    ],
)
def test_a_word_about_a_refund_that_makes_no_sense_changes_nothing(api, people, paid, gateway, said, how, status, code):
    asks(api, people.agent, paid, 3000)
    answer = told(api, gateway, only(), **{"state": "confirmed", **said}, **how)
    assert (answer.status_code, answer.json()["code"], only().status) == (status, code, "asked")


def test_who_has_no_business_with_a_refund_cannot_settle_what_became_of_it(api, people, paid, gateway):
    asks(api, people.agent, paid, 3000)
    gateway.refuses = True
    send_repayments(at=now())
    for person in (people.resident, people.southern_dispatcher, people.technician):
        assert settles(api, person, only(), "again").status_code == 404
        assert api(person).get("/api/v1/repayments").json()["results"] == []
    assert settles(api, people.agent, only(), "again", note="").json()["code"] == "invalid_input"
    assert settles(api, people.agent, only(), "forget").json()["code"] == "invalid_input"


def test_without_a_provider_that_gives_back_all_of_it_is_given_by_hand(api, people, paid, gateway, monkeypatch):
    monkeypatch.setattr(settings, "PAYMENT_PROVIDER", {**settings.PAYMENT_PROVIDER, "refund_url": ""})
    refund = asks(api, people.agent, paid, 3000)
    assert ways() == [("", 3000)]
    assert steps(api, people.agent, refund, "pay", receipt_number="R-1").json()["status"] == "paid"


def test_in_the_demonstration_refunds_arrive_at_once(api, people, paid, gateway, monkeypatch):
    monkeypatch.setattr(settings, "PAYMENT_PROVIDER", {**settings.PAYMENT_PROVIDER, "url": ""})
    asks(api, people.agent, paid, 3000)
    assert send_repayments(at=now()) == 1
    assert (Refund.objects.get().status, gateway.requests) == ("paid", [])


def test_lists_of_refunds_cost_the_same_however_many_there_are(api, people, paid, gateway):
    reader = api(people.supervisor)
    for _ in range(4):
        asks(api, people.agent, paid, 100)
    for path, budget in (("refunds", 3), ("repayments", 2)):
        with statements(budget):
            assert len(reader.get(f"/api/v1/{path}").json()["results"]) == 4


def test_a_repayment_is_found_by_the_number_of_the_provider(api, people, paid, gateway):
    asks(api, people.agent, paid, 100)
    send_repayments(at=now())
    found = api(people.agent).get("/api/v1/repayments", {"search": "B-1", "by_hand": False}).json()["results"]
    assert [UUID(row["id"]) for row in found] == [only().pk]
