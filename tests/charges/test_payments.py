"""Payments: cash with a receipt, also without signal; links through a provider that tells us by a signed webhook."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from sync.ids import uuid7
from sync.webhooks import signature
from tests.charges.conftest import ENDED, line
from tests.notifications.provider import Provider, running_provider
from tests.standing import standing
from tickets.bills.account import account_of
from tickets.bills.services import bill_what_is_done
from tickets.models import Bill, CashHandIn, Payment, PaymentLink, Visit
from tickets.payments.services import make_links

SECRET = "known to both"


@pytest.fixture
@standing
def billed(api, visit, agreed, labour) -> Bill:
    """80 yuan for labour."""
    agreed([line(labour)])
    api(visit.technician).post(f"/api/v1/visits/{visit.pk}/complete", ENDED)
    bill_what_is_done(actor=Actor.system(), occurred_at=now())
    return Bill.objects.get()


def pays(api: Any, person: Any, visit: Visit, amount: int = 8000, number: str = "T-1", **said: Any) -> Any:
    body = {"amount": amount, "currency": "CNY", "receipt_number": number, **said}
    return api(person).post(f"/api/v1/tickets/{visit.ticket_id}/payments", body)


def owed(bill: Bill) -> int:
    bill.refresh_from_db()
    return bill.outstanding


def test_a_bill_is_paid_in_parts_and_what_is_too_much_is_owed_to_the_customer(api, people, visit, billed):
    assert pays(api, people.technician, visit, 3000).status_code == 201
    assert owed(billed) == 5000
    assert pays(api, people.technician, visit, 6000, "T-2").status_code == 201
    assert owed(billed) == 0
    shown = api(people.resident).get(f"/api/v1/tickets/{visit.ticket_id}/charges").json()
    assert (shown["paid"], shown["balance"], len(shown["payments"])) == (9000, -1000, 2)


def test_cash_is_taken_without_signal_and_before_there_is_a_bill(api, people, phone, visit, agreed, labour):
    agreed([line(labour)])
    handset = phone(people.technician)
    handset.pull()
    handset.does(
        "payment.take",
        hours_ago=2,
        id=str(uuid7()),
        ticket_id=visit.ticket_id,
        amount=8000,
        currency="CNY",
        receipt_number="T-7",
    )
    handset.does("visit.complete", hours_ago=2, visit_id=visit, **ENDED)
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied"] * 2
    bill_what_is_done(actor=Actor.system(), occurred_at=now())
    assert (Payment.objects.get().taken_by, Bill.objects.get().outstanding) == (people.technician, 0)
    assert not Notice.objects.filter(kind="bill_issued").exists()  # nothing is to be paid


def test_a_receipt_is_given_once(api, people, phone, visit, billed):
    own = str(uuid7())
    first = pays(api, people.technician, visit, 3000, id=own)
    assert pays(api, people.technician, visit, 3000, id=own).json() == first.json()
    assert pays(api, people.technician, visit, 4000, id=own).json()["code"] == "id_taken"
    assert pays(api, people.technician, visit, 3000).json()["code"] == "receipt_number_taken"
    handset = phone(people.technician)
    said = {"ticket_id": visit.ticket_id, "amount": 3000, "currency": "CNY", "receipt_number": "T-1"}
    handset.does("payment.take", **said)
    assert handset.push() == ["applied"]
    assert [payment.flags for payment in Payment.objects.order_by("id")] == [[], ["receipt_twice"]]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 0}, "invalid_input"),
        ({"amount": -5}, "invalid_input"),
        ({"amount": 10**12}, "invalid_input"),
        ({"receipt_number": ""}, "invalid_input"),
        ({"currency": "USD"}, "currency_differs"),
        ({"method": "barter"}, "invalid_input"),
        ({"method": "link"}, "invalid_input"),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(api, people, visit, billed, change, code):
    assert pays(api, people.agent, visit, **change).json()["code"] == code
    assert Payment.objects.count() == 0


def test_where_nothing_was_quoted_nothing_is_paid(api, people, visit):
    assert pays(api, people.technician, visit).json()["code"] == "nothing_quoted"


def test_cash_that_a_phone_took_without_a_quote_is_kept_and_somebody_sees_to_it(
    api, people, phone, visit, agreed, labour
):
    handset, supervisor = phone(people.technician), people.supervisor
    cash = {"ticket_id": visit.ticket_id, "amount": 5000, "currency": "CNY", "receipt_number": "T-1"}
    handset.does("payment.take", hours_ago=1, **cash)
    assert handset.push() == ["applied"]
    payment = Payment.objects.get()
    assert payment.flags == ["nothing_quoted"]
    assert Notice.objects.get(kind="payment_doubted").user == supervisor
    timeline = f"/api/v1/tickets/{visit.ticket_id}/timeline"
    told = [event["texts"]["en"] for event in api(people.agent).get(timeline).json()["results"]]
    assert "To be looked at: 50.00 CNY, receipt T-1: nothing was quoted." in told
    assert "To be looked at" not in api(people.resident).get(timeline).content.decode()
    listed = api(people.dispatcher).get("/api/v1/payments", {"flag": "nothing_quoted"}).json()["results"]
    assert [row["id"] for row in listed] == [str(payment.pk)]
    charges = f"/api/v1/tickets/{visit.ticket_id}/charges"
    assert api(people.agent).get(charges).json()["balance"] == -5000
    assert pays(api, people.technician, visit, number="T-2").json()["code"] == "nothing_quoted"
    agreed([line(labour)])
    api(visit.technician).post(f"/api/v1/visits/{visit.pk}/complete", ENDED)
    bill_what_is_done(actor=Actor.system(), occurred_at=now())
    assert Bill.objects.get().outstanding == 3000


def test_cash_that_a_phone_took_in_another_currency_is_kept_beside_the_account(api, people, phone, visit, billed):
    handset = phone(people.technician)
    cash = {"ticket_id": visit.ticket_id, "amount": 5000, "currency": "USD", "receipt_number": "T-1"}
    handset.does("payment.take", hours_ago=1, **cash)
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied"]
    assert (Payment.objects.get().flags, owed(billed)) == (["currency_differs"], 8000)
    charges = api(people.agent).get(f"/api/v1/tickets/{visit.ticket_id}/charges").json()
    assert (charges["paid"], charges["other_currencies"][0]["paid"]) == (0, 5000)


def test_technicians_take_cash_and_the_desk_notes_transfers(api, people, visit, billed):
    assert pays(api, people.technician, visit, method="transfer").status_code == 403
    assert pays(api, people.agent, visit, method="transfer").status_code == 201
    assert pays(api, people.resident, visit, number="T-2").status_code == 403
    assert pays(api, people.colleague, visit, number="T-3").status_code == 404


def test_a_payment_recorded_by_mistake_is_put_right_beside_it(api, people, visit, billed):
    path = f"/api/v1/payments/{pays(api, people.technician, visit).json()['id']}/reverse"
    assert api(people.agent).post(path, {"note": "Typo."}).status_code == 403
    reversal = api(people.supervisor).post(path, {"note": "Typo."}).json()
    assert (reversal["amount"], owed(billed)) == (-8000, 8000)
    assert api(people.supervisor).post(path, {"note": "Typo."}).json()["code"] == "payment_reversed"
    again = f"/api/v1/payments/{reversal['id']}/reverse"
    assert api(people.supervisor).post(again, {"note": "?"}).json()["code"] == "payment_final"
    own = pays(api, people.supervisor, visit, number="S-1").json()["id"]
    refused = api(people.supervisor).post(f"/api/v1/payments/{own}/reverse", {"note": "Typo."}).json()
    assert refused["code"] == "own_payment"


def test_cash_is_counted_by_somebody_else_and_a_difference_has_a_reason(api, people, visit, billed):
    first, second = (pays(api, people.technician, visit, 4000, number).json()["id"] for number in ("T-1", "T-2"))
    said = {"technician_id": people.technician.pk, "payments": [first, second], "counted": 7990}
    path = "/api/v1/cash-hand-ins"
    assert api(people.technician).post(path, said).json()["code"] == "own_cash"
    refused = api(people.storekeeper).post(path, said).json()
    assert (refused["code"], refused["expected"]) == ("difference_unexplained", 8000)
    done = api(people.storekeeper).post(path, said | {"note": "A note was torn."})
    assert (done.status_code, done.json()["expected"], done.json()["counted"]) == (201, 8000, 7990)
    refused = api(people.storekeeper).post(path, said | {"note": "Again."}).json()
    assert (refused["code"], refused["errors"][0]["field"]) == ("payment_unknown", "payments[0]")
    assert CashHandIn.objects.count() == 1
    held = api(people.dispatcher).get("/api/v1/payments", {"taken_by": people.technician.pk, "handed_in": False})
    assert held.json()["results"] == []
    reverse = api(people.supervisor).post(f"/api/v1/payments/{first}/reverse", {"note": "?"})
    assert reverse.json()["code"] == "payment_final"
    assert (
        api(people.southern_dispatcher).post(path, said | {"counted": 1, "note": "?"}).json()["code"]
        == "payment_unknown"
    )


def test_a_mistake_is_handed_in_with_its_reversal_and_neither_is_counted_twice(api, people, visit, billed):
    mistake, right, other = (
        pays(api, people.technician, visit, amount, f"T-{amount}").json()["id"] for amount in (4000, 5000, 6000)
    )
    reverse = api(people.supervisor).post(f"/api/v1/payments/{mistake}/reverse", {"note": "Typo."})
    reversal = reverse.json()["id"]

    def hands_in(*payments: str, counted: int) -> Any:
        said = {"technician_id": people.technician.pk, "payments": payments, "counted": counted}
        return api(people.storekeeper).post("/api/v1/cash-hand-ins", said)

    assert hands_in(mistake, reversal, right, counted=5000).status_code == 201
    assert hands_in(other, reversal, counted=2000).json()["code"] == "payment_unknown"
    held = api(people.dispatcher).get("/api/v1/payments", {"taken_by": people.technician.pk, "handed_in": False})
    assert [row["id"] for row in held.json()["results"]] == [other]


def test_a_mistake_takes_its_reversal_along_when_it_is_handed_in(api, people, visit, billed):
    mistake = pays(api, people.technician, visit, 4000).json()["id"]
    api(people.supervisor).post(f"/api/v1/payments/{mistake}/reverse", {"note": "Typo."})
    said = {"technician_id": people.technician.pk, "payments": [mistake], "counted": 0}
    assert api(people.storekeeper).post("/api/v1/cash-hand-ins", said).json()["expected"] == 0
    held = api(people.dispatcher).get("/api/v1/payments", {"taken_by": people.technician.pk, "handed_in": False})
    assert held.json()["results"] == []


def test_customers_do_not_read_what_we_note_beside_payments_and_refunds(api, people, visit, billed):
    pays(api, people.technician, visit, note="A difficult customer.")
    body = {"bill": billed.pk, "overcharge": 4000, "reason": "Half an hour."}
    refund = api(people.agent).post(f"/api/v1/bills/{billed.pk}/compensate", body).json()
    api(people.agent).post(f"/api/v1/refunds/{refund['id']}/pay", {"receipt_number": "R-1"})
    ours = {"note", "flags", "taken_by_id", "handed_in", "decision_note", "requested_by_id", "decided_by_id"}
    charges = f"/api/v1/tickets/{visit.ticket_id}/charges"
    for person, read in ((people.agent, ours), (people.resident, set())):
        shown = api(person).get(charges).json()
        rows = [shown["payments"][0], shown["refunds"][0]]
        assert {name for row in rows for name in row} & ours == read
        [listed] = api(person).get("/api/v1/payments").json()["results"]
        assert listed == rows[0]


# Links


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A payment provider, over real HTTP."""
    with running_provider() as running:
        setting = {
            **settings.PAYMENT_PROVIDER,
            "url": f"{running.url}/links",
            "headers": {"Authorization": "Bearer x"},
            "page": "data.url",
            "identifier": "data.id",
            "secret": SECRET,
        }
        monkeypatch.setattr(settings, "PAYMENT_PROVIDER", setting)
        yield running


