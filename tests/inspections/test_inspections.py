"""Inspections: raised by themselves, each once, whatever happens to the plan, the equipment or the worker."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from tests.people import People
from tests.statements import statements
from tests.world import World
from tickets.clock.models import BusinessCalendar, CalendarWindow, Holiday
from tickets.complaints.services import resolve_ticket
from tickets.inspections.jobs import raise_inspections
from tickets.inspections.models import Inspection, InspectionPlan, ServiceLife
from tickets.models import Asset, ServiceAccount, Site, Ticket
from tickets.visits.services import dispatch_visit

PLANS = "/api/v1/inspection-plans"
NEW_YEAR = date(2031, 1, 1)


def at(day: date, hour: int = 4) -> datetime:
    """Noon in Shanghai."""
    return datetime.combine(day, time(hour), UTC)


def works(day: date) -> None:
    """The worker's job, on that day."""
    with time_is(at(day)):
        raise_inspections()


@pytest.fixture
def account(people: People, world: World) -> ServiceAccount:
    return ServiceAccount.objects.create(
        number="G-1", site=world.site, holder=people.resident, holder_name="Rosa", customer_class="hotel"
    )


@pytest.fixture
def meter(world: World, account: ServiceAccount) -> Asset:
    return Asset.objects.create(
        site=world.site, account=account, kind="gas meter", serial="M-1", installed_on=date(2020, 5, 4)
    )


@pytest.fixture
def terms(world: World) -> dict[str, Any]:
    return {
        "code": "meters",
        "name": "Gas meters",
        "name_zh": "燃气表年检",
        "service_type_id": world.service_type.pk,
        "subject": "asset",
        "asset_kind": "gas meter",
        "rule": "FREQ=MONTHLY;BYMONTHDAY=15",
        "starts_on": "2031-01-01",
        "lead_days": 7,
    }


@pytest.fixture
def plan(api: Any, people: People, terms: dict[str, Any], meter: Asset) -> Callable[..., InspectionPlan]:
    def plan(**changes: Any) -> InspectionPlan:
        answer = api(people.administrator).post(PLANS, terms | changes)
        assert answer.status_code == 201, answer.content
        return InspectionPlan.objects.get(pk=answer.json()["id"])

    return plan


def raised(**which: Any) -> Any:
    """The one inspection that there is."""
    return Inspection.objects.get(**which)


def periods() -> list[str]:
    return list(Inspection.objects.order_by("due_on", "id").values_list("period", flat=True))


def solves(people: People, ticket: Ticket | None, day: date) -> None:
    assert ticket is not None
    with time_is(at(day, 5)):
        actor = Actor(people.agent)
        resolve_ticket(actor=actor, occurred_at=now(), ticket_id=ticket.pk, resolution_code="repaired")


def test_a_ticket_is_raised_in_good_time_and_the_customer_hears_of_it(api, people, plan, meter, account):
    plan()
    works(date(2031, 1, 7))
    assert periods() == []
    works(date(2031, 1, 8))
    inspection = raised()
    ticket = inspection.ticket
    assert (ticket.source, ticket.asset, ticket.account, ticket.resident) == ("plan", meter, account, people.resident)
    assert (ticket.title, inspection.due_on) == ("Gas meters", date(2031, 1, 15))
    notice = Notice.objects.get(user=people.resident, kind="inspection_due")
    assert "2031-01-15" in notice.body
    assert not Notice.objects.filter(kind="ticket_received").exists()
    with time_is(at(date(2031, 1, 8))):
        [shown] = api(people.dispatcher).get("/api/v1/inspections", {"state": "due"}).json()["results"]
    assert (shown["state"], shown["ticket_reference"], shown["period"]) == ("due", ticket.reference, "2031-01")


