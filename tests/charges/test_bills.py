"""Bills: made from what was agreed to and what was really used; never changed, corrected beside."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from io import BytesIO
from random import Random
from typing import Any

import openpyxl
import pytest
from django.db import ProgrammingError, connection, transaction

from accounts.models import Role, RoleGrant, Territory
from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from sync.ids import uuid7
from tests.charges.conftest import DONE, ENDED, Counter, line
from tests.charges.test_quotes import shows, signs
from tests.people import People
from tests.standing import standing
from tests.statements import statements
from tests.world import World
from tickets.bills.account import account_of
from tickets.bills.numbering import next_number
from tickets.bills.services import BATCH, bill_what_is_done, remind_of_bills
from tickets.models import Bill, BillReminder, Visit

SYSTEM = Actor.system()


def completes(api: Any, visit: Visit, **said: Any) -> None:
    answer = api(visit.technician).post(f"/api/v1/visits/{visit.pk}/complete", DONE | said)
    assert answer.status_code == 200, answer.content


def bills(api: Any, person: Any, visit: Visit, **body: Any) -> Any:
    return api(person).post(f"/api/v1/tickets/{visit.ticket_id}/bills", body)


@pytest.fixture
@standing
def billed(api, visit, counter, agreed, valve, labour) -> Bill:
    """Two valves and the labour, 105 yuan in all."""
    agreed([line(valve, 2), line(labour)])
    counter.fits(visit, valve, 2)
    completes(api, visit)
    assert bill_what_is_done(actor=SYSTEM, occurred_at=now()) == 1
    return Bill.objects.get()


def test_what_was_agreed_to_and_done_is_billed_by_itself(api, people, billed, visit):
    shown = api(people.resident).get(f"/api/v1/bills/{billed.pk}").json()
    assert (shown["total"], shown["outstanding"], shown["currency"]) == (10500, 10500, "CNY")
    assert [(row["name"], row["quantity"], row["amount"]) for row in shown["lines"]] == [
        ("Valve", "2.000", 2500),
        ("Labour", "1.000", 8000),
    ]
    assert shown["taxes"] == {"13.00": 1208}  # 10500 * 13 / 113, of the sum
    year = now().year
    assert (shown["number"], shown["customer_name"]) == (f"NORTH-{year}-000001", "Rosa Resident")
    assert (
        Notice.objects.get(kind="bill_issued", user=people.resident).title
        == f"Your bill NORTH-{year}-000001: 105.00 CNY"
    )
    assert bill_what_is_done(actor=SYSTEM, occurred_at=now()) == 0
    assert bills(api, people.agent, visit).json()["code"] == "nothing_to_bill"


def test_only_what_was_really_used_is_billed_and_never_more_than_was_agreed_to(
    api, people, visit, counter, agreed, valve
):
    agreed([line(valve, 3)])
    counter.fits(visit, valve, 2)
    completes(api, visit)
    made = bills(api, people.agent, visit).json()
    assert (made["total"], made["lines"][0]["quantity"]) == (2500, "2.000")


def test_less_work_than_agreed_to_is_billed_as_less_and_more_is_not(api, people, visit, agreed, labour):
    signed = agreed([line(labour, 2)])
    completes(api, visit, **ENDED)
    row = signed.lines.get()
    refused = bills(api, people.agent, visit, done=[{"line_id": row.pk, "quantity": "3"}]).json()
    assert (refused["code"], refused["errors"][0]["field"]) == ("quantity_above_consent", "done[0].quantity")
    made = bills(api, people.agent, visit, done=[{"line_id": row.pk, "quantity": "1.5"}]).json()
    assert made["total"] == 12000
    assert bills(api, people.agent, visit).json()["code"] == "nothing_to_bill"


def test_what_is_free_stands_on_the_bill_and_costs_nothing(api, people, visit, counter, agreed, valve, labour):
    agreed([line(labour), line(valve, 1, free_reason="contract")])
    counter.fits(visit, valve)
    completes(api, visit)
    made = bills(api, people.agent, visit).json()
    assert [(row["amount"], row["free_reason"]) for row in made["lines"]] == [(8000, ""), (0, "contract")]


def test_nothing_is_billed_before_the_work_is_done(api, people, visit, agreed, labour):
    agreed([line(labour)])
    assert bill_what_is_done(actor=SYSTEM, occurred_at=now()) == 0
    refused = bills(api, people.agent, visit).json()
    assert (refused["code"], refused["ticket_status"]) == ("work_not_done", "in_progress")


def test_a_bill_never_comes_to_more_than_was_signed(api, people, phone, visit, valve, counter):
    """The phone had added up wrong, in the customer's favour."""
    handset = phone(people.technician)
    handset.pull()
    shown = shows(handset, visit, line(valve, 2), total=2400)
    signs(handset, visit, shown["id"])
    assert handset.push() == ["applied"] * 3
    counter.fits(visit, valve, 2)
    completes(api, visit)
    assert bills(api, people.agent, visit).json()["total"] == 2400