def answers(url: str = "https://pay.example/1") -> tuple[int, str]:
    return 201, json.dumps({"data": {"url": url, "id": "L-1"}})


@pytest.fixture
def link(api, people, billed, provider) -> PaymentLink:
    """The agent asked for it, and the provider has made the page."""
    provider.answers.append(answers())
    asked = api(people.agent).post(f"/api/v1/tickets/{billed.ticket_id}/payment-links", {})
    assert asked.json()["status"] == "wanted", asked.content
    assert make_links(at=now()) == 1
    return PaymentLink.objects.get()


def tells(api: Any, link: Any, *, secret: str = SECRET, header: str | None = None, **said: Any) -> Any:
    """The provider's webhook."""
    told = {"reference": str(getattr(link, "pk", link)), "payment_id": "P-1", "amount": 8000, "currency": "CNY"}
    body = json.dumps(told | {"paid_at": now().isoformat()} | said).encode()
    signed = signature(body, secret=secret, at=now()) if header is None else header
    headers = {"Payment-Signature": signed}
    return api(None).post("/api/v1/payments/webhook", body, content_type="application/json", headers=headers)


def test_who_asks_twice_for_a_link_gets_the_one_that_nobody_has_paid(api, people, provider, link):
    asked = api(people.resident).post(f"/api/v1/tickets/{link.ticket_id}/payment-links", {}).json()
    assert (asked["id"], asked["url"]) == (str(link.pk), link.url)
    part = api(people.resident).post(f"/api/v1/tickets/{link.ticket_id}/payment-links", {"amount": 3000}).json()
    assert part["id"] != asked["id"]
    tells(api, part["id"], amount=3000)
    again = api(people.resident).post(f"/api/v1/tickets/{link.ticket_id}/payment-links", {}).json()
    assert (again["amount"], PaymentLink.objects.count()) == (5000, 3)