@pytest.mark.parametrize(
    ("zone", "first"), [("Asia/Shanghai", at(date(2031, 1, 8), 1)), ("America/New_York", at(date(2031, 1, 8), 14))]
)
def test_nobody_is_woken_up_by_it(people, plan, zone, first):
    """The worker looks all the time; the ticket is raised, and the customer told, from nine where they are."""
    people.north.time_zone = zone
    people.north.save()
    plan()
    begins = at(date(2031, 1, 7), 12)
    for hours in range(48):
        with time_is(begins + timedelta(hours=hours)):
            raise_inspections()
        if Inspection.objects.exists():
            break
    assert raised().raised_at == first
    assert Notice.objects.filter(user=people.resident, kind="inspection_due").count() == 1


def test_the_worker_may_run_as_often_as_it_likes(plan):
    plan()
    for _ in range(3):
        works(date(2031, 1, 15))
    assert periods() == ["2031-01"]


def test_each_month_has_its_own_once_the_last_was_done(people, plan):
    plan()
    for month in (1, 2, 3):
        works(date(2031, month, 15))
        solves(people, Inspection.objects.latest("due_on").ticket, date(2031, month, 16))
    assert periods() == ["2031-01", "2031-02", "2031-03"]


def test_what_is_open_is_overdue_and_not_raised_a_second_time(api, people, plan):
    plan()
    works(date(2031, 1, 15))
    works(date(2031, 2, 15))
    assert periods() == ["2031-01"]
    with time_is(at(date(2031, 2, 15))):
        [shown] = api(people.dispatcher).get("/api/v1/inspections", {"state": "overdue"}).json()["results"]
    assert shown["state"] == "overdue"
    solves(people, raised().ticket, date(2031, 2, 16))
    works(date(2031, 2, 16))
    assert periods() == ["2031-01", "2031-02"]


def test_after_months_without_a_worker_one_ticket_is_raised_and_not_many(plan):
    plan()
    works(date(2031, 6, 20))
    assert periods() == ["2031-06"]


def test_a_changed_rule_raises_nothing_twice(api, people, plan):
    made = plan()
    works(date(2031, 1, 15))
    solves(people, raised().ticket, date(2031, 1, 16))
    changed = api(people.administrator).patch(f"{PLANS}/{made.pk}", {"rule": "FREQ=MONTHLY;BYMONTHDAY=20"})
    assert changed.status_code == 200
    works(date(2031, 1, 20))
    assert periods() == ["2031-01"]
    works(date(2031, 2, 20))
    assert periods() == ["2031-01", "2031-02"]


def test_the_database_lets_nobody_raise_a_period_twice(plan):
    plan()
    works(date(2031, 1, 15))
    inspection = raised()
    with pytest.raises(IntegrityError), transaction.atomic():
        Inspection.objects.create(
            plan=inspection.plan,
            asset=inspection.asset,
            period="2031-01",
            due_on=date(2031, 1, 20),
            raised_at=now(),
            skipped_at=now(),
            skip_reason="?",
        )


