"""Warranty: told from what was repaired and fitted, free by itself on the next quote, and never against a signature."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldsvc.time import now, time_is
from notifications.models import Notice
from parts.models import Part
from parts.stock.services import receive_parts
from sync.commands import Actor
from sync.ids import uuid7
from tests.at_once import at_once
from tests.charges.conftest import Counter, line
from tests.charges.test_quotes import signs
from tests.people import People
from tests.phone import fresh_phone
from tests.standing import standing
from tests.statements import statements
from tests.world import World
from tickets.complaints.services import cancel_ticket, reopen_ticket, resolve_ticket
from tickets.models import PartUse, PriceItem, Quote, QuoteLine, Site, Ticket, Visit, Warranty
from tickets.prices.selectors import day_there
from tickets.prices.services import create_item
from tickets.visits.services import complete_visit, return_part, use_part
from tickets.warranties.giving import archive_warranties, give_warranties
from tickets.warranties.services import set_warranty_term

LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def terms(people: People, world: World) -> None:
    """Ninety days on leaks that were repaired."""
    promise(people, service_type=world.service_type.code, days=90)


def promise(people: People, **terms: Any) -> None:
    said = {"valid_from": LONG_AGO, **terms}
    set_warranty_term(actor=Actor(people.administrator), occurred_at=now(), **said)


@pytest.fixture
@standing
def meter(people: People, world: World, counter: Counter) -> PriceItem:
    """A part whose units have serials, at 300 yuan; three of them aboard; two years of warranty."""
    part = Part.objects.create(number="METER", name="Meter", name_zh="燃气表", tracking="serial")
    lines = [{"part_id": part.pk, "quantity": Decimal(1), "serial": serial} for serial in ("S-1", "S-2", "S-3")]
    keeper = Actor(people.storekeeper)
    receive_parts(actor=keeper, occurred_at=now(), location_id=world.van().pk, lines=lines)
    said: dict[str, Any] = {"code": "meter", "name": "Meter", "name_zh": "燃气表", "part_id": part.pk}
    item = create_item(actor=Actor(people.administrator), occurred_at=now(), **said)
    counter.costs(item, 30000, now().date() - timedelta(days=1))  # what was fitted before cost nothing
    promise(people, part_id=part.pk, months=24)
    return item


@contextmanager
def days_ago(days: int) -> Iterator[None]:
    with time_is(now() - timedelta(days=days)):
        yield


def repaired(counter: Counter, *, units: dict[str, str] | None = None, part: PriceItem | None = None) -> Ticket:
    """A ticket of before: units of a part fitted (each with what it took the place of), then resolved."""
    visit = counter.visit()
    fitted(visit, part, units or {})
    return completed(visit, parts_answer="used" if units else "none")


def completed(visit: Visit, parts_answer: str = "used") -> Ticket:
    """Its ticket, with what was done for it under warranty."""
    done: dict[str, Any] = {"resolution_code": "repaired", "parts_answer": parts_answer, "signed_by": "Rosa"}
    complete_visit(actor=Actor(visit.technician), occurred_at=now(), visit_id=visit.pk, **done)
    give_warranties(actor=Actor.system(), occurred_at=now())
    visit.ticket.refresh_from_db()
    return visit.ticket


def fitted(visit: Visit, part: PriceItem | None, units: dict[str, str]) -> None:
    for serial, removed in units.items():
        use_part(
            actor=Actor(visit.technician),
            occurred_at=now(),
            visit_id=visit.pk,
            part_id=part.part_id,  # type: ignore[union-attr, arg-type]
            quantity=Decimal(1),
            serial=serial,
            removed_serial=removed,
        )


@pytest.fixture
def quotes(api: Any, counter: Counter) -> Callable[..., dict[str, Any]]:
    """What this person is answered who quotes for a visit; the technician, if nobody is named."""

    def quotes(visit: Visit, *lines: dict[str, Any], person: Any = None, **said: Any) -> dict[str, Any]:
        body = {"visit_id": visit.pk, "lines": list(lines), **said}
        answer = api(person or visit.technician).post(f"/api/v1/tickets/{visit.ticket_id}/quotes", body)
        return dict(answer.json())

    return quotes


def test_the_same_fault_is_repaired_again_for_nothing_while_the_repair_is_under_warranty(
    api, people, terms, counter, labour, quotes
):
    with days_ago(80):
        before = repaired(counter)
    visit = counter.visit()
    held = api(people.technician).get(f"/api/v1/tickets/{visit.ticket_id}/warranties").json()
    assert [(one["kind"], one["ticket_reference"]) for one in held] == [("repair", before.reference)]
    shown = quotes(visit, line(labour, 2))
    [row] = shown["lines"]
    assert (shown["total"], shown["reckoned_total"], shown["flags"]) == (0, 0, [])
    assert (row["free_reason"], row["warranty_until"], row["warranty_reference"]) == (
        "warranty",
        held[0]["until"],
        before.reference,
    )
    assert Warranty.objects.get().until == day_there(before.territory, Warranty.objects.get().since) + timedelta(
        days=90
    )
    give_warranties(actor=Actor.system(), occurred_at=now())
    assert Warranty.objects.count() == 1


def test_after_the_last_day_elsewhere_or_for_another_fault_work_is_paid_for(
    people, terms, world, counter, labour, quotes
):
    with days_ago(100):
        repaired(counter)
    visit = counter.visit()
    assert quotes(visit, line(labour))["total"] == 8000
    with days_ago(50):
        repaired(counter)
    assert quotes(visit, line(labour))["total"] == 0
    Warranty.objects.update(fault="no water")
    Ticket.objects.filter(pk=visit.ticket_id).update(details={"fault": "no light"})
    assert quotes(visit, line(labour))["total"] == 8000
    Ticket.objects.filter(pk=visit.ticket_id).update(details={"fault": "no water"}, site=None)
    assert quotes(visit, line(labour))["total"] == 8000


def test_a_unit_of_a_part_is_free_once_and_every_further_one_is_paid_for(api, people, counter, meter, quotes):
    with days_ago(400):
        repaired(counter, units={"S-1": ""}, part=meter)
    visit, own = counter.visit(), str(uuid7())
    shown = quotes(visit, line(meter, 2), id=own)
    assert shown["total"] == 30000
    assert [(row["quantity"], row["amount"], row["warranty_serial"]) for row in shown["lines"]] == [
        ("1.000", 0, "S-1"),
        ("1.000", 30000, ""),
    ]
    assert quotes(visit, line(meter, 2), id=own) == shown
    assert quotes(visit, line(meter, 3), id=own)["code"] == "id_taken"
    assert quotes(visit, line(meter))["total"] == 30000  # it has answered for one
    api(visit.technician).post(f"/api/v1/quotes/{own}/withdraw", {"reason": "It works."})
    assert quotes(visit, line(meter))["total"] == 0


def test_a_unit_that_was_taken_out_answers_for_nothing_any_more_and_the_new_one_does(people, counter, meter, quotes):
    with days_ago(400):
        repaired(counter, units={"S-1": ""}, part=meter)
    with days_ago(100):
        repaired(counter, units={"S-2": "S-1"}, part=meter)
    rows = quotes(counter.visit(), line(meter, 2))["lines"]
    assert [(row["free_reason"], row["warranty_serial"]) for row in rows] == [("warranty", "S-2"), ("", "")]


def test_a_unit_that_was_taken_out_and_is_fitted_again_is_under_warranty_anew(people, counter, meter, quotes):
    with days_ago(40):
        repaired(counter, units={"S-1": ""}, part=meter)
    with days_ago(20):
        visit = counter.visit()
        fitted(visit, meter, {"S-2": "S-1"})
        back: dict[str, Any] = {"quantity": Decimal(1), "serial": "S-1", "condition": "good"}
        said = {"actor": Actor(visit.technician), "occurred_at": now(), "visit_id": visit.pk}
        return_part(part_id=meter.part_id, **said, **back)
        taken_out_for = completed(visit)
    with days_ago(10):
        repaired(counter, units={"S-1": ""}, part=meter)
    gone = Warranty.objects.filter(kind="part").order_by("since").values_list("serial", "replaced_for")
    assert [*gone] == [("S-1", taken_out_for.pk), ("S-2", None), ("S-1", None)]
    assert quotes(counter.visit(), line(meter, 3))["total"] == 30000


def test_a_unit_taken_out_for_the_ticket_for_which_it_was_fitted_is_gone_for_others(people, counter, meter, quotes):
    with days_ago(10):
        visit = counter.visit()
        fitted(visit, meter, {"S-1": ""})
    with days_ago(9):
        fitted(visit, meter, {"S-2": "S-1"})
        completed(visit)
    assert quotes(counter.visit(), line(meter, 2))["total"] == 30000


def test_a_unit_that_was_taken_out_by_mistake_is_there(api, people, counter, meter, quotes):
    with days_ago(10):
        repaired(counter, units={"S-1": ""}, part=meter)
    with days_ago(5):
        repaired(counter, units={"S-2": "S-1"}, part=meter)
    misread = PartUse.objects.get(serial="S-2")
    path = f"/api/v1/stock/movements/{misread.movement_id}/reverse"
    assert api(people.storekeeper).post(path, {"note": "It was another meter."}).status_code == 201
    give_warranties(actor=Actor.system(), occurred_at=now())
    [row] = quotes(counter.visit(), line(meter))["lines"]
    assert (row["free_reason"], row["warranty_serial"]) == ("warranty", "S-1")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_quote_for_a_site_at_the_same_moment_one_has_its_unit_for_nothing(people, counter, meter, quotes):
    with days_ago(10):
        repaired(counter, units={"S-1": ""}, part=meter)
    calls = [
        partial(quotes, counter.visit(), line(meter), person=person) for person in (people.agent, people.dispatcher)
    ]
    shown = at_once(Warranty.objects.all(), *calls)
    assert sorted(quote["total"] for quote in shown) == [0, 30000]


def shows_for_nothing(handset: Any, visit: Visit, meter: PriceItem, quantity: int = 1) -> str:
    """A phone has shown units free under warranty; the id of the quote."""
    own, lines = str(uuid7()), [line(meter, quantity, free_reason="warranty")]
    told = {"ticket_id": visit.ticket_id, "visit_id": visit, "currency": "CNY", "total": 0}
    handset.does("quote.make", id=own, lines=lines, **told)
    return own


def test_a_unit_answers_for_one_of_the_quotes_of_which_a_push_tells(people, phone, counter, meter):
    with days_ago(10):
        repaired(counter, units={"S-1": "", "S-2": ""}, part=meter)
    handset, visits = phone(people.technician), [counter.visit() for _ in range(3)]
    made = [shows_for_nothing(handset, visit, meter) for visit in visits]
    with CaptureQueriesContext(connection) as captured:
        assert handset.push() == ["applied"] * 3
    assert sum('FROM "tickets_warranty"' in query["sql"] for query in captured) == 2
    assert [Quote.objects.get(pk=own).flags for own in made] == [[], [], ["warranty_unknown"]]
    assert {*QuoteLine.objects.values_list("warranty__serial", flat=True)} == {"S-1", "S-2", None}


def test_all_units_that_a_phone_has_shown_for_nothing_have_answered_for_something(
    people, phone, counter, meter, quotes
):
    with days_ago(10):
        repaired(counter, units={"S-1": "", "S-2": ""}, part=meter)
    handset = phone(people.technician)
    own = shows_for_nothing(handset, counter.visit(), meter, 2)
    assert handset.push() == ["applied"]
    kept = Quote.objects.get(pk=own)
    assert sorted(kept.lines.values_list("warranty__serial", flat=True)) == ["S-1", "S-2"]
    assert (kept.total, kept.flags) == (0, [])
    assert quotes(counter.visit(), line(meter))["total"] == 30000


def test_a_push_that_withdraws_a_quote_has_its_unit_for_the_next(people, phone, counter, meter, quotes):
    with days_ago(10):
        repaired(counter, units={"S-1": ""}, part=meter)
    before = quotes(counter.visit(), line(meter))
    handset = phone(people.technician)
    handset.does("quote.withdraw", quote_id=before["id"], reason="The other one.")
    own = shows_for_nothing(handset, counter.visit(), meter)
    assert handset.push() == ["applied"] * 2
    assert Quote.objects.get(pk=own).flags == []


def test_who_agrees_after_all_when_the_unit_has_answered_for_another_quote_is_looked_into(
    api, people, phone, counter, meter, quotes
):
    with days_ago(10):
        repaired(counter, units={"S-1": ""}, part=meter)
    visit, supervisor = counter.visit(), people.supervisor
    with time_is(now() - timedelta(hours=3)):
        withdrawn = quotes(visit, line(meter))["id"]
    api(people.dispatcher).post(f"/api/v1/quotes/{withdrawn}/withdraw", {"reason": "Typing error."})
    other = quotes(counter.visit(), line(meter))
    assert other["total"] == 0
    handset = phone(people.technician)
    signs(handset, visit, withdrawn)
    assert handset.push() == ["applied"] * 2
    kept = Quote.objects.get(pk=withdrawn)
    assert (kept.status, kept.flags) == ("accepted", ["after_withdrawal", "warranty_unknown"])
    assert Notice.objects.get(kind="quote_under_warranty").user == supervisor
    assert Quote.objects.get(pk=other["id"]).flags == []


def test_what_came_back_unused_is_under_no_warranty(api, people, counter, meter):
    visit = counter.visit()
    fitted(visit, meter, {"S-1": ""})
    back = {"part_id": meter.part_id, "quantity": "1", "serial": "S-1", "condition": "good"}
    assert api(visit.technician).post(f"/api/v1/visits/{visit.pk}/return-part", back).status_code == 201
    done: dict[str, Any] = {"resolution_code": "repaired", "parts_answer": "used", "signed_by": "Rosa"}
    complete_visit(actor=Actor(visit.technician), occurred_at=now(), visit_id=visit.pk, **done)
    assert give_warranties(actor=Actor.system(), occurred_at=now()) == 0


def test_a_unit_that_turns_out_to_be_booked_by_mistake_is_under_warranty_no_more(api, people, counter, meter, quotes):
    with days_ago(10):
        repaired(counter, units={"S-1": ""}, part=meter)
    visit = counter.visit()
    mistake = PartUse.objects.get()
    path = f"/api/v1/stock/movements/{mistake.movement_id}/reverse"
    assert api(people.storekeeper).post(path, {"note": "It was the other house."}).status_code == 201
    give_warranties(actor=Actor.system(), occurred_at=now())
    assert quotes(visit, line(meter))["total"] == 30000
    assert not fresh_phone(people.technician).collection("warranties")


def test_a_ticket_that_was_opened_again_is_under_the_warranty_of_its_own_repair(people, terms, counter, labour, quotes):
    with days_ago(2):
        ticket = repaired(counter)
    agent = people.agent
    body = line(labour)
    visit = ticket.visits.get()
    assert quotes(visit, body, person=agent)["total"] == 8000  # what was done then is billed
    reopen_ticket(actor=Actor(agent), occurred_at=now(), ticket_id=ticket.pk, reason="It drips again.")
    assert quotes(visit, body, person=agent)["total"] == 0


def test_what_was_solved_on_the_phone_is_under_no_warranty(people, terms, world):
    said: dict[str, Any] = {"ticket_id": world.ticket().pk, "resolution_code": "repaired"}
    resolve_ticket(actor=Actor(people.agent), occurred_at=now(), **said)
    assert give_warranties(actor=Actor.system(), occurred_at=now()) == 0


def test_a_repair_that_was_opened_again_and_given_up_is_under_warranty_no_more(people, terms, counter, labour, quotes):
    with days_ago(2):
        ticket = repaired(counter)
    visit, agent = counter.visit(), Actor(people.agent)
    assert quotes(visit, line(labour))["total"] == 0
    reopen_ticket(actor=agent, occurred_at=now(), ticket_id=ticket.pk, reason="It drips again.")
    cancel_ticket(actor=agent, occurred_at=now(), ticket_id=ticket.pk, reason="They have another plumber.")
    give_warranties(actor=Actor.system(), occurred_at=now())
    assert quotes(visit, line(labour))["total"] == 8000
    assert not fresh_phone(people.technician).collection("warranties")


def test_a_ticket_that_was_about_another_site_takes_along_what_is_under_warranty_for_it(
    api, people, terms, world, counter, meter
):
    with days_ago(10):
        ticket = repaired(counter, units={"S-1": ""}, part=meter)
    here, there = counter.visit(), counter.visit()
    elsewhere = Site.objects.create(territory=people.north, complex="River Park", address="1-1")
    for moved in (ticket.pk, there.ticket_id):
        to = {"site_id": elsewhere.pk, "reason": "The other house."}
        assert api(people.dispatcher).post(f"/api/v1/tickets/{moved}/move", to).status_code == 200

    def held(visit: Visit) -> list[str]:
        rows = api(people.agent).get(f"/api/v1/tickets/{visit.ticket_id}/warranties").json()
        return sorted(row["kind"] for row in rows)

    assert (held(here), held(there)) == ([], ["part", "repair"])


def test_a_supervisor_may_charge_all_the_same_and_says_why(api, people, terms, counter, labour, quotes):
    with days_ago(10):
        repaired(counter)
    visit, said = counter.visit(), line(labour, charge_reason="The hose was cut.")
    assert quotes(visit, said)["code"] == "role_required"
    shown = quotes(visit, said, person=people.supervisor)
    [row] = shown["lines"]
    assert (shown["total"], row["charge_reason"], row["free_reason"]) == (8000, "The hose was cut.", "")
    assert row["warranty_until"]
    assert "To be paid for though it is under warranty: Labour. The hose was cut." in timeline(api, people.agent, visit)
    assert "under warranty" not in " ".join(timeline(api, people.resident, visit))


def timeline(api: Any, person: Any, visit: Visit) -> list[str]:
    events = api(person).get(f"/api/v1/tickets/{visit.ticket_id}/timeline").json()["results"]
    return [event["texts"]["en"] for event in events]


def test_only_a_supervisor_grants_a_warranty_that_is_not_on_record(api, people, counter, valve, quotes):
    visit = counter.visit()
    claim = line(valve, free_reason="warranty")
    assert quotes(visit, claim)["code"] == "not_under_warranty"
    assert quotes(visit, {**claim, "free_note": "On paper."})["code"] == "role_required"
    assert quotes(visit, claim, person=people.supervisor)["code"] == "not_under_warranty"
    assert quotes(visit, {**claim, "free_note": "On paper."}, person=people.supervisor)["total"] == 0
    assert "Free for a warranty that is not on record: Valve. On paper." in timeline(api, people.agent, visit)


def test_a_phone_knows_what_is_under_warranty_where_it_goes(people, terms, counter, meter, labour):
    with days_ago(10):
        before = repaired(counter, units={"S-1": ""}, part=meter)
    Ticket.objects.update(archived=False)
    colleague = people.colleague
    counter.visit(colleague)
    documents = fresh_phone(colleague).collection("warranties").values()
    assert {(one["kind"], one["ticket_reference"], one["serial"]) for one in documents} == {
        ("repair", before.reference, ""),
        ("part", before.reference, "S-1"),
    }
    assert not fresh_phone(people.resident).collection("warranties")
    with time_is(now() + timedelta(days=105)):
        archive_warranties(actor=Actor.system(), occurred_at=now())
    assert [one["kind"] for one in fresh_phone(colleague).collection("warranties").values()] == ["part"]


def test_what_was_shown_without_signal_stays_and_is_flagged_where_it_does_not_go_with_the_warranty(
    api, people, phone, terms, counter, labour, valve
):
    with days_ago(10):
        repaired(counter)
    visit, supervisor = counter.visit(), people.supervisor
    handset = phone(people.technician)
    handset.pull()
    told = {"ticket_id": visit.ticket_id, "visit_id": visit, "currency": "CNY"}
    charged, free = str(uuid7()), str(uuid7())
    handset.does("quote.make", id=charged, lines=[line(labour, 2, unit_price=8000)], total=16000, **told)
    handset.does("quote.make", id=free, lines=[line(valve, free_reason="warranty")], total=0, **told)
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied"] * 2
    first, second = Quote.objects.get(pk=charged), Quote.objects.get(pk=free)
    assert (first.flags, first.total, first.reckoned_total) == (["under_warranty"], 16000, 0)
    assert (second.flags, second.total) == (["warranty_unknown"], 0)
    assert Notice.objects.filter(kind="quote_under_warranty", user=supervisor).count() == 2
    expected = "The price of 160.00 CNY does not go with the warranty: Labour."
    assert timeline(api, people.agent, visit).count(expected) == 1
    listed = api(people.dispatcher).get("/api/v1/quotes", {"flag": "under_warranty"}).json()["results"]
    assert [row["id"] for row in listed] == [charged]


def test_the_warranties_of_a_push_are_read_together_however_many_quotes_it_tells_of(people, phone, counter, labour):
    visits = [counter.visit() for _ in range(3)]
    handset = phone(people.technician)
    for visit in visits:
        said = {"ticket_id": visit.ticket_id, "visit_id": visit, "lines": [line(labour, unit_price=8000)]}
        handset.does("quote.make", **said)
    with CaptureQueriesContext(connection) as captured:
        assert handset.push() == ["applied"] * 3
    assert sum('FROM "tickets_warranty"' in query["sql"] for query in captured) == 1  # nothing to be locked there


# The terms


def test_the_list_of_terms_costs_the_same_however_long_it_is(api, people, world, meter, terms):
    reader = api(people.agent)
    with statements(2):
        assert len(reader.get("/api/v1/warranty-terms").json()["results"]) == 2


def test_what_is_repaired_keeps_the_terms_of_its_day(api, people, terms, world, counter):
    with days_ago(10):
        repaired(counter)
    kept = Warranty.objects.get().until
    path, code = "/api/v1/warranty-terms", world.service_type.code
    set_ = api(people.administrator).post(path, {"service_type": code, "days": 7, "valid_from": f"{now():%Y-%m-%d}"})
    assert set_.status_code == 201
    listed = api(people.agent).get(path, {"service_type": code, "on": f"{now():%Y-%m-%d}"}).json()["results"]
    assert [(row["days"], row["valid_until"]) for row in listed] == [(7, None)]
    give_warranties(actor=Actor.system(), occurred_at=now())
    assert Warranty.objects.get().until == kept


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"days": 5}, "warranty_for_what"),
        ({"service_type": "x", "part_id": str(uuid7()), "days": 5}, "warranty_for_what"),
        ({"service_type": "x", "days": 5}, "service_type_unknown"),
        ({"part_id": str(uuid7()), "months": 5}, "part_not_known"),
        ({"service_type": "x"}, "warranty_takes_a_day"),
        ({"service_type": "x", "days": -1}, "invalid_input"),
        ({"service_type": "x", "days": 5, "valid_from": "soon"}, "invalid_input"),
        ({"service_type": "leak", "days": 5, "valid_until": "2020-01-01"}, "price_ends_before_it_begins"),
    ],
)
def test_terms_that_make_no_sense_are_refused(api, people, world, said, code):
    if said.get("service_type") == "leak":
        said = {**said, "service_type": world.service_type.code}
    body = {"valid_from": "2020-01-01", **said}
    assert api(people.administrator).post("/api/v1/warranty-terms", body).json()["code"] == code


def test_terms_do_not_overlap_are_ended_and_taken_back_before_they_begin(api, people, world, terms):
    admin, path = api(people.administrator), "/api/v1/warranty-terms"
    code = world.service_type.code
    spring = {"service_type": code, "days": 5, "valid_from": "2019-03-01", "valid_until": "2021-01-01"}
    assert admin.post(path, spring).json()["code"] == "warranty_overlaps"
    own = str(uuid7())
    coming = {"id": own, "service_type": code, "days": 5, "valid_from": "2099-01-01"}
    assert admin.post(path, coming).json() == admin.post(path, coming).json()
    assert admin.post(path, coming | {"days": 6}).json()["code"] == "id_taken"
    assert admin.delete(f"{path}/{own}").status_code == 204
    [running] = admin.get(path).json()["results"]
    assert running["valid_until"] == "2099-01-01"
    assert admin.delete(f"{path}/{running['id']}").json()["code"] == "warranty_has_begun"
    ended = admin.patch(f"{path}/{running['id']}", {"valid_until": None})
    assert ended.json()["valid_until"] is None
