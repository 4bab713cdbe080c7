"""Quotes: what the customer is shown, and what they say to it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.ids import uuid7
from tests.charges.conftest import Api, Counter, line
from tests.people import People
from tests.phone import fresh_phone
from tests.statements import statements
from tickets.complaints.timeline import sentences
from tickets.models import Attachment, Quote, TicketEvent


def told(ticket_id: Any) -> list[str]:
    events = TicketEvent.objects.filter(ticket=ticket_id, public=True).order_by("id")
    return [sentences(event)[0] for event in events if event.kind.startswith("quote")]


def test_a_quote_is_reckoned_by_the_price_list_of_the_day(quote, valve, labour):
    shown = quote([line(valve, 2), line(labour), line(valve, 1, free_reason="contract", free_note="All in.")])
    assert (shown["total"], shown["reckoned_total"], shown["currency"], shown["flags"]) == (10500, 10500, "CNY", [])
    assert [row["amount"] for row in shown["lines"]] == [2500, 8000, 0]
    assert (shown["lines"][2]["free_reason"], shown["lines"][0]["tax_rate"]) == ("contract", "13.00")


def test_what_was_quoted_keeps_its_price(quote, counter, valve):
    shown = quote([line(valve)])
    counter.costs(valve, 9999, now().date())
    assert Quote.objects.get(pk=shown["id"]).total == 1250


def test_the_customer_signs_on_the_spot_and_reads_it_in_the_app(people, visit, agreed, valve):
    signed = agreed([line(valve)])
    assert (signed.answered_how, signed.signed_by, signed.answered_by) == ("signature", "Rosa", people.technician)
    assert told(visit.ticket_id) == ["The price is 12.50 CNY.", "Rosa agreed to 12.50 CNY."]
    [document] = fresh_phone(people.resident).collection("quotes").values()
    assert (document["status"], document["lines"][0]["amount"]) == ("accepted", 1250)
    assert not {"flags", "made_by_id"} & document.keys()


def test_nobody_agrees_on_the_spot_without_a_signature(api, people, quote, visit, counter, valve):
    shown = quote([line(valve)])
    technician = api(people.technician)
    refused = technician.post(f"/api/v1/quotes/{shown['id']}/answer", {"accepted": True, "signed_by": "Rosa"}).json()
    assert (refused["code"], refused["errors"][0]["field"]) == ("signature_missing", "signature_id")
    elsewhere = counter.signature(counter.visit())
    body = {"accepted": True, "signature_id": elsewhere.pk}
    assert technician.post(f"/api/v1/quotes/{shown['id']}/answer", body).json()["code"] == "signature_unknown"


def test_a_signature_counts_for_what_was_shown_before_it_and_for_one_quote(
    api, people, quote, visit, counter, valve, labour
):
    with time_is(now() - timedelta(minutes=1)):
        early = counter.signature(visit)
    first, second = quote([line(valve)]), quote([line(labour)])
    signature = counter.signature(visit)

    def answers(shown: dict[str, Any], signed: Attachment) -> dict[str, Any]:
        body = {"accepted": True, "signature_id": signed.pk}
        return dict(api(people.technician).post(f"/api/v1/quotes/{shown['id']}/answer", body).json())

    assert answers(first, early)["code"] == "signature_before_quote"
    assert answers(first, signature)["status"] == "accepted"
    assert answers(second, signature)["code"] == "signature_used"
    assert Quote.objects.get(pk=second["id"]).status == "shown"
    with pytest.raises(IntegrityError), transaction.atomic():
        Quote.objects.filter(pk=second["id"]).update(signature=signature)


def test_no_is_an_answer_too(api, people, quote, visit, valve):
    shown = quote([line(valve)])
    body = {"accepted": False, "signed_by": "Rosa", "note": "Too dear."}
    answered = api(people.technician).post(f"/api/v1/quotes/{shown['id']}/answer", body).json()
    assert (answered["status"], answered["answer_note"]) == ("declined", "Too dear.")
    assert told(visit.ticket_id)[-1] == "Rosa did not agree to 12.50 CNY. Too dear."


def test_the_customer_answers_in_their_own_app(api, people, quote, visit, valve):
    shown = quote([line(valve)], person=people.agent, visit_id=None)
    assert Notice.objects.get(kind="quote_shown", user=people.resident).title.startswith("What it will cost")
    answered = api(people.resident).post(f"/api/v1/quotes/{shown['id']}/answer", {"accepted": True}).json()
    assert (answered["status"], answered["answered_how"], answered["signed_by"]) == ("accepted", "app", "Rosa Resident")


def test_an_agent_takes_the_answer_of_the_customer_on_the_line(api, people, quote, visit, valve):
    shown = quote([line(valve)])
    agent, path = api(people.agent), f"/api/v1/quotes/{shown['id']}/answer"
    assert agent.post(path, {"accepted": True}).json()["code"] == "not_your_ticket"
    said = {"accepted": True, "on_behalf_of": people.resident.pk, "signed_by": "Rosa's son"}
    answered = agent.post(path, said).json()
    assert (answered["answered_how"], answered["signed_by"]) == ("phone", "Rosa's son")
    assert (answered["answered_by_id"], answered["on_behalf_of_id"]) == (str(people.agent.pk), str(people.resident.pk))


def test_an_answer_is_given_once_and_can_be_repeated(api, people, agreed, valve, counter, visit):
    signed = agreed([line(valve)])
    technician, path = api(people.technician), f"/api/v1/quotes/{signed.pk}/answer"
    again = {"accepted": True, "signature_id": signed.signature_id}
    assert technician.post(path, again).json()["answered_at"] == signed.answered_at.isoformat().replace("+00:00", "Z")
    refused = technician.post(path, {"accepted": False, "signed_by": "Rosa"}).json()
    assert (refused["code"], refused["quote_status"]) == ("quote_answered", "accepted")


def test_a_withdrawn_quote_cannot_be_agreed_to(api, people, quote, valve):
    shown = quote([line(valve)])
    technician, path = api(people.technician), f"/api/v1/quotes/{shown['id']}"
    for _ in range(2):
        assert technician.post(f"{path}/withdraw", {"reason": "Wrong part."}).json()["status"] == "withdrawn"
    assert api(people.resident).post(f"{path}/answer", {"accepted": True}).json()["code"] == "quote_withdrawn"


def test_a_signature_to_which_somebody_agreed_stays(api, people, agreed, valve):
    signed = agreed([line(valve)])
    refused = api(people.technician).post(f"/api/v1/attachments/{signed.signature_id}/withdraw", {"reason": "Oops."})
    assert refused.json()["code"] == "signature_in_use"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": []}, "invalid_input"),
        ({"lines": [{"quantity": "1"}]}, "invalid_input"),
        ({"lines": [{"item_id": str(uuid7()), "quantity": "1"}]}, "item_unknown"),
        ({"visit_id": str(uuid7())}, "visit_elsewhere"),
        ({"currency": "USD"}, "currency_differs"),
        ({"total": 1}, "price_differs"),
        ({"total": -1}, "invalid_input"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_shown(quote, valve, change, code):
    assert quote(**({"lines": [line(valve)]} | change))["code"] == code
    assert Quote.objects.count() == 0


@pytest.mark.parametrize(
    "change", [{"quantity": "0"}, {"quantity": "NaN"}, {"unit_price": -1}, {"free_reason": "gift"}]
)
def test_a_line_that_makes_no_sense_is_refused(quote, valve, change):
    assert quote([line(valve) | change])["code"] == "invalid_input"


def test_a_price_that_is_not_in_the_list_is_not_shown(api, people, quote, valve, counter):
    refused = quote([line(valve, unit_price=1)])
    assert (refused["code"], refused["listed_price"], refused["field"]) == ("price_differs", 1250, "lines[0]")
    later = counter.item("later", 5)
    later.prices.update(valid_from=now().date().replace(year=2090))
    assert quote([line(later)], currency="CNY")["code"] == "price_unknown"


def test_the_same_id_is_the_same_quote(quote, people, valve):
    own = str(uuid7())
    assert quote([line(valve)], id=own)["id"] == quote([line(valve)], id=own)["id"] == own
    assert quote([line(valve)], person=people.agent, id=own)["code"] == "id_taken"
    assert quote([line(valve, 2)], id=own)["code"] == "id_taken"


def test_quotes_are_seen_by_whoever_sees_the_ticket(api: Api, people: People, quote, valve):
    shown = quote([line(valve)])
    for person, status in (
        (people.resident, 200),
        (people.dispatcher, 200),
        (people.neighbour, 404),
        (people.colleague, 404),
        (people.southern_dispatcher, 404),
        (people.storekeeper, 404),
    ):
        assert api(person).get(f"/api/v1/quotes/{shown['id']}").status_code == status
        assert len(api(person).get("/api/v1/quotes").json()["results"]) == (status == 200)


def test_many_quotes_cost_what_one_costs(api, people, quote, valve):
    reader = api(people.dispatcher)
    quote([line(valve)])
    reader.get("/api/v1/quotes")
    for _ in range(2):
        with statements(3):  # who asks, quotes, lines
            reader.get("/api/v1/quotes")
        quote([line(valve)])


# Without signal


def shows(handset: Any, visit: Any, *lines: dict[str, Any], hours_ago: float = 2, **said: Any) -> dict[str, Any]:
    own = str(uuid7())
    operation = handset.does(
        "quote.make", hours_ago=hours_ago, id=own, ticket_id=visit.ticket_id, visit_id=visit, lines=lines, **said
    )
    return {"id": own, "operation": operation["id"]}


def signs(handset: Any, visit: Any, quote_id: str, hours_ago: float = 1.9, **said: Any) -> None:
    signature = str(uuid7())
    handset.does("visit.sign", hours_ago=hours_ago, id=signature, visit_id=visit, signed_by="Rosa")
    handset.does("quote.answer", hours_ago=hours_ago, quote_id=quote_id, accepted=True, signature_id=signature, **said)


def test_a_quote_shown_and_signed_without_signal_counts_once(people, phone, visit, valve):
    handset = phone(people.technician)
    handset.pull()
    [price] = handset.collection("prices").values()
    shown = shows(handset, visit, line(valve, 2, unit_price=price["amount"]), currency="CNY", total=2500)
    signs(handset, visit, shown["id"])
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied"] * 3
    kept = Quote.objects.get()
    assert (kept.status, kept.total, kept.answered_how, kept.flags) == ("accepted", 2500, "signature", [])
    assert (now() - kept.occurred_at).total_seconds() > 7000
    handset.pull()
    assert handset.replica() == fresh_phone(people.technician).replica()


def test_what_was_signed_without_signal_stays_as_it_was_signed_and_the_difference_is_flagged(
    people, phone, counter: Counter, visit, valve
):
    """The price went up while the phone had no signal."""
    handset = phone(people.technician)
    handset.pull()
    counter.costs(valve, 1400, now().date().replace(day=1))
    shown = shows(handset, visit, line(valve, 2, unit_price=1250), currency="CNY", total=2500)
    signs(handset, visit, shown["id"])
    assert handset.push() == ["applied"] * 3
    kept = Quote.objects.get()
    assert (kept.total, kept.reckoned_total, kept.flags) == (2500, 2800, ["price_differs"])
    row = kept.lines.get()
    assert (row.unit_price, row.listed_price) == (1250, 1400)


def test_a_phone_that_adds_up_wrong_is_flagged(people, phone, visit, valve):
    handset = phone(people.technician)
    shows(handset, visit, line(valve, 2), total=2400)
    assert handset.push() == ["applied"]
    kept = Quote.objects.get()
    assert (kept.total, kept.reckoned_total, kept.flags) == (2400, 2500, ["total_differs"])


def test_of_two_answers_the_later_stands_and_the_other_is_told(api, people, phone, visit, quote, valve):
    """They sign in the morning, and say no to the agent at noon, who hears of the signature in the evening."""
    with time_is(now() - timedelta(hours=3)):
        shown = quote([line(valve)])
    said = {"accepted": False, "on_behalf_of": people.resident.pk}
    api(people.agent).post(f"/api/v1/quotes/{shown['id']}/answer", said)
    handset = phone(people.technician)
    signs(handset, visit, shown["id"])
    assert handset.push() == ["applied"] * 2
    kept = Quote.objects.get()
    assert (kept.status, kept.flags) == ("declined", ["answered_twice"])
    assert "Rosa agreed to 12.50 CNY." in told(visit.ticket_id)


def test_a_signature_to_a_quote_that_was_withdrawn_meanwhile_is_kept(api, people, phone, visit, quote, valve):
    with time_is(now() - timedelta(hours=3)):
        shown = quote([line(valve)])
    api(people.dispatcher).post(f"/api/v1/quotes/{shown['id']}/withdraw", {"reason": "Typing error."})
    handset = phone(people.technician)
    signs(handset, visit, shown["id"])
    assert handset.push() == ["applied"] * 2
    kept = Quote.objects.get()
    assert (kept.status, kept.flags) == ("accepted", ["after_withdrawal"])


def test_a_stranger_answers_nothing_from_a_phone(people, phone, quote, visit, valve):
    shown = quote([line(valve)])
    for person in (people.colleague, people.neighbour):
        handset = phone(person)
        operation = handset.does("quote.answer", quote_id=shown["id"], accepted=True)
        assert handset.push() == ["refused"]
        assert handset.answers[operation["id"]]["code"] == "not_found"
    assert Attachment.objects.count() == 0
