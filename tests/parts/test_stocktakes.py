"""Counting a place without signal: what was counted is a fact, and the books follow it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from accounts.models import Role, RoleGrant, User
from fieldsvc.errors import Conflict
from fieldsvc.time import now
from notifications.models import Notice
from parts.locations.services import change_location
from parts.models import CountSheet, Discrepancy, Location, Part, StockMovement, Stocktake
from parts.stock.services import receive_parts, use_part
from parts.stocktakes.services import count_stock, finish_count, hand_in_sheet, open_stocktake
from sync.commands import Actor
from sync.ids import uuid7
from tests.laws import examples
from tests.parts.store import MORNING, Store, books_are_right, codes, ids, offline, online
from tests.people import People
from tests.phone import fresh_phone

pytestmark = pytest.mark.django_db

NOON = MORNING + timedelta(hours=3)
LATER = MORNING + timedelta(hours=6)


def refusal(response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.fixture
def stella(api, people):
    return api(people.storekeeper)


def line(part: Part, quantity: object, *serials: str, **more: Any) -> dict[str, Any]:
    words = {"part_id": part.pk, "quantity": Decimal(str(quantity)), **more}
    return words | {"serials": list(serials)} if serials else words


def count(
    actor: Actor, store: Store, *lines: dict[str, Any], at: datetime = NOON, kind: str = "full", **more: Any
) -> Stocktake:
    return count_stock(actor=actor, occurred_at=at, location_id=store.van.pk, kind=kind, lines=list(lines), **more)


def use(actor: Actor, store: Store, quantity: object, at: datetime) -> StockMovement:
    return use_part(
        actor=actor, occurred_at=at, location_id=store.van.pk, part_id=store.valve.pk, quantity=Decimal(str(quantity))
    )


def step(client, stocktake: Stocktake, name: str, **body: Any):
    return client.post(f"/api/v1/stocktakes/{stocktake.pk}/{name}", body)


@pytest.fixture
def tom(people) -> Actor:
    assert people.storekeeper
    return offline(people.technician)


@pytest.fixture
def dear(store: Store, tom: Actor) -> Stocktake:
    """Twenty valves of 22 yuan should be there, five are: above the limit."""
    store.receive(store.van, store.valve, 20)
    return count(tom, store, line(store.valve, 5))


# Within the limit


def test_a_count_without_signal_that_agrees_changes_nothing(people, phone, store: Store):
    assert people.storekeeper
    store.receive(store.van, store.valve, 5)
    store.receive(store.van, store.modem, serial="X1")
    handset = phone(people.technician)
    handset.pull()
    lines = [
        {"part_id": store.valve, "quantity": "5"},
        {"part_id": store.modem, "quantity": "1", "serials": ["X1"]},
    ]
    wanted = uuid7()
    for _ in range(2):
        handset.does("stocktake.count", hours_ago=1, id=wanted, location_id=store.van, kind="full", lines=lines)
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied", "applied"]
    stocktake = Stocktake.objects.get()
    assert (stocktake.pk, stocktake.status, stocktake.posted_by) == (wanted, "posted", None)
    assert stocktake.value == 0
    assert not StockMovement.objects.filter(reason="count").exists()
    assert not Discrepancy.objects.exists()
    handset.pull()
    document = handset.document("stocktakes", wanted)
    assert (document["status"], document["variances"]) == ("posted", [])
    assert handset.replica() == fresh_phone(people.technician).replica()


def test_a_small_variance_is_booked_by_itself(store: Store, tom: Actor):
    store.receive(store.van, store.valve, 5)
    store.receive(store.van, store.modem, serial="X1")
    assert store.hose
    Part.objects.update(price=Decimal(30))
    stocktake = count(tom, store, line(store.valve, 4), line(store.hose, "2.5"), line(store.modem, 1, "X2"))
    assert (stocktake.status, stocktake.value) == ("posted", Decimal("165.00"))
    assert store.on_hand(store.van, store.valve) == 4
    assert store.on_hand(store.van, store.hose) == Decimal("2.5")
    assert store.place_of(store.modem, "X2") == (store.van.code, "good")
    assert store.on_hand(store.van, store.modem) == 1
    assert not Discrepancy.objects.exists()
    assert books_are_right()


def test_a_cycle_count_speaks_of_the_parts_that_it_names(store: Store, tom: Actor):
    store.receive(store.van, store.valve, 5)
    store.receive(store.van, store.hose, 7)
    count(tom, store, line(store.valve, 4), kind="cycle")
    assert (store.on_hand(store.van, store.valve), store.on_hand(store.van, store.hose)) == (Decimal(4), Decimal(7))
    Part.objects.update(price=Decimal(1))
    count(tom, store, line(store.valve, 4), at=NOON + timedelta(minutes=1))
    assert store.on_hand(store.van, store.hose) == 0  # a full count says that nothing else is there


def test_units_that_nobody_read_stand_for_those_that_the_books_know(store: Store, tom: Actor):
    store.receive(store.van, store.modem, serial="X1")
    store.receive(store.van, store.modem, serial="X2")
    assert count(tom, store, line(store.modem, 2)).status == "posted"
    assert not StockMovement.objects.filter(reason="count").exists()


def test_a_part_on_two_shelves_is_added_up(store: Store, tom: Actor):
    store.receive(store.van, store.valve, 5)
    assert count(tom, store, line(store.valve, 2), line(store.valve, 3)).value == 0


# The count's own moment


def test_what_is_used_after_the_count_is_not_its_business(store: Store, tom: Actor):
    store.receive(store.van, store.valve, 5)
    use(tom, store, 2, LATER)
    assert count(tom, store, line(store.valve, 5)).value == 0
    assert store.on_hand(store.van, store.valve) == 3


def test_what_was_used_before_and_told_after_the_count_was_counted_already(store: Store, tom: Actor, people):
    """Three were there at noon; that two had been used in the morning we hear only now."""
    store.receive(store.van, store.valve, 5)
    stocktake = count(tom, store, line(store.valve, 3))
    assert (stocktake.value, store.on_hand(store.van, store.valve)) == (Decimal("44.00"), Decimal(3))
    use(tom, store, 2, MORNING + timedelta(hours=1))
    assert store.on_hand(store.van, store.valve) == 3
    stocktake.refresh_from_db()
    assert (stocktake.value, stocktake.lines.get().expected) == (Decimal(0), Decimal(3))
    assert books_are_right()


def test_what_is_told_late_can_explain_a_variance_away(store: Store, tom: Actor, dear: Stocktake):
    assert dear.status == "counted"
    assert Discrepancy.objects.get(status="open").quantity == 15
    use(tom, store, 3, MORNING + timedelta(hours=1))
    assert Discrepancy.objects.get(status="open").quantity == 12
    use(tom, store, 12, MORNING + timedelta(hours=1))
    dear.refresh_from_db()
    assert (dear.status, dear.value) == ("posted", Decimal(0))
    assert not Discrepancy.objects.filter(status="open").exists()
    assert store.on_hand(store.van, store.valve) == 5


# Above the limit


def test_a_large_variance_has_an_owner_and_waits_for_somebody_else(api, people, stella, store: Store, dear: Stocktake):
    assert (dear.status, dear.value) == ("counted", Decimal("330.00"))
    assert store.on_hand(store.van, store.valve) == 20
    discrepancy = Discrepancy.objects.get()
    assert (discrepancy.kind, discrepancy.quantity) == ("counted_less", Decimal(15))
    assert discrepancy.owner == people.storekeeper
    assert "盘点少于账面" in Notice.objects.get(kind="discrepancy_opened").body_zh
    settle = {"settlement": "accepted", "note": "no"}
    settled = stella.post(f"/api/v1/discrepancies/{discrepancy.pk}/settle", settle)
    assert refusal(settled) == (409, "settled_with_stocktake")
    assert refusal(step(api(people.technician), dear, "post", note="mine")) == (403, "role_required")
    assert codes(step(stella, dear, "post").json()["errors"]) == {"note": "required"}
    for _ in range(2):
        posted = step(stella, dear, "post", note="Stolen, the police know.")
        assert posted.json()["status"] == "posted"
    assert store.on_hand(store.van, store.valve) == 5
    assert StockMovement.objects.filter(reason="count").count() == 1
    discrepancy.refresh_from_db()
    assert (discrepancy.settlement, discrepancy.note) == ("accepted", "Stolen, the police know.")
    assert refusal(step(stella, dear, "cancel", reason="no")) == (409, "stocktake_transition_not_allowed")
    assert books_are_right()


def test_nobody_posts_the_variance_that_they_counted(api, people, store: Store):
    store.receive(store.van, store.valve, 20)
    own = count(online(people.storekeeper), store, line(store.valve, 5))
    stella = api(people.storekeeper)
    assert refusal(step(stella, own, "post", note="mine")) == (403, "own_count")
    assert refusal(step(stella, own, "cancel", reason="mine")) == (403, "own_count")
    with pytest.raises(IntegrityError), transaction.atomic():
        Stocktake.objects.filter(pk=own.pk).update(status="posted", posted_at=now(), posted_by=people.storekeeper)
    assert step(api(people.supervisor), own, "post", note="seen").status_code == 200


def test_what_nobody_can_price_is_above_every_limit(store: Store, tom: Actor):
    store.receive(store.van, store.hose, 5)
    stocktake = count(tom, store, line(store.hose, 4))
    assert (stocktake.status, stocktake.value) == ("counted", None)


def test_a_count_that_was_no_good_is_cancelled_and_its_questions_with_it(stella, store: Store, dear: Stocktake):
    for _ in range(2):
        assert step(stella, dear, "cancel", reason="the wrong van").json()["status"] == "cancelled"
    assert Discrepancy.objects.get().settlement == "withdrawn"
    assert store.on_hand(store.van, store.valve) == 20
    assert refusal(step(stella, dear, "post", note="x")) == (409, "stocktake_transition_not_allowed")


def test_what_has_left_since_cannot_be_taken_out_and_somebody_owns_the_question(
    stella, store: Store, tom: Actor, dear: Stocktake
):
    """By the books eighteen were fitted after a count that found five."""
    use(tom, store, 18, LATER)
    assert step(stella, dear, "post", note="as counted").status_code == 200
    assert store.on_hand(store.van, store.valve) == 0
    question = Discrepancy.objects.get(status="open")
    assert (question.kind, question.quantity) == ("counted_less", Decimal(13))
    settle = {"settlement": "written_off", "note": "the count was wrong"}
    assert stella.post(f"/api/v1/discrepancies/{question.pk}/settle", settle).status_code == 200
    assert books_are_right()


def test_a_unit_that_the_books_have_elsewhere_stays_there_and_is_asked_about(store: Store, tom: Actor):
    store.receive(store.depot, store.modem, serial="X1")
    Part.objects.update(price=Decimal(1))
    count(tom, store, line(store.modem, 1, "X1"))
    assert store.place_of(store.modem, "X1") == (store.depot.code, "good")
    assert Discrepancy.objects.get().kind == "counted_more"
    assert books_are_right()


# Asked for by the desk


def test_the_desk_asks_and_the_technician_counts(stella, people, phone, store: Store):
    store.receive(store.van, store.valve, 5)
    asked = stella.post("/api/v1/stocktakes", {"location_id": str(store.van.pk), "note": "end of month"})
    assert (asked.status_code, asked.json()["status"]) == (201, "open")
    handset = phone(people.technician)
    handset.pull()
    [waiting] = handset.collection("stocktakes")
    lines = [{"part_id": store.valve, "quantity": "5"}]
    handset.does("stocktake.count", id=waiting, location_id=store.van, kind="full", lines=lines)
    assert handset.push() == ["applied"]
    assert Stocktake.objects.get().status == "posted"


def test_a_count_that_the_desk_had_cancelled_meanwhile_is_kept_as_one_of_its_own(stella, people, phone, store: Store):
    store.receive(store.van, store.valve, 5)
    asked = stella.post("/api/v1/stocktakes", {"location_id": str(store.van.pk)}).json()
    assert stella.post(f"/api/v1/stocktakes/{asked['id']}/cancel", {"reason": "later"}).status_code == 200
    handset = phone(people.technician)
    lines = [{"part_id": store.valve, "quantity": "4"}]
    handset.does("stocktake.count", id=asked["id"], location_id=store.van, kind="full", lines=lines)
    assert handset.push() == ["applied"]
    kept = Stocktake.objects.exclude(pk=asked["id"]).get()
    assert (kept.status, kept.flags) == ("posted", ["stocktake_ended"])


def test_two_counts_of_the_same_that_differ_are_both_kept(store: Store, tom: Actor, people):
    store.receive(store.van, store.valve, 5)
    same = uuid7()
    count(tom, store, line(store.valve, 5), id=same)
    count(tom, store, line(store.valve, 4), id=same, at=NOON + timedelta(hours=1))
    assert Stocktake.objects.count() == 2
    assert store.on_hand(store.van, store.valve) == 4
    with pytest.raises(Conflict) as refused:
        count(online(people.technician), store, line(store.valve, 3), id=same)
    assert refused.value.code == "stocktake_transition_not_allowed"


def test_a_van_given_away_meanwhile_is_still_counted_by_who_drove_it(people, store: Store, tom: Actor):
    store.receive(store.van, store.valve, 5)
    Location.objects.filter(pk=store.van.pk).update(keeper=people.colleague)
    assert count(tom, store, line(store.valve, 5)).flags == ["not_keeper"]


def test_a_provisional_part_that_was_merged_was_counted_as_what_it_is(store: Store, tom: Actor, stella):
    store.receive(store.van, store.valve, 2)
    store.receive(store.van, store.unheard_of, 3)
    stocktake = count(tom, store, line(store.valve, 2), line(store.unheard_of, 1))
    assert stocktake.status == "counted"  # nobody knows what it costs
    stella.post(f"/api/v1/parts/{store.unheard_of.pk}/merge", {"into_id": str(store.valve.pk)})
    assert step(stella, stocktake, "post", note="as counted").status_code == 200
    assert store.on_hand(store.van, store.valve) == 3
    assert books_are_right()


# Bad input and strangers


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "0.5"}, "quantity"),
        ({"quantity": "1", "serials": ["A", "B"]}, "quantity"),
        ({"quantity": "2", "serials": ["A", "A"]}, "serials"),
        ({"part_id": str(uuid7())}, "part_id"),
    ],
)
def test_a_count_that_makes_no_sense_is_refused_with_its_place(
    api, people, phone, store: Store, wrong: dict[str, Any], field: str
):
    part = store.modem if "serials" in wrong else store.valve
    lines = [{"part_id": str(part.pk), "quantity": "1"} | wrong]
    body = {"location_id": str(store.van.pk), "kind": "full", "lines": lines}
    response = api(people.technician).post("/api/v1/stocktakes/count", body)
    assert response.status_code == 400
    assert set(codes(response.json()["errors"])) == {f"lines.0.{field}"}
    handset = phone(people.technician)
    handset.does("stocktake.count", **body)
    assert handset.push() == ["refused"]
    assert not Stocktake.objects.exists()


def test_strangers_neither_see_nor_count_it(api, people, store: Store, dear: Stocktake):
    body = {"location_id": str(store.van.pk), "kind": "full", "lines": []}
    for person in (people.colleague, people.southern_dispatcher, store.southern_storekeeper, people.resident):
        assert ids(api(person).get("/api/v1/stocktakes")) == set()
        assert refusal(api(person).post("/api/v1/stocktakes/count", body)) == (404, "not_found")
        assert fresh_phone(person).collection("stocktakes") == {}


def test_the_list_is_narrowed_and_costs_the_same_however_long_it_is(
    stella, people, store: Store, tom: Actor, dear: Stocktake
):
    def found(**query: object) -> set[UUID]:
        return ids(stella.get("/api/v1/stocktakes", query))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            found()
        return len(captured)

    assert found(status="counted", kind="full", location=store.van.pk) == {dear.pk}
    assert found(counted_by=people.technician.pk, territory=people.north.pk, search="van-tech") == {dear.pk}
    assert found(status="posted") == found(kind="cycle") == found(location=store.depot.pk) == set()
    few = queries()
    for hours in range(1, 6):
        count(tom, store, line(store.valve, 5), at=NOON + timedelta(hours=hours))
    assert queries() == few <= 5


# The law


TIMES = st.integers(-4, 4).filter(bool)


@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    uses=st.lists(st.tuples(TIMES, st.integers(1, 4)), max_size=5),
    counted=st.integers(0, 9),
    place=st.integers(0, 5),
)
def test_in_whatever_order_it_is_told_what_was_counted_less_what_was_used_since_is_there(
    uses: list[tuple[int, int]], counted: int, place: int
):
    """What was found for a use after the count, before we had heard of the count, waits for its settlement."""
    used_since = sum(quantity for hours, quantity in uses if hours > 0)
    assume(used_since <= counted)
    with transaction.atomic():
        store = Store(People())
        tom = offline(store.people.technician)
        Part.objects.filter(pk=store.valve.pk).update(price=0)
        receive_parts(
            actor=Actor.system(),
            occurred_at=NOON - timedelta(days=1),
            location_id=store.van.pk,
            lines=[{"part_id": store.valve.pk, "quantity": Decimal(6)}],
        )
        for index, told in enumerate([*uses[:place], None, *uses[place:]]):
            if told is None:
                count(tom, store, line(store.valve, counted))
            else:
                use(tom, store, told[1], NOON + timedelta(hours=told[0], minutes=index))
        found = StockMovement.objects.filter(reason="found", occurred_at__gt=NOON)
        found_since = sum(found.values_list("quantity", flat=True), Decimal(0))
        open_rest = Discrepancy.objects.filter(kind__in=["counted_less", "counted_more"], status="open").count()
        if not open_rest:
            assert store.on_hand(store.van, store.valve) == counted - used_since + found_since
        assert books_are_right()
        transaction.set_rollback(True)


def test_a_van_given_away_takes_its_counts_along(people, store: Store, dear: Stocktake):
    toms, colins = fresh_phone(people.technician), fresh_phone(people.colleague)
    change_location(
        actor=online(people.administrator),
        occurred_at=now(),
        location_id=store.van.pk,
        keeper_id=people.colleague.pk,
    )
    for handset, has in ((toms, False), (colins, True)):
        handset.pull()
        assert bool(handset.collection("stocktakes")) is has
        assert handset.replica() == fresh_phone(handset.user).replica()


# Several people


@pytest.fixture
def shared(store: Store, people: People) -> Stocktake:
    """Twelve valves and a hose lie in the depot, which Stella and Sam count together."""
    store.receive(store.depot, store.valve, 12)
    store.receive(store.depot, store.hose, 1)
    return open_stocktake(actor=online(people.storekeeper), occurred_at=MORNING, location_id=store.depot.pk)


@pytest.fixture
def sam(people: People) -> User:
    """Another storekeeper."""
    user = User.objects.create_user("sam", name="Sam Store")
    RoleGrant.objects.create(user=user, role=Role.STOREKEEPER, territory=people.north)
    return user


def hands_in(actor: Actor, stocktake: Stocktake, *lines: dict[str, Any], at: datetime = NOON, **more: Any) -> Stocktake:
    return hand_in_sheet(actor=actor, occurred_at=at, stocktake_id=stocktake.pk, lines=list(lines), **more)


def finishes(actor: Actor, stocktake: Stocktake) -> Stocktake:
    return finish_count(actor=actor, occurred_at=now(), stocktake_id=stocktake.pk)


def test_what_several_people_count_is_added_up_and_compared_with_each_parts_own_moment(
    store: Store, people: People, sam: User, shared: Stocktake
):
    hands_in(online(people.storekeeper), shared, line(store.valve, 7), at=NOON)
    store_use(people.storekeeper, store, store.hose, at=NOON + timedelta(minutes=5))
    hands_in(online(sam), shared, line(store.valve, 5), line(store.hose, 0), at=NOON + timedelta(minutes=10))
    shared.refresh_from_db()
    assert (shared.status, shared.lines.count()) == ("open", 0)
    finished = finishes(online(people.supervisor), shared)
    assert (finished.status, finished.value, finished.counted_by) == ("posted", Decimal(0), None)
    assert not StockMovement.objects.filter(reason="count").exists()
    assert finishes(online(people.supervisor), shared).posted_at == finished.posted_at


def test_what_moved_between_two_sheets_is_looked_at_however_little_it_varies(
    store: Store, people: People, sam: User, shared: Stocktake
):
    hands_in(online(people.storekeeper), shared, line(store.valve, 7), line(store.hose, 1), at=NOON)
    store_use(people.storekeeper, store, store.valve, at=NOON + timedelta(minutes=5))
    hands_in(online(sam), shared, line(store.valve, 5), at=NOON + timedelta(minutes=10))
    finished = finishes(online(people.supervisor), shared)
    assert (finished.status, finished.value) == ("counted", Decimal(22))
    assert finished.lines.get(part=store.valve).moved_meanwhile
    assert store.on_hand(store.depot, store.valve) == 11


def test_nobody_decides_upon_what_they_counted_a_part_of(
    api, store: Store, people: People, sam: User, shared: Stocktake
):
    hands_in(online(sam), shared, line(store.valve, 2))
    assert refusal(step(api(people.agent), shared, "finish")) == (403, "role_required")
    assert step(api(sam), shared, "finish").json()["status"] == "counted"
    assert refusal(step(api(sam), shared, "post", note="stolen")) == (403, "own_count")
    assert step(api(people.storekeeper), shared, "post", note="stolen").json()["status"] == "posted"
    assert store.on_hand(store.depot, store.valve) == 2
    assert books_are_right()


def test_a_count_to_which_nobody_handed_in_anything_cannot_be_finished(api, people: People, shared: Stocktake):
    assert refusal(step(api(people.storekeeper), shared, "finish")) == (409, "nothing_counted")


def test_the_same_sheet_counts_once_and_another_under_its_id_is_refused(
    store: Store, people: People, sam: User, shared: Stocktake
):
    wanted = uuid7()
    for _ in range(2):
        hands_in(online(sam), shared, line(store.valve, 12), line(store.hose, 1), id=wanted)
    with pytest.raises(Conflict, match="belongs to something else"):
        hands_in(online(people.storekeeper), shared, line(store.valve, 1), id=wanted)
    assert finishes(online(people.supervisor), shared).value == 0


def test_a_sheet_from_a_phone_that_comes_too_late_is_added_until_somebody_has_decided(
    store: Store, people: People, sam: User, shared: Stocktake
):
    hands_in(online(people.storekeeper), shared, line(store.valve, 1), line(store.hose, 1))
    assert finishes(online(people.supervisor), shared).status == "counted"
    assert Discrepancy.objects.get(status="open").quantity == 11
    hands_in(offline(sam), shared, line(store.valve, 11), at=NOON - timedelta(minutes=5))
    shared.refresh_from_db()
    assert (shared.status, shared.value) == ("posted", Decimal(0))
    assert not Discrepancy.objects.filter(status="open").exists()


def test_a_sheet_that_comes_after_the_posting_is_kept_and_asks_somebody(
    store: Store, people: People, sam: User, shared: Stocktake
):
    hands_in(online(people.storekeeper), shared, line(store.valve, 12), line(store.hose, 1))
    finishes(online(people.supervisor), shared)
    with pytest.raises(Conflict, match="posted"):
        hands_in(online(sam), shared, line(store.valve, 2))
    hands_in(offline(sam), shared, line(store.valve, 2))
    assert CountSheet.objects.get(counted_by=sam).flags == ["stocktake_ended"]
    asked = Discrepancy.objects.get()
    assert (asked.kind, asked.quantity, asked.status) == ("counted_more", Decimal(2), "open")
    assert store.on_hand(store.depot, store.valve) == 12


def test_a_phone_sees_what_is_to_be_counted_and_hands_in_its_sheet(people: People, phone, store: Store):
    store.receive(store.van, store.valve, 5)
    store.receive(store.van, store.hose, 5)
    wanted = open_stocktake(
        actor=online(people.storekeeper),
        occurred_at=MORNING,
        location_id=store.van.pk,
        kind="cycle",
        part_ids=[store.valve.pk],
        blind=True,
    )
    handset = phone(people.technician)
    handset.pull()
    document = handset.document("stocktakes", wanted.pk)
    assert (document["wanted"], document["blind"]) == ([str(store.valve.pk)], True)
    lines = [{"part_id": store.valve, "quantity": "1"}]
    handset.does("stocktake.hand_in_sheet", hours_ago=1, stocktake_id=wanted, lines=lines)
    assert handset.push() == ["applied"]
    finishes(online(people.storekeeper), wanted)
    handset.pull()
    document = handset.document("stocktakes", wanted.pk)
    assert [sheet["counted_by_id"] for sheet in document["sheets"]] == [str(people.technician.pk)]
    assert handset.replica() == fresh_phone(people.technician).replica()


# Blind, and again


def test_who_counts_blind_is_not_told_what_the_books_say_before_somebody_has_decided(
    api, store: Store, people: People, tom: Actor
):
    store.receive(store.van, store.valve, 20)
    opened = open_stocktake(actor=online(people.storekeeper), occurred_at=MORNING, location_id=store.van.pk, blind=True)
    counted = count(tom, store, line(store.valve, 5), id=opened.pk)
    theirs = api(people.technician).get(f"/api/v1/stocktakes/{counted.pk}").json()
    assert (theirs["value"], [(row["counted"], row["expected"], row["variance"]) for row in theirs["lines"]]) == (
        None,
        [("5", None, None)],
    )
    listed = api(people.technician).get("/api/v1/stocktakes").json()["results"]
    assert [row["value"] for row in listed] == [None]
    assert api(people.storekeeper).get(f"/api/v1/stocktakes/{counted.pk}").json()["lines"][0]["expected"] == "20"
    assert step(api(people.storekeeper), counted, "post", note="stolen").status_code == 200
    theirs = api(people.technician).get(f"/api/v1/stocktakes/{counted.pk}").json()
    assert theirs["lines"][0]["variance"] == "-15"


def test_a_count_that_is_doubted_is_made_again_of_what_varied(api, stella, store: Store, tom: Actor, people: People):
    store.receive(store.van, store.hose, 1)
    store.receive(store.van, store.valve, 20)
    doubted = count(tom, store, line(store.valve, 5), line(store.hose, 1))
    assert refusal(step(api(people.technician), doubted, "recount", reason="?"))[0] == 403
    new = str(uuid7())
    again = step(stella, doubted, "recount", reason="Look behind the seat.", id=new)
    assert again.status_code == 200
    assert step(stella, doubted, "recount", reason="Look behind the seat.", id=new).json() == again.json()
    body = again.json()
    assert (body["id"], body["kind"], body["blind"], body["recount_of"]) == (new, "cycle", True, str(doubted.pk))
    assert [part["number"] for part in body["wanted"]] == [store.valve.number]
    doubted.refresh_from_db()
    assert (doubted.status, Discrepancy.objects.filter(status="open").count()) == ("cancelled", 0)
    count(tom, store, line(store.valve, 20), id=UUID(new), kind="cycle", at=LATER)
    assert Stocktake.objects.get(pk=new).status == "posted"
    assert refusal(step(stella, doubted, "recount", reason="?")) == (409, "stocktake_transition_not_allowed")


def test_a_full_count_wants_no_parts_by_name_and_a_cycle_count_only_known_ones(stella, store: Store):
    body = {"location_id": store.van.pk, "part_ids": [store.valve.pk]}
    assert codes(stella.post("/api/v1/stocktakes", body).json()["errors"]) == {"part_ids": "full_counts_all"}
    body = {"location_id": store.van.pk, "kind": "cycle", "part_ids": [store.valve.pk, uuid7()]}
    assert codes(stella.post("/api/v1/stocktakes", body).json()["errors"]) == {"part_ids.1": "part_not_known"}


def store_use(user: User, store: Store, part: Part, at: datetime) -> None:
    use_part(actor=online(user), occurred_at=at, location_id=store.depot.pk, part_id=part.pk, quantity=Decimal(1))