def test_what_is_done_after_a_ticket_was_reopened_is_billed_anew(api, people, world, billed, visit, counter, valve):
    api(people.resident).post(f"/api/v1/tickets/{visit.ticket_id}/reopen", {"reason": "Drips again."})
    visit.ticket.refresh_from_db()
    again = world.dispatched_visit(people.technician, visit.ticket)
    api(people.technician).post(f"/api/v1/visits/{again.pk}/check-in", {})
    shown = api(people.technician).post(f"/api/v1/tickets/{visit.ticket_id}/quotes", {"lines": [line(valve)]}).json()
    body = {"accepted": True, "signature_id": counter.signature(again).pk}
    api(people.technician).post(f"/api/v1/quotes/{shown['id']}/answer", body)
    counter.fits(again, valve)
    completes(api, again)
    assert bill_what_is_done(actor=SYSTEM, occurred_at=now()) == 1
    assert [bill.total for bill in Bill.objects.order_by("sequence")] == [10500, 1250]


def test_a_quote_that_was_billed_is_credited_and_not_withdrawn(api, people, billed):
    quote = billed.lines.first().quote_line.quote
    refused = api(people.dispatcher).post(f"/api/v1/quotes/{quote.pk}/withdraw", {"reason": "?"})
    assert refused.json()["code"] == "quote_billed"


def test_a_bill_is_never_changed(billed):
    for change in ({"total": 1}, {"number": "X"}, {"due_on": None}):
        with pytest.raises(ProgrammingError), transaction.atomic():
            Bill.objects.filter(pk=billed.pk).update(**change)
    with pytest.raises(ProgrammingError), transaction.atomic():
        billed.lines.all().delete()


def test_a_bill_is_put_right_by_a_credit_note_beside_it(api, people, billed):
    supervisor, path = api(people.supervisor), f"/api/v1/bills/{billed.pk}/credit"
    labour = billed.lines.get(name="Labour")
    said = {"reason": "Half the time.", "lines": [{"line_id": labour.pk, "amount": 4000}]}
    note = supervisor.post(path, said).json()
    assert (note["kind"], note["total"], note["corrects_id"]) == ("credit_note", 4000, str(billed.pk))
    assert note["number"].endswith("000002")
    said["lines"][0]["amount"] = 4001  # type: ignore[index]
    refused = supervisor.post(path, said).json()
    assert (refused["code"], refused["limit"]) == ("amount_above_bill", 4000)
    assert supervisor.post(path, {"reason": "All of it."}).json()["total"] == 6500
    assert supervisor.post(path, {"reason": "Again."}).json()["code"] == "nothing_to_credit"
    billed.refresh_from_db()
    assert (billed.total, billed.outstanding) == (10500, 0)
    assert account_of(billed.ticket_id).balance == 0