def test_a_customer_pays_by_a_link(api, people, provider, link, billed):
    [asked] = provider.requests
    assert asked.headers["Idempotency-Key"] == asked.json["reference"] == str(link.pk)
    assert (asked.json["amount"], asked.json["currency"], asked.headers["Authorization"]) == (8000, "CNY", "Bearer x")
    assert Notice.objects.get(kind="payment_link", user=people.resident).body == "https://pay.example/1"
    assert tells(api, link).status_code == 204
    link.refresh_from_db()
    assert (link.status, owed(billed), Payment.objects.get().flags) == ("paid", 0, [])


def test_what_the_provider_tells_twice_counts_once(api, link, billed):
    for _ in range(3):
        assert tells(api, link).status_code == 204
    assert (Payment.objects.count(), account_of(billed.ticket_id).paid) == (1, 8000)


def test_what_came_by_a_link_in_another_currency_stands_in_the_books_and_pays_nothing(api, people, link, billed):
    assert tells(api, link, currency="USD").status_code == 204
    link.refresh_from_db()
    assert (link.status, owed(billed), Payment.objects.get().flags) == ("paid", 8000, ["currency_differs"])
    query = {"territory": people.north.pk, "month": f"{now():%Y-%m}"}
    rows = api(people.supervisor).get("/api/v1/charges/books", query).json()
    assert [(row["amount"], row["currency"], row["flags"]) for row in rows] == [
        ("80.00", "CNY", ""),
        ("-80.00", "USD", "currency_differs"),
    ]
    charges = api(people.resident).get(f"/api/v1/tickets/{billed.ticket_id}/charges").json()
    assert (charges["currency"], charges["paid"], charges["balance"]) == ("CNY", 0, 8000)
    [other] = charges["other_currencies"]
    assert (other["currency"], other["paid"], other["balance"]) == ("USD", 8000, -8000)
    assert tells(api, link, currency="USD").status_code == 204
    assert (Payment.objects.count(), Notice.objects.filter(kind="payment_doubted").count()) == (1, 1)


