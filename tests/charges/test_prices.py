"""The price list: what holds where and when, and nothing that contradicts itself."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsvc.time import now, time_is
from sync.commands import Actor
from tests.charges.conftest import LONG_AGO, Api, Counter
from tests.people import People
from tests.phone import fresh_phone
from tests.statements import statements
from tickets.models import Price, PriceItem
from tickets.prices.money import cost, tax_in, taxes, written
from tickets.prices.selectors import price_list
from tickets.prices.services import archive_prices

HEADER = "item,territory,amount,currency,tax_rate,valid_from,valid_until\n"


def body(item: PriceItem, amount: int = 900, since: str = "2030-01-01", **said: object) -> dict[str, object]:
    return {"item_id": item.pk, "amount": amount, "currency": "CNY", "tax_rate": "13", "valid_from": since, **said}


def amounts(item: PriceItem) -> list[tuple[int, date, date | None]]:
    return list(Price.objects.filter(item=item).values_list("amount", "valid_from", "valid_until"))


def test_a_new_price_ends_the_one_before_it(api: Api, people: People, labour: PriceItem):
    assert api(people.administrator).post("/api/v1/prices", body(labour)).status_code == 201
    assert amounts(labour) == [(8000, LONG_AGO, date(2030, 1, 1)), (900, date(2030, 1, 1), None)]


def test_two_prices_never_hold_on_the_same_day(api: Api, people: People, labour: PriceItem):
    admin = api(people.administrator)
    price = admin.post("/api/v1/prices", body(labour)).json()
    refused = admin.post("/api/v1/prices", body(labour, 5, "2029-06-01", valid_until="2030-02-01"))
    assert (refused.status_code, refused.json()["code"]) == (409, "price_overlaps")
    refused = admin.post("/api/v1/prices", body(labour, 5, "2030-02-01", valid_until="2030-03-01"))
    assert (refused.json()["code"], refused.json()["price"]) == ("price_overlaps", price["id"])
    assert len(amounts(labour)) == 2
    refused = admin.patch(f"/api/v1/prices/{Price.objects.get(amount=8000).pk}", {"valid_until": None})
    assert refused.json()["code"] == "price_overlaps"


def test_a_price_of_the_territory_goes_before_that_of_everywhere(people: People, counter: Counter, labour: PriceItem):
    counter.costs(labour, 9000, territory_id=people.north.pk)
    north, south = (price_list(place, now(), [labour.pk])[labour.pk] for place in (people.north, people.south))
    assert (north.amount, south.amount) == (9000, 8000)


def test_the_day_is_the_territorys_own(people: People, counter: Counter, labour: PriceItem):
    """It is the first of March in Shanghai eight hours before it is in Greenwich."""
    counter.costs(labour, 9000, date(2031, 3, 1))
    last, first = (date(2031, 2, 28), 15), (date(2031, 2, 28), 16)
    for (day, hour), amount in ((last, 8000), (first, 9000)):
        at = now().replace(year=day.year, month=day.month, day=day.day, hour=hour, minute=30)
        assert price_list(people.north, at, [labour.pk])[labour.pk].amount == amount


def test_a_price_that_has_begun_is_ended_and_not_deleted(api: Api, people: People, labour: PriceItem):
    admin = api(people.administrator)
    coming = admin.post("/api/v1/prices", body(labour)).json()["id"]
    begun = Price.objects.get(item=labour, amount=8000).pk
    assert admin.delete(f"/api/v1/prices/{begun}").json()["code"] == "price_has_begun"
    assert admin.delete(f"/api/v1/prices/{coming}").status_code == 204
    assert admin.patch(f"/api/v1/prices/{begun}", {"valid_until": None}).json()["valid_until"] is None


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"amount": -1}, "invalid_input", "amount"),
        ({"amount": 10**12}, "invalid_input", "amount"),
        ({"amount": "12.5"}, "invalid_input", "amount"),
        ({"currency": "yuan"}, "invalid_input", "currency"),
        ({"tax_rate": "100"}, "invalid_input", "tax_rate"),
        ({"valid_until": "2030-01-01"}, "price_ends_before_it_begins", "valid_until"),
        ({"item_id": "0192f000-0000-7000-8000-000000000000"}, "item_unknown", "item_id"),
        ({"territory_id": "0192f000-0000-7000-8000-000000000000"}, "territory_unknown", "territory_id"),
    ],
)
def test_what_makes_no_sense_is_named(api: Api, people: People, labour: PriceItem, change, code, field):
    refused = api(people.administrator).post("/api/v1/prices", body(labour) | change).json()
    assert (refused["code"], refused["errors"][0]["field"]) == (code, field)
    assert len(amounts(labour)) == 1


def test_a_part_stands_in_the_list_once_and_is_counted_in_its_own_unit(api: Api, people: People, valve: PriceItem):
    assert valve.unit == "piece"
    said = {"code": "other", "name": "Other", "part_id": valve.part_id}
    assert api(people.administrator).post("/api/v1/price-items", said).json()["code"] == "part_has_item"
    said = {"code": "valve", "name": "Other", "unit": "hour"}
    assert api(people.administrator).post("/api/v1/price-items", said).json()["code"] == "code_taken"
    said = {"code": "other", "name": "Other"}
    assert api(people.administrator).post("/api/v1/price-items", said).json()["code"] == "unit_missing"


def test_a_list_of_prices_is_imported_whole_or_not_at_all(
    api: Api, people: People, labour: PriceItem, valve: PriceItem
):
    admin, north = api(people.administrator), people.north
    good = f"\ufeff{HEADER}labour,north,9000,CNY,13,2030-01-01,\nvalve,,1300,CNY,13,2030-01-01,\n"
    bad = f"{HEADER}labour,,9000,CNY,13,2030-01-01,\nwhat,south-pole,x,CNY,13,2030-01-01,\nwhat,,9,CNY,13,2030-01-01\n"
    refused = admin.post("/api/v1/prices/import", {"content": bad}).json()
    assert refused["code"] == "price_list_not_valid"
    assert [error["field"] for error in refused["errors"]] == ["rows[1].amount"]
    unknown = admin.post("/api/v1/prices/import", {"content": bad.replace(",x,", ",9,")}).json()
    assert [(error["field"], error["code"]) for error in unknown["errors"]] == [
        ("rows[1].item", "item_unknown"),
        ("rows[1].territory", "territory_unknown"),
        ("rows[2].item", "item_unknown"),
    ]
    long = f"{HEADER}labour,,9000,CNY,13,2030-01-01,,\nlabour,,9000,CNY,13,2030-02-01,,note\n"
    cells = admin.post("/api/v1/prices/import", {"content": long}).json()
    assert [(error["field"], error["code"]) for error in cells["errors"]] == [("rows[1]", "too_many_cells")]
    assert Price.objects.count() == 2
    done = admin.post("/api/v1/prices/import", {"content": good})
    assert done.status_code == 201, done.content
    assert [row["territory_id"] for row in done.json()] == [str(north.pk), None]
    again = admin.post("/api/v1/prices/import", {"content": good})
    assert (again.json()["code"], Price.objects.count()) == ("price_overlaps", 4)
    for nonsense in ("", "amount,item\n", HEADER + '"', HEADER + "\x00"):
        assert admin.post("/api/v1/prices/import", {"content": nonsense}).status_code == 400


def test_phones_carry_the_prices_of_their_owners_territories_and_what_is_to_come(
    people: People, counter: Counter, labour: PriceItem
):
    own = counter.costs(labour, 9000, date(2031, 1, 1), territory_id=people.north.pk)
    others = counter.costs(labour, 9000, territory_id=people.south.pk)
    handset = fresh_phone(people.technician)
    carried = handset.collection("prices")
    assert str(own.pk) in carried
    assert str(others.pk) not in carried
    everywhere = next(price for price in carried.values() if price["territory_id"] is None)
    assert (everywhere["amount"], everywhere["name_zh"], everywhere["tax_rate"]) == (8000, "项目", "13.00")
    assert fresh_phone(people.resident).collection("prices") == {}


def test_a_price_that_ended_long_ago_leaves_the_phones(people: People, counter: Counter, labour: PriceItem):
    counter.costs(labour, 9000, now().date())
    handset = fresh_phone(people.technician)
    assert len(handset.collection("prices")) == 2
    with time_is(now() + timedelta(days=16)):
        assert archive_prices(actor=Actor.system(), occurred_at=now()) == 1
        handset.pull()
    assert [price["amount"] for price in handset.collection("prices").values()] == [9000]


def test_the_list_can_be_narrowed_to_a_day(api: Api, people: People, counter: Counter, labour: PriceItem):
    counter.costs(labour, 9000, date(2031, 1, 1))
    found = api(people.agent).get("/api/v1/prices", {"item": str(labour.pk), "on": "2031-01-01"}).json()["results"]
    assert [price["amount"] for price in found] == [9000]
    reader = api(people.agent)
    reader.get("/api/v1/prices")
    with statements(2):  # who asks, prices
        reader.get("/api/v1/prices")


@given(st.integers(0, 10**9), st.decimals("0.001", 9999, places=3), st.sampled_from(["0", "6", "9", "13", "8.88"]))
def test_sums_are_whole_and_tax_is_a_part_of_them(price: int, quantity: Decimal, rate: str):
    amount = cost(price, quantity)
    assert abs(amount - price * quantity) <= Decimal("0.5")
    assert 0 <= tax_in(amount, Decimal(rate)) <= amount
    assert sum(taxes([(amount, Decimal(rate)), (amount, Decimal(rate))]).values()) == tax_in(2 * amount, Decimal(rate))


def test_half_of_the_smallest_coin_is_rounded_up():
    assert (cost(1, Decimal("0.5")), cost(333, Decimal("1.5")), cost(1, Decimal("0.499"))) == (1, 500, 0)
    assert (tax_in(11300, Decimal(13)), written(1250, "CNY"), written(1250, "JPY")) == (1300, "12.50", "1250")


def test_an_id_that_is_taken_is_refused(api, people, labour):
    price = labour.prices.get()
    terms = {
        "amount": 1,
        "currency": "CNY",
        "tax_rate": "13",
        "valid_from": "2040-01-01",
        "territory_id": people.north.pk,
    }
    administrator = api(people.administrator)
    answer = administrator.post("/api/v1/prices", {"id": price.pk, "item_id": labour.pk, **terms})
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")
    answer = administrator.post(
        "/api/v1/price-items", {"id": labour.pk, "code": "more", "name": "More", "unit": "hour"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")