def test_residents_see_their_own_bills_and_nobody_elses(api, people: People, billed):
    for person, status in (
        (people.resident, 200),
        (people.agent, 200),
        (people.technician, 200),
        (people.neighbour, 404),
        (people.colleague, 404),
        (people.southern_dispatcher, 404),
    ):
        assert api(person).get(f"/api/v1/bills/{billed.pk}").status_code == status
        assert len(api(person).get("/api/v1/bills", {"unpaid": True}).json()["results"]) == (status == 200)
    charges = f"/api/v1/tickets/{billed.ticket_id}/charges"
    shown = api(people.resident).get(charges).json()
    assert (shown["billed"], shown["balance"], len(shown["bills"])) == (10500, 10500, 1)
    assert api(people.neighbour).get(charges).status_code == 404


def test_the_desk_sees_the_bills_of_a_customer(api, people, billed):
    seen = api(people.agent).get(f"/api/v1/customers/people/{people.resident.pk}").json()
    assert [(bill["number"], bill["outstanding"]) for bill in seen["bills"]] == [(billed.number, 10500)]
    assert [(quote["status"], quote["total"]) for quote in seen["quotes"]] == [("accepted", 10500)]
    assert seen["payments"] == seen["refunds"] == []


def test_a_hundred_bills_cost_what_one_costs(api, people, billed):
    reader = api(people.dispatcher)
    reader.get("/api/v1/bills")
    with statements(3):  # who asks, bills, lines
        reader.get("/api/v1/bills")
    reader = api(people.resident)
    reader.get("/api/v1/bills")
    with statements(3):
        reader.get("/api/v1/bills")


# Numbers


def test_numbers_begin_anew_with_each_year_and_territory(people):
    summer = datetime(2027, 7, 1, tzinfo=UTC).date()
    assert next_number(people.north, summer) == (1, "NORTH-2027-000001")
    assert next_number(people.north, summer) == (2, "NORTH-2027-000002")
    assert next_number(people.south, summer) == (1, "SOUTH-2027-000001")
    assert next_number(people.north, summer.replace(year=2028)) == (1, "NORTH-2028-000001")


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_though_many_take_one_at_once_and_some_fail():
    people = People()
    north, day = people.north, now().date()
    taken: list[int] = []

    def takes(fails: bool) -> None:
        try:
            with transaction.atomic():
                number, _ = next_number(north, day)
                if fails:
                    raise RuntimeError
                taken.append(number)
        except RuntimeError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=takes, args=(number % 3 == 0,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 9))


# Reminders


def noon(days: int) -> datetime:
    """So many days from now, about noon where the customer is."""
    return (now() + timedelta(days=days)).replace(hour=4)


def test_a_customer_is_reminded_before_and_after_a_bill_falls_due_and_once_each(people, billed):
    def reminded(days: int) -> int:
        with time_is(noon(days)):
            remind_of_bills(actor=SYSTEM, occurred_at=now())
            remind_of_bills(actor=SYSTEM, occurred_at=now())
        return Notice.objects.filter(kind="bill_unpaid", user=people.resident).count()

    assert [reminded(days) for days in (9, 12, 13, 16, 23, 90)] == [0, 1, 1, 2, 3, 3]


@pytest.mark.parametrize(("zone", "nine"), [("Asia/Shanghai", 1), ("America/New_York", 13)])
def test_a_reminder_waits_for_the_day_where_the_customer_is(people, billed, zone, nine):
    people.north.time_zone = zone
    people.north.save()
    _rewrite("UPDATE tickets_bill SET due_on = '2031-05-20'")
    morning = datetime(2031, 5, 17, nine, tzinfo=UTC)
    missed = morning + timedelta(hours=18)  # at three in the night, after a day without a worker
    for moment, reminded in ((morning - timedelta(minutes=1), 0), (missed, 0), (morning, 1)):
        with time_is(moment):
            assert remind_of_bills(actor=SYSTEM, occurred_at=now()) == reminded