def test_what_came_in_another_currency_is_given_back_in_it_when_somebody_else_agrees(api, people, link, billed):
    tells(api, link, currency="USD", amount=700)
    path, body = f"/api/v1/tickets/{billed.ticket_id}/refunds", {"amount": 700, "reason": "Pay in yuan."}
    assert api(people.agent).post(path, body).json()["code"] == "refund_above_paid"
    refund = api(people.agent).post(path, body | {"currency": "USD"}).json()
    assert (refund["status"], refund["currency"]) == ("requested", "USD")
    api(people.supervisor).post(f"/api/v1/refunds/{refund['id']}/approve", {})
    paid = api(people.agent).post(f"/api/v1/refunds/{refund['id']}/pay", {"receipt_number": "R-1"}).json()
    assert (paid["status"], account_of(billed.ticket_id, "USD").balance, owed(billed)) == ("paid", 0, 8000)


def test_what_really_came_is_booked_whatever_was_asked_for(api, link, billed):
    assert tells(api, link, amount=7000).status_code == 204
    assert (owed(billed), Payment.objects.get().flags) == (1000, ["amount_differs"])


def test_nobody_else_is_believed(api, link):
    forged = [tells(api, link, secret="a guess"), tells(api, link, header=""), tells(api, link, header="t=1,v1=")]
    body = b'{"reference": 1}'
    old = signature(body, secret=SECRET, at=now() - timedelta(minutes=6))
    headers = {"Payment-Signature": old}
    forged.append(api(None).post("/api/v1/payments/webhook", body, content_type="application/json", headers=headers))
    assert [(answer.status_code, answer.json()["code"]) for answer in forged] == [(401, "signature_not_valid")] * 4
    assert Payment.objects.count() == 0