@pytest.mark.parametrize(
    ("rule", "period", "due"),
    [
        ("FREQ=WEEKLY;BYDAY=TU", "2031-W03", date(2031, 1, 14)),
        ("FREQ=MONTHLY;BYDAY=2TH", "2031-01", date(2031, 1, 9)),
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=10", "2031", date(2031, 1, 10)),
        ("FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=-20", "2031-01", date(2031, 1, 12)),
        ("FREQ=DAILY;BYDAY=MO,TH", "2031-01-13", date(2031, 1, 13)),
    ],
)
def test_a_plan_goes_by_a_recurrence_rule(plan, rule, period, due):
    plan(rule=rule, lead_days=0)
    works(date(2031, 1, 15))
    inspection = raised()
    assert (inspection.period, inspection.due_on) == (period, due)


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every month",
        "BYMONTHDAY=1",
        "FREQ=HOURLY",
        "FREQ=MONTHLY;COUNT=3",
        "FREQ=MONTHLY;UNTIL=20320101",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",  # two in a period
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",  # never
        "FREQ=MONTHLY;BYMONTHDAY=77",
        "FREQ=MONTHLY;FREQ=WEEKLY",
        "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=MONTHLY\nDTSTART:20310101",
    ],
)
def test_what_is_no_rule_is_refused(api, people, terms, meter, rule):
    refused = api(people.administrator).post(PLANS, terms | {"rule": rule}).json()
    assert refused["code"] in ("rule_not_valid", "invalid_input")
    assert refused["errors"][0]["field"] == "rule"
    assert InspectionPlan.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"asset_kind": ""}, "plan_not_valid", "asset_kind"),
        ({"subject": "account"}, "plan_not_valid", "asset_kind"),
        ({"ends_on": "2030-01-01"}, "plan_not_valid", "ends_on"),
        ({"lead_days": -1}, "invalid_input", "lead_days"),
        ({"service_type_id": "0192f000-0000-7000-8000-000000000000"}, "service_type_unknown", "service_type_id"),
        ({"territory_id": "0192f000-0000-7000-8000-000000000000"}, "territory_unknown", "territory_id"),
        ({"calendar_id": "0192f000-0000-7000-8000-000000000000"}, "calendar_unknown", "calendar_id"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(api, people, terms, change, code, field):
    refused = api(people.administrator).post(PLANS, terms | change).json()
    assert (refused["code"], refused["errors"][0]["field"]) == (code, field)


def test_where_nobody_works_on_the_day_it_is_due_on_the_next_one_that_is_open(plan):
    calendar = BusinessCalendar.objects.create(code="office", name="Office", time_zone="Asia/Shanghai")
    for weekday in range(5):
        CalendarWindow.objects.create(calendar=calendar, weekday=weekday, opens=time(9), closes=time(17))
    Holiday.objects.create(calendar=calendar, day=date(2031, 2, 17), name="Holiday")  # the Monday
    made = plan(calendar_id=calendar.pk, starts_on="2031-02-01")  # the 15th is a Saturday
    works(date(2031, 2, 15))
    assert raised().due_on == date(2031, 2, 18)
    InspectionPlan.objects.filter(pk=made.pk).update(shift="previous")
    Inspection.objects.all().delete()
    works(date(2031, 2, 15))
    assert raised().due_on == date(2031, 2, 14)


def test_a_plan_is_looked_at_before_it_is_saved(api, people, terms, meter):
    asked = {name: value for name, value in terms.items() if name != "code"}
    with time_is(at(date(2031, 1, 10))):
        shown = api(people.administrator).post(f"{PLANS}/preview", asked | {"count": 2}).json()
    assert [(due["day"], due["period"]) for due in shown["dates"]] == [
        ("2031-01-15", "2031-01"),
        ("2031-02-15", "2031-02"),
    ]
    assert (shown["subjects"], InspectionPlan.objects.count()) == (1, 0)
    refused = api(people.administrator).post(f"{PLANS}/preview", asked | {"rule": "FREQ=MONTHLY;BYMONTHDAY=1,2"})
    assert refused.json()["code"] == "rule_not_valid"


def test_plans_are_for_places_kinds_and_classes(people, plan, world, meter):
    south = Site.objects.create(territory=people.south, address="Harbour 1")
    Asset.objects.create(site=south, kind="gas meter", serial="M-2")
    Asset.objects.create(site=world.site, kind="boiler", serial="M-3")
    plan(territory_id=people.north.pk, customer_class="hotel")
    plan(code="homes", customer_class="home")
    works(date(2031, 1, 15))
    assert [inspection.asset for inspection in Inspection.objects.all()] == [meter]


def test_contracts_are_visited_as_well(plan, account):
    plan(subject="account", asset_kind="", rule="FREQ=WEEKLY;BYDAY=MO")
    works(date(2031, 1, 13))
    inspection = raised()
    assert (inspection.account, inspection.ticket.account, inspection.ticket.site) == (account, account, account.site)


def test_equipment_that_came_later_or_is_gone_is_left_out(plan, world, meter):
    Asset.objects.create(site=world.site, kind="gas meter", serial="M-2", installed_on=date(2031, 1, 16))
    Asset.objects.create(site=world.site, kind="gas meter", serial="M-3", removed_on=date(2030, 1, 1))
    plan()
    works(date(2031, 1, 20))
    assert [inspection.asset for inspection in Inspection.objects.all()] == [meter]


def test_the_open_ticket_of_equipment_that_is_removed_is_called_off(api, people, plan, meter):
    plan()
    works(date(2031, 1, 15))
    removed = api(people.dispatcher).patch(f"/api/v1/assets/{meter.pk}", {"removed_on": "2031-01-16"})
    assert removed.json()["removed_on"] == "2031-01-16"
    works(date(2031, 1, 17))
    inspection = raised()
    assert (inspection.ticket.status, inspection.skip_reason) == ("cancelled", "The equipment was removed.")


def test_a_plan_ends_and_its_open_tickets_are_cancelled_unless_somebody_is_to_go_there(api, people, world, plan, meter):
    other = Asset.objects.create(site=world.site, kind="gas meter", serial="M-2")
    made = plan()
    works(date(2031, 1, 15))
    taken = raised(asset=other).ticket
    start = at(date(2031, 1, 16))
    dispatch_visit(
        actor=Actor(people.dispatcher),
        occurred_at=start,
        ticket_id=taken.pk,
        technician_id=people.technician.pk,
        window_start=start,
        window_end=start + timedelta(hours=1),
    )
    body = {"ends_on": "2031-01-16", "cancel_open": True, "reason": "Another firm does it."}
    ended = api(people.administrator).post(f"{PLANS}/{made.pk}/end", body).json()
    free = raised(asset=meter).ticket
    assert (ended["cancelled"], ended["kept"]) == ([str(free.pk)], [str(taken.pk)])
    assert (free.status, Ticket.objects.get(pk=taken.pk).status) == ("cancelled", "dispatched")
    works(date(2031, 2, 15))
    assert len(periods()) == 2


def test_an_inspection_is_skipped_with_a_reason(api, people, plan):
    plan()
    works(date(2031, 1, 15))
    path = f"/api/v1/inspections/{raised().pk}/skip"
    assert api(people.dispatcher).post(path, {}).json()["code"] == "invalid_input"
    skipped = api(people.dispatcher).post(path, {"reason": "The house is empty."}).json()
    assert (skipped["state"], skipped["skip_reason"]) == ("skipped", "The house is empty.")
    assert Ticket.objects.get().status == "cancelled"
    works(date(2031, 1, 20))
    assert periods() == ["2031-01"]


def test_what_was_done_is_not_skipped(api, people, plan):
    plan()
    works(date(2031, 1, 15))
    inspection = raised()
    solves(people, inspection.ticket, date(2031, 1, 16))
    refused = api(people.dispatcher).post(f"/api/v1/inspections/{inspection.pk}/skip", {"reason": "?"})
    assert refused.json()["code"] == "inspection_over"


def test_one_that_is_still_to_come_is_left_out(api, people, plan, meter):
    path = f"{PLANS}/{plan().pk}/skip"
    said = {"asset_id": meter.pk, "day": "2031-02-15", "reason": "Rebuilding."}
    refused = api(people.dispatcher).post(path, said | {"day": "2031-02-16"}).json()
    assert (refused["code"], refused["errors"][0]["field"]) == ("day_not_in_plan", "day")
    assert api(people.dispatcher).post(path, said | {"asset_id": None}).status_code == 400
    assert api(people.dispatcher).post(path, said).json()["state"] == "skipped"
    assert api(people.dispatcher).post(path, said).json()["code"] == "inspection_raised"
    works(date(2031, 2, 15))
    assert periods() == ["2031-02"]
    assert Ticket.objects.count() == 0


def test_a_plan_that_cannot_raise_its_tickets_says_why_and_holds_up_no_other(api, people, world, plan, terms, meter):
    broken = plan(code="broken")
    world.service_type.__class__.objects.create(code="second", name="Second")
    world.service_type.__class__.objects.filter(pk=world.service_type.pk).update(is_active=False)
    good = plan(code="good", service_type_id=world.service_type.__class__.objects.get(code="second").pk)
    works(date(2031, 1, 15))
    broken.refresh_from_db()
    assert "service_type_unknown" in broken.last_error
    assert raised().plan == good
    world.service_type.__class__.objects.update(is_active=True)
    works(date(2031, 1, 15))
    broken.refresh_from_db()
    assert (broken.last_error, Inspection.objects.count()) == ("", 2)


# Components


@pytest.fixture
def life(api: Any, people: People, world: World) -> Callable[..., ServiceLife]:
    def life(**changes: Any) -> ServiceLife:
        said = {
            "asset_kind": "gas meter",
            "component": "battery",
            "months": 120,
            "service_type_id": world.service_type.pk,
            "valid_from": "2020-01-01",
            "lead_days": 30,
        }
        answer = api(people.administrator).post("/api/v1/service-lives", said | changes)
        assert answer.status_code == 201, answer.content
        return ServiceLife.objects.get(pk=answer.json()["id"])

    return life


def test_a_component_over_its_service_life_raises_a_ticket_once(people, life, meter):
    """Installed in May 2020, for ten years."""
    life()
    works(date(2030, 4, 3))
    assert Inspection.objects.count() == 0
    for _ in range(2):
        works(date(2030, 4, 4))
    inspection = raised()
    assert (inspection.component, inspection.due_on, inspection.period) == ("battery", date(2030, 5, 4), "2020-05-04")
    solves(people, inspection.ticket, date(2030, 4, 5))
    works(date(2030, 5, 5))
    assert Inspection.objects.count() == 1


def test_a_component_that_was_replaced_begins_anew(api, people, world, life, meter):
    life()
    part = world.part("BATTERY", aboard=2)
    visit = world.dispatched_visit()
    api(people.technician).post(f"/api/v1/visits/{visit.pk}/check-in", {})
    body = {"asset_id": meter.pk, "component": "battery", "part_id": part.pk, "installed_serial": "B-2"}
    swapped = api(people.technician).post(f"/api/v1/visits/{visit.pk}/swap-part", body)
    assert swapped.status_code == 201, swapped.content
    works(date(2031, 5, 5))
    assert Inspection.objects.count() == 0
    ten_years = now().date().replace(year=now().year + 10)
    works(ten_years + timedelta(days=1))
    assert raised().asset == meter


def test_a_territorys_own_service_life_goes_before_that_of_everywhere(people, life, meter):
    life()
    life(territory_id=people.north.pk, months=240)
    works(date(2031, 1, 1))
    assert Inspection.objects.count() == 0


def test_two_service_lives_never_hold_at_once(api, people, life, world):
    life()
    said = {"asset_kind": "gas meter", "component": "battery", "months": 6, "service_type_id": world.service_type.pk}
    refused = api(people.administrator).post("/api/v1/service-lives", said | {"valid_from": "2021-01-01"}).json()
    assert refused["code"] == "service_life_overlaps"
    refused = api(people.administrator).post(
        "/api/v1/service-lives", said | {"valid_from": "2021-01-01", "valid_until": "2021-01-01"}
    )
    assert refused.json()["code"] == "service_life_not_valid"


# Who sees what


def test_inspections_are_for_the_desk_of_the_place(api, people: People, plan):
    made = plan(territory_id=people.north.pk)
    works(date(2031, 1, 15))
    inspection = raised()
    for person, seen in (
        (people.dispatcher, True),
        (people.agent, True),
        (people.administrator, True),
        (people.southern_dispatcher, False),
        (people.technician, False),
        (people.resident, False),
    ):
        client = api(person)
        assert len(client.get("/api/v1/inspections").json()["results"]) == seen
        assert (client.get(f"/api/v1/inspections/{inspection.pk}").status_code == 200) == seen
        assert (client.get(f"{PLANS}/{made.pk}").status_code == 200) == seen
    assert api(people.agent).post(f"/api/v1/inspections/{inspection.pk}/skip", {"reason": "?"}).status_code == 403


def test_many_inspections_cost_what_one_costs(api, people, world, plan):
    plan()
    works(date(2031, 1, 15))
    reader = api(people.dispatcher)
    reader.get("/api/v1/inspections")
    for _ in range(2):
        with statements(2):  # who asks, inspections
            reader.get("/api/v1/inspections")
        Asset.objects.create(site=world.site, kind="gas meter")
        works(date(2031, 1, 16))
    assert Inspection.objects.count() == 3