def _rewrite(statement: str, *values: Any) -> None:
    """Past the triggers that keep what happened as it was."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values or None)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_of_reminders_that_were_missed_the_last_alone_is_sent(people, billed):
    with time_is(noon(60)):
        assert remind_of_bills(actor=SYSTEM, occurred_at=now()) == 1
        assert remind_of_bills(actor=SYSTEM, occurred_at=now()) == 0
    assert Notice.objects.filter(kind="bill_unpaid").count() == 1
    assert BillReminder.objects.get().days == 8


def test_bills_that_wait_for_their_next_reminder_keep_nobody_from_theirs(people, billed):
    later = noon(12)
    for number in range(BATCH):
        waiting = Bill.objects.get(pk=billed.pk)
        waiting.pk, waiting.number, waiting.sequence = uuid7(), f"OLD-{number}", 1_000 + number
        waiting.due_on = later.date() - timedelta(days=2)
        waiting.save(force_insert=True)
        BillReminder.objects.bulk_create(BillReminder(bill=waiting, days=days, reminded_at=now()) for days in (-3, 1))
    with time_is(later):
        assert remind_of_bills(actor=SYSTEM, occurred_at=now()) == 1
    assert billed.reminders.get().days == -3


# The books of a month


def test_the_books_of_a_month_are_a_table_that_spreadsheets_read(api, people, billed):
    supervisor = api(people.supervisor)
    supervisor.post(f"/api/v1/bills/{billed.pk}/credit", {"reason": "=1+1"})
    cash = {"amount": 1000, "currency": "CNY", "receipt_number": "007"}
    api(people.technician).post(f"/api/v1/tickets/{billed.ticket_id}/payments", cash)
    query = {"territory": people.north.pk, "month": f"{now():%Y-%m}"}
    rows = supervisor.get("/api/v1/charges/books", query).json()
    assert [(row["entry"], row["amount"]) for row in rows] == [
        ("bill", "105.00"),
        ("credit_note", "-105.00"),
        ("payment", "-10.00"),
    ]
    csv = supervisor.get("/api/v1/charges/books", query | {"format": "csv"})
    assert csv["Content-Disposition"].endswith(f'charges-north-{now():%Y-%m}.csv"')
    assert "'=1+1" in csv.content.decode("utf-8-sig")
    book = supervisor.get("/api/v1/charges/books", query | {"format": "xlsx"})
    sheet: Any = openpyxl.load_workbook(BytesIO(book.content)).active
    read = list(sheet.iter_rows(values_only=True))
    assert (read[1][0], read[1][6], read[3][2]) == ("bill", 105, "007")  # a receipt keeps its noughts
    empty = supervisor.get("/api/v1/charges/books", query | {"month": "2031-01"})
    assert empty.json() == []


def test_a_month_begins_and_ends_where_the_territory_is(api, people, billed):
    """In Shanghai, December begins while it is still November in Greenwich."""
    [moment] = Bill.objects.values_list("issued_at", flat=True)
    with time_is(moment):
        assert account_of(billed.ticket_id).billed == 10500
    late = datetime(2031, 11, 30, 17, tzinfo=UTC)
    _rewrite("UPDATE tickets_bill SET issued_at = %s", late)
    reader = api(people.supervisor)

    def entries(month: str) -> int:
        query = {"territory": people.north.pk, "month": month}
        return len(reader.get("/api/v1/charges/books", query).json())

    assert (entries("2031-11"), entries("2031-12"), entries("2032-01")) == (0, 1, 0)


def test_money_stays_in_the_books_of_the_territory_in_which_it_changed_hands(api, people, world, phone, billed):
    supervisor, handset = people.supervisor, phone(people.technician)
    RoleGrant.objects.create(user=supervisor, role=Role.SUPERVISOR, territory=people.south)
    path, cash = f"/api/v1/tickets/{billed.ticket_id}", {"amount": 1000, "currency": "CNY", "receipt_number": "T-1"}
    taken = api(people.technician).post(f"{path}/payments", cash).json()
    refund = api(people.agent).post(f"{path}/refunds", {"amount": 200, "reason": "Goodwill."}).json()
    api(people.agent).post(f"/api/v1/refunds/{refund['id']}/pay", {"receipt_number": "R-1"})
    south = {"territory_id": people.south.pk, "reason": "Across the river."}
    assert api(supervisor).post(f"/api/v1/sites/{world.site.pk}/move", south).status_code == 200
    handset.does("payment.take", hours_ago=1, ticket_id=billed.ticket_id, **cash | {"receipt_number": "T-2"})
    assert handset.push() == ["applied"]
    api(supervisor).post(f"{path}/payments", cash | {"receipt_number": "S-1"})

    def numbers(territory: Territory) -> set[str]:
        months = {f"{moment:%Y-%m}" for moment in (now(), now() - timedelta(hours=1), now() + timedelta(hours=8))}
        queries = [{"territory": territory.pk, "month": month} for month in months]
        return {
            row["number"] for query in queries for row in api(supervisor).get("/api/v1/charges/books", query).json()
        }

    there = [{"T-1", "T-2", "R-1", billed.number}, {"S-1"}]
    assert [numbers(people.north), numbers(people.south)] == there
    said = {"technician_id": people.technician.pk, "payments": [taken["id"]], "counted": 1000}
    handed_in = api(people.storekeeper).post("/api/v1/cash-hand-ins", said)
    assert (handed_in.status_code, handed_in.json()["territory_id"]) == (201, str(people.north.pk))
    # What was written before that was so is found out from the moves of the ticket.
    _rewrite("UPDATE tickets_payment SET territory_id = %s", people.south.pk)
    back = import_module("tickets.migrations.0031_books_of_payments_and_refunds").BACK_INTO_THEIR_BOOKS
    _rewrite(back.replace("UPDATE tickets_refund SET", "--"))  # refunds stand in books by their repayments since
    assert [numbers(people.north), numbers(people.south)] == there


@pytest.mark.parametrize(
    ("query", "field"),
    [({"month": "2026-13"}, "month"), ({"month": "26-1"}, "month"), ({}, "month"), ({"territory": "x"}, "territory")],
)
def test_a_month_that_is_none_is_named(api, people, query, field):
    asked = {"territory": str(people.north.pk), **({"month": "2026-11"} if field == "territory" else {}), **query}
    refused = api(people.supervisor).get("/api/v1/charges/books", asked).json()
    assert (refused["code"], refused["errors"][0]["field"]) == ("invalid_input", field)


def test_the_books_are_for_those_who_keep_them(api, people: People):
    query = {"territory": people.north.pk, "month": "2026-11"}
    for person, status in (
        (people.supervisor, 200),
        (people.administrator, 200),
        (people.agent, 403),
        (people.technician, 403),
        (people.resident, 403),
        (people.southern_dispatcher, 403),
    ):
        assert api(person).get("/api/v1/charges/books", query).status_code == status


def test_the_sums_of_an_account_are_those_of_its_rows(api, people, world: World, counter: Counter, valve, labour):
    """Played at random: agreed, used, paid, credited, paid back; balance and what is outstanding always follow."""
    chance = Random(4)
    for _ in range(3):
        visit = counter.visit()
        shown = api(people.technician).post(
            f"/api/v1/tickets/{visit.ticket_id}/quotes",
            {"lines": [line(valve, chance.randint(1, 3)), line(labour, Decimal(chance.randint(1, 5)) / 2)]},
        )
        signature = counter.signature(visit).pk
        answer = {"accepted": True, "signature_id": signature}
        api(people.technician).post(f"/api/v1/quotes/{shown.json()['id']}/answer", answer)
        counter.fits(visit, valve)
        completes(api, visit)
        bill = bills(api, people.agent, visit).json()
        for number in range(4):
            cash = {"amount": chance.randint(1, 9000), "currency": "CNY", "receipt_number": f"{visit.pk}-{number}"[-9:]}
            paid = api(people.technician).post(f"/api/v1/tickets/{visit.ticket_id}/payments", cash)
            assert paid.status_code == 201, paid.content
        api(people.supervisor).post(f"/api/v1/bills/{bill['id']}/credit", {"reason": "Some."})
        account = account_of(visit.ticket_id)
        rows = api(people.agent).get(f"/api/v1/tickets/{visit.ticket_id}/charges").json()
        owed = sum(row["total"] * (1 if row["kind"] == "bill" else -1) for row in rows["bills"])
        assert account.balance == owed - sum(row["amount"] for row in rows["payments"]) == rows["balance"]
        assert sum(row["outstanding"] for row in rows["bills"]) == max(0, account.balance)