def test_without_a_secret_nobody_is_believed(api, link, monkeypatch):
    monkeypatch.setattr(settings, "PAYMENT_PROVIDER", settings.PAYMENT_PROVIDER | {"secret": ""})
    monkeypatch.setattr(settings, "SAFE_TO_SHOW", False)
    assert tells(api, link, secret="").status_code == 401


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"reference": "0192f000-0000-7000-8000-000000000000"}, "payment_link_unknown"),
        ({"amount": 0}, "invalid_input"),
        ({"amount": True}, "invalid_input"),
        ({"payment_id": "\u0000"}, "invalid_input"),
        ({"paid_at": "yesterday"}, "invalid_input"),
    ],
)
def test_a_signed_message_that_makes_no_sense_is_refused(api, link, said, code):
    refused = tells(api, link, **said)
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert Payment.objects.count() == 0


def test_nobody_is_asked_for_more_than_they_owe(api, people, billed, provider):
    path = f"/api/v1/tickets/{billed.ticket_id}/payment-links"
    refused = api(people.resident).post(path, {"amount": 8001}).json()
    assert (refused["code"], refused["balance"]) == ("amount_above_balance", 8000)
    assert api(people.resident).post(path, {"amount": 500}).json()["amount"] == 500
    assert api(people.neighbour).post(path, {}).status_code == 404
    assert api(people.technician).post(path, {}).status_code == 403
    pays(api, people.agent, billed.ticket.visits.get())
    assert api(people.agent).post(path, {}).json()["code"] == "nothing_to_pay"


def test_a_provider_that_is_down_is_asked_again_later_under_the_same_reference(api, people, billed, provider):
    provider.answers += [(503, "busy"), answers()]
    api(people.agent).post(f"/api/v1/tickets/{billed.ticket_id}/payment-links", {})
    assert make_links(at=now()) == make_links(at=now()) == 0
    with time_is(now() + timedelta(seconds=6)):
        assert make_links(at=now()) == 1
    assert len({request.json["reference"] for request in provider.requests}) == 1
    assert PaymentLink.objects.get().status == "open"


@pytest.mark.parametrize("answer", [(400, "no"), (201, "{}"), (201, "no JSON"), answers("javascript:alert(1)")])
def test_a_provider_that_says_no_is_not_asked_again(api, people, billed, provider, answer):
    provider.answers.append(answer)
    api(people.agent).post(f"/api/v1/tickets/{billed.ticket_id}/payment-links", {})
    assert make_links(at=now()) == 0
    failed = PaymentLink.objects.get()
    assert (failed.status, failed.attempts, bool(failed.last_error)) == ("failed", 1, True)


def test_in_the_demonstration_the_page_leads_nowhere(api, people, billed):
    api(people.agent).post(f"/api/v1/tickets/{billed.ticket_id}/payment-links", {})
    assert make_links(at=now()) == 1
    assert PaymentLink.objects.get().url.startswith("https://payments.invalid/")
