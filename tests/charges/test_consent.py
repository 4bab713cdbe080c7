"""A paid part never enters a closed visit without consent: refused at the desk, kept and followed up from a phone."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from fieldsvc.time import now
from notifications.models import Notice
from sync.commands import Actor
from sync.ids import uuid7
from tests.charges.conftest import DONE, ENDED, Counter, line
from tests.charges.test_quotes import shows, signs
from tests.phone import fresh_phone
from tests.standing import standing
from tests.statements import statements
from tests.world import World
from tickets.models import ConsentGap, PriceItem, Quote, ServiceType, TicketEvent, Visit
from tickets.visits.services import cancel_visit, return_part


def completes(api: Any, visit: Visit, **said: Any) -> dict[str, Any]:
    return dict(api(visit.technician).post(f"/api/v1/visits/{visit.pk}/complete", DONE | said).json())


def test_a_visit_with_a_paid_part_is_not_completed_without_consent(api, visit, counter, valve):
    counter.fits(visit, valve, 2)
    refused = completes(api, visit)
    assert refused["code"] == "consent_missing"
    assert refused["items"] == [
        {"item_id": str(valve.pk), "name": "Valve", "name_zh": "项目", "quantity": "2"},
    ]
    visit.refresh_from_db()
    assert visit.status == "on_site"
    left = api(visit.technician).post(
        f"/api/v1/visits/{visit.pk}/leave-incomplete", {"reason": "Late.", "next_visit_wanted": True}
    )
    assert left.json()["code"] == "consent_missing"


def test_what_was_signed_may_be_fitted(api, visit, counter, agreed, valve):
    agreed([line(valve, 2)])
    counter.fits(visit, valve, 2)
    assert completes(api, visit)["status"] == "completed"


def test_more_than_was_signed_needs_a_further_consent(api, visit, counter, agreed, valve):
    agreed([line(valve, 2)])
    counter.fits(visit, valve, 3)
    assert completes(api, visit)["items"][0]["quantity"] == "1"
    agreed([line(valve, 1)])
    assert completes(api, visit)["status"] == "completed"


def test_no_to_the_price_is_no_consent(api, visit, counter, quote, valve):
    shown = quote([line(valve)])
    api(visit.technician).post(f"/api/v1/quotes/{shown['id']}/answer", {"accepted": False, "signed_by": "Rosa"})
    counter.fits(visit, valve)
    assert completes(api, visit)["code"] == "consent_missing"


def test_a_part_that_came_back_unused_is_not_paid_for(api, visit, counter, valve):
    counter.fits(visit, valve)
    part: dict[str, Any] = {"visit_id": visit.pk, "part_id": valve.part_id, "quantity": Decimal(1)}
    told: dict[str, Any] = {"actor": Actor(visit.technician), "occurred_at": now()}
    return_part(**told, **part, condition="faulty")  # what it took the place of
    assert completes(api, visit)["code"] == "consent_missing"
    return_part(**told, **part, condition="good")
    assert completes(api, visit)["status"] == "completed"


def test_a_part_that_is_free_by_contract_needs_no_signature(api, visit, counter, quote, valve):
    quote([line(valve, free_reason="contract")])
    counter.fits(visit, valve)
    assert completes(api, visit)["status"] == "completed"


def test_what_has_no_price_is_not_charged_for(api, visit, world, counter, valve):
    seal = world.part("SEAL", aboard=1)
    valve.prices.update(amount=0)
    counter.fits(visit, valve)
    told = {"quantity": "1", "part_id": seal.pk}
    assert api(visit.technician).post(f"/api/v1/visits/{visit.pk}/use-part", told).status_code == 201
    assert completes(api, visit)["status"] == "completed"


def test_a_quote_is_answered_or_withdrawn_before_the_visit_ends(api, visit, quote, labour):
    shown = quote([line(labour)])
    refused = completes(api, visit, **ENDED)
    assert (refused["code"], refused["quotes"]) == ("quote_unanswered", [shown["id"]])
    api(visit.technician).post(f"/api/v1/quotes/{shown['id']}/withdraw", {"reason": "Not needed."})
    assert completes(api, visit, **ENDED)["status"] == "completed"


def test_consent_to_what_has_been_fitted_is_not_withdrawn(api, people, visit, counter, agreed, valve):
    signed = agreed([line(valve)])
    counter.fits(visit, valve)
    refused = api(people.dispatcher).post(f"/api/v1/quotes/{signed.pk}/withdraw", {"reason": "Never mind."})
    assert (refused.json()["code"], refused.json()["items"][0]["name"]) == ("consent_in_use", "Valve")
    signed.refresh_from_db()
    assert signed.status == "accepted"


def test_a_later_visit_fits_what_an_earlier_one_was_signed_for(api, people, world, visit, counter, agreed, valve):
    agreed([line(valve)])
    left = {"reason": "None aboard.", "next_visit_wanted": True}
    api(visit.technician).post(f"/api/v1/visits/{visit.pk}/leave-incomplete", left)
    world.part("VALVE", aboard=1, technician=people.colleague)
    visit.ticket.refresh_from_db()
    again = world.dispatched_visit(people.colleague, visit.ticket)
    api(people.colleague).post(f"/api/v1/visits/{again.pk}/check-in", {})
    counter.fits(again, valve)
    assert completes(api, again)["status"] == "completed"


# Work


@pytest.fixture
def paid(world: World, visit: Visit, labour: PriceItem) -> PriceItem:
    """Leaks are repaired for money."""
    ServiceType.objects.update(paid_work=labour)
    return labour


def test_work_that_is_paid_for_is_not_completed_without_a_quote(api, visit, paid, agreed):
    refused = completes(api, visit, parts_answer="none")
    assert (refused["code"], [item["name"] for item in refused["items"]]) == ("consent_missing", ["Labour"])
    agreed([line(paid)])
    assert completes(api, visit, parts_answer="none")["status"] == "completed"


def test_any_work_on_the_quote_or_work_for_nothing_is_enough(api, people, counter, visit, paid, agreed, quote):
    quote([line(counter.item("callout", 5000), free_reason="goodwill", free_note="Sorry.")], people.supervisor)
    assert completes(api, visit, parts_answer="none")["status"] == "completed"
    assert ConsentGap.objects.count() == 0


@pytest.mark.parametrize("why", ["no price", "not paid for"])
def test_work_that_costs_nothing_needs_no_quote(api, counter, visit, labour, why):
    if why == "no price":
        counter.costs(labour, 0, since=now().date() - timedelta(days=1))
        ServiceType.objects.update(paid_work=labour)
    assert completes(api, visit, parts_answer="none")["status"] == "completed"


def test_who_leaves_without_having_done_the_work_needs_no_quote(api, visit, paid):
    left = {"reason": "Nobody at home.", "next_visit_wanted": True}
    answer = api(visit.technician).post(f"/api/v1/visits/{visit.pk}/leave-incomplete", left)
    assert answer.json()["status"] == "incomplete"


def test_work_done_without_a_quote_and_without_signal_is_flagged_until_the_customer_agrees(
    api, people, phone, visit, paid
):
    people.supervisor  # noqa: B018  # made here
    handset = phone(people.technician)
    handset.pull()
    handset.does("visit.complete", hours_ago=1, visit_id=visit, **{**DONE, "parts_answer": "none"})
    assert handset.push() == ["applied"]
    visit.refresh_from_db()
    assert (visit.status, visit.flags) == ("completed", ["consent_missing"])
    assert Notice.objects.get(kind="consent_missing").user == people.supervisor
    shown = api(people.agent).post(f"/api/v1/tickets/{visit.ticket_id}/quotes", {"lines": [line(paid)]}).json()
    said = {"accepted": True, "signed_by": "Rosa", "on_behalf_of": people.resident.pk}
    answer = api(people.agent).post(f"/api/v1/quotes/{shown['id']}/answer", said)
    assert answer.status_code == 200, answer.content
    assert ConsentGap.objects.get().settlement == "agreed"


def test_only_work_of_the_price_list_is_named(api, people, world, visit, labour, valve):
    client, address = api(people.administrator), f"/api/v1/service-types/{world.service_type.pk}"
    for wrong in (valve.pk, uuid7()):
        refused = client.patch(address, {"paid_work_id": wrong})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "item_unknown")
    assert client.patch(address, {"paid_work_id": labour.pk}).json()["paid_work_id"] == str(labour.pk)


# Without signal


def works(handset: Any, visit: Visit, item: Any, quantity: str = "1") -> None:
    handset.does("part.use", hours_ago=1.5, visit_id=visit, part_id=item.part_id, quantity=quantity)
    handset.does("visit.complete", hours_ago=1, visit_id=visit, **DONE)


@pytest.fixture
@standing
def gap(people, phone, visit, valve) -> ConsentGap:
    """The technician has fitted two valves without asking, and there was no signal."""
    people.supervisor  # noqa: B018  # made here
    handset = phone(people.technician)
    handset.pull()
    works(handset, visit, valve, "2")
    assert handset.push() == ["applied"] * 2
    return ConsentGap.objects.get()


def test_work_without_consent_is_kept_flagged_and_somebody_has_to_see_to_it(api, people, visit, gap):
    visit.refresh_from_db()
    assert (visit.status, visit.flags) == ("completed", ["consent_missing"])
    assert gap.missing[0]["quantity"] == "2"
    event = TicketEvent.objects.get(ticket=visit.ticket, kind="consent_missing")
    assert not event.public
    assert Notice.objects.get(kind="consent_missing").user == people.supervisor
    [shown] = api(people.dispatcher).get("/api/v1/consent-gaps", {"open": True}).json()["results"]
    assert (shown["technician_name"], shown["missing"][0]["name"]) == ("Tom Technician", "Valve")


def test_a_day_with_consent_leaves_nothing_to_see_to(people, phone, visit, valve):
    handset = phone(people.technician)
    handset.pull()
    shown = shows(handset, visit, line(valve, 2, unit_price=1250), total=2500)
    signs(handset, visit, shown["id"])
    works(handset, visit, valve, "2")
    assert handset.push() == ["applied"] * 5
    visit.refresh_from_db()
    assert (visit.status, visit.flags, ConsentGap.objects.count()) == ("completed", [], 0)
    handset.pull()
    assert handset.replica() == fresh_phone(people.technician).replica()


@pytest.mark.parametrize("fault", ["signature_before_quote", "signature_used"])
def test_a_signature_that_counts_for_something_else_is_no_consent_and_somebody_has_to_see_to_it(
    api, people, phone, visit, valve, labour, fault
):
    handset, supervisor, signature = phone(people.technician), people.supervisor, str(uuid7())
    other = shows(handset, visit, line(labour), hours_ago=3.5)
    shown = shows(handset, visit, line(valve), hours_ago=3.5 if fault == "signature_used" else 2)
    handset.does("visit.sign", hours_ago=3, id=signature, visit_id=visit, signed_by="Rosa")
    said = {"accepted": True, "signature_id": signature}
    if fault == "signature_used":
        handset.does("quote.answer", hours_ago=3, quote_id=other["id"], **said)
    handset.does("quote.answer", hours_ago=1.9, quote_id=shown["id"], **said)
    works(handset, visit, valve)
    handset.push(reply_is_lost=True)
    assert set(handset.push()) == {"applied"}
    kept = Quote.objects.get(pk=shown["id"])
    assert (kept.status, kept.signature, kept.flags) == ("shown", None, [fault])
    assert Notice.objects.get(kind="quote_not_signed").user == supervisor
    assert not TicketEvent.objects.get(kind="quote_not_signed").public
    gap = ConsentGap.objects.get()
    assert (gap.visit, gap.missing[0]["name"]) == (visit, "Valve")
    on_the_line = {"accepted": True, "on_behalf_of": people.resident.pk}
    assert api(people.agent).post(f"/api/v1/quotes/{shown['id']}/answer", on_the_line).json()["status"] == "accepted"
    gap.refresh_from_db()
    assert gap.settlement == "agreed"


def test_an_agreement_after_the_fact_settles_it(api, people, visit, gap, valve):
    desk = api(people.agent)
    for quantity, settlement in ((1, ""), (1, "agreed")):
        shown = desk.post(f"/api/v1/tickets/{visit.ticket_id}/quotes", {"lines": [line(valve, quantity)]}).json()
        said = {"accepted": True, "on_behalf_of": people.resident.pk}
        assert desk.post(f"/api/v1/quotes/{shown['id']}/answer", said).json()["status"] == "accepted"
        gap.refresh_from_db()
        assert gap.settlement == settlement


def test_a_supervisor_waives_it_and_nobody_else(api, people, gap):
    path = f"/api/v1/consent-gaps/{gap.pk}/waive"
    assert api(people.dispatcher).post(path, {"note": "Goodwill."}).status_code == 403
    assert api(people.southern_dispatcher).post(path, {"note": "Goodwill."}).status_code == 404
    assert api(people.supervisor).post(path, {}).json()["code"] == "invalid_input"
    waived = api(people.supervisor).post(path, {"note": "Goodwill."}).json()
    assert (waived["settlement"], waived["note"]) == ("waived", "Goodwill.")
    assert api(people.supervisor).post(path, {"note": "Again."}).json()["code"] == "gap_settled"


def test_nobody_waives_payment_for_their_own_work(api, people, gap):
    people.technician.role_grants.create(role="supervisor", territory=people.north)
    refused = api(people.technician).post(f"/api/v1/consent-gaps/{gap.pk}/waive", {"note": "Mine."})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_work")


def test_what_is_known_to_lack_consent_does_not_hold_up_the_next_visit(api, people, world, visit, gap, counter, valve):
    api(people.resident).post(f"/api/v1/tickets/{visit.ticket_id}/reopen", {"reason": "Drips again."})
    visit.ticket.refresh_from_db()
    again = world.dispatched_visit(people.technician, visit.ticket)
    api(people.technician).post(f"/api/v1/visits/{again.pk}/check-in", {})
    assert completes(api, again, **ENDED)["status"] == "completed"


def test_overtaken_work_that_is_let_stand_is_looked_at_as_well(api, people, phone, counter: Counter, visit, valve):
    handset = phone(people.technician)
    handset.pull()
    cancel_visit(actor=Actor(people.dispatcher), occurred_at=now(), visit_id=visit.pk, reason="Filed twice.")
    works(handset, visit, valve)
    assert handset.push()[1] == "conflict"
    assert ConsentGap.objects.count() == 0
    [conflict] = api(people.dispatcher).get("/api/v1/sync/conflicts").json()["results"]
    done = api(people.dispatcher).post(f"/api/v1/sync/conflicts/{conflict['id']}/resolve", {"keep": "device"})
    assert done.status_code == 200, done.content
    visit.refresh_from_db()
    assert "consent_missing" in visit.flags
    assert ConsentGap.objects.get().visit == visit


def test_gaps_cost_one_statement(api, people, gap):
    reader = api(people.dispatcher)
    reader.get("/api/v1/consent-gaps")
    with statements(2):  # who asks, gaps
        reader.get("/api/v1/consent-gaps")


def test_an_id_of_nobodys_gap_is_not_found(api, people):
    assert api(people.supervisor).post(f"/api/v1/consent-gaps/{uuid7()}/waive", {"note": "?"}).status_code == 404
