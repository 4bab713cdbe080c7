"""Which policy holds: by service type, class of customer and the day of the report; and a change from a day on."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from fieldsvc.time import time_is
from tests.clock.conftest import MONDAY, Report, after, clock, sweep_at
from tests.people import People
from tests.tickets.conftest import Api, codes
from tickets.clock.models import PolicyPeriod, PolicyTarget, SlaPolicy, Target
from tickets.clock.services import recompute_clocks, start_clock
from tickets.complaints.models import Ticket
from tickets.service_types.models import ServiceType
from tickets.sites.models import ServiceAccount, Site

PERIODS = "/api/v1/policy-periods"


@pytest.fixture
def admin(api: Api, people: People) -> APIClient:
    return api(people.administrator)


def policy(code: str, hours: int) -> SlaPolicy:
    """Somebody on site within so many hours; half of them for what is most urgent."""
    made = SlaPolicy.objects.create(code=code, name=code)
    for priority, part in ((None, 1), (1, 2)):
        duration = timedelta(hours=hours) / part
        PolicyTarget.objects.create(
            policy=made, target=Target.ON_SITE, priority=priority, target_duration=duration, limit_duration=duration
        )
    return made


def ask(client: APIClient, made: SlaPolicy, at: datetime = MONDAY, **what: Any) -> Any:
    with time_is(at):
        return client.post(f"/api/v1/sla-policies/{made.pk}/periods", what)


def hold(client: APIClient, made: SlaPolicy, at: datetime = MONDAY, **what: Any) -> dict[str, Any]:
    answer = ask(client, made, at, **what)
    assert answer.status_code == 201, answer.content
    period: dict[str, Any] = answer.json()
    return period


@pytest.fixture
def gold(people: People) -> ServiceAccount:
    site = Site.objects.create(territory=people.north, address="3-201")
    return ServiceAccount.objects.create(number="A-1", site=site, customer_class="gold")


def promised(ticket: Ticket) -> tuple[str, float]:
    """By which policy, and within how many hours."""
    found = clock(ticket)
    return found.policy.code, found.target_duration / timedelta(hours=1)


def test_a_contract_is_promised_what_its_class_says_and_a_service_type_what_it_says(
    admin: APIClient, report: Report, service_type: ServiceType, gold: ServiceAccount
) -> None:
    lift = ServiceType.objects.create(code="lift", name="Lift")
    plain = ServiceAccount.objects.create(number="A-2", site=gold.site)
    hold(admin, policy("of-type", 20), service_type="broadband")
    hold(admin, policy("of-class", 10), customer_class="gold")
    hold(admin, policy("of-both", 5), service_type="broadband", customer_class="gold")
    assert promised(report(account=gold)) == ("of-both", 5)
    assert promised(report(account=gold, priority=1)) == ("of-both", 2.5)
    assert promised(report(account=gold, service_type=lift)) == ("of-class", 10)
    assert promised(report(account=plain)) == ("of-type", 20)
    assert promised(report()) == ("of-type", 20)
    assert promised(report(service_type=lift)) == ("standard", 24)


def test_from_a_day_on_another_policy_holds_and_what_was_reported_before_keeps_its_terms(
    admin: APIClient, report: Report, people: People
) -> None:
    first = hold(admin, policy("this-year", 20), service_type="broadband")
    before = report()
    hold(admin, policy("next-year", 10), service_type="broadband", holds_from=after(2))
    late = report(reported_at=after(1.99))
    with time_is(after(5)):  # a complaint of yesterday goes by the terms of yesterday, whenever we hear of it
        heard_later = report(reported_at=after(1))
    since = report(reported_at=after(2))
    assert [promised(ticket)[0] for ticket in (before, late, heard_later, since)] == [
        "this-year",
        "this-year",
        "this-year",
        "next-year",
    ]
    assert admin.get(f"{PERIODS}/{first['id']}").json()["holds_until"] == after(2).isoformat().replace("+00:00", "Z")
    # Also when it becomes more urgent, or the sweep comes by.
    Ticket.objects.filter(pk=before.pk).update(priority=1)
    before.refresh_from_db()
    recompute_clocks(before, at=after(3))
    sweep_at(3)
    assert promised(before) == ("this-year", 10)


def test_the_result_is_told_by_the_terms_of_the_ticket_whatever_holds_by_then(
    admin: APIClient, report: Report, people: People
) -> None:
    made = policy("this-year", 20)
    PolicyTarget.objects.create(
        policy=made,
        target=Target.CALLBACK,
        target_duration=timedelta(hours=2),
        limit_duration=timedelta(hours=2),
    )
    hold(admin, made, service_type="broadband")
    ticket = report()
    hold(admin, policy("next-year", 10), service_type="broadband", holds_from=after(2))
    promise = start_clock(ticket, Target.CALLBACK, at=after(9))
    assert promise is not None
    assert (promise.policy.code, promise.due_at) == ("this-year", after(11))


def test_a_customer_whose_class_changes_keeps_the_terms_of_what_was_reported(
    admin: APIClient, report: Report, gold: ServiceAccount
) -> None:
    hold(admin, policy("of-class", 10), customer_class="gold")
    ticket = report(account=gold)
    gold.customer_class = ""
    gold.save()
    recompute_clocks(ticket, at=after(1))
    assert promised(ticket) == ("of-class", 10)
    assert promised(report(account=gold)) == ("standard", 24)


def test_a_period_that_ends_gives_way_to_the_next_best(admin: APIClient, report: Report) -> None:
    period = hold(admin, policy("summer", 10), service_type="broadband")
    with time_is(after(2)):
        ended = admin.post(f"{PERIODS}/{period['id']}/end")
        assert ended.status_code == 200, ended.content
        again = admin.post(f"{PERIODS}/{period['id']}/end")
        assert (again.status_code, again.json()["code"]) == (409, "period_ended")
    assert promised(report(reported_at=after(1)))[0] == "summer"
    assert promised(report(reported_at=after(2)))[0] == "standard"


def test_two_policies_never_hold_for_the_same_at_once(admin: APIClient, report: Report) -> None:
    made = policy("quick", 10)
    standing = hold(admin, made, customer_class="gold", holds_from=after(10), holds_until=after(20))
    in_the_way = ask(admin, made, customer_class="gold", holds_from=after(5))
    assert (in_the_way.status_code, in_the_way.json()["code"]) == (409, "policy_period_overlaps")
    assert in_the_way.json()["period"] == standing["id"]
    assert PolicyPeriod.objects.count() == 1
    hold(admin, made, customer_class="gold", holds_from=after(5), holds_until=after(10))
    hold(admin, made, customer_class="gold", holds_from=after(20))
    hold(admin, made, customer_class="silver", holds_from=after(12))
    with pytest.raises(IntegrityError, match="one_policy_at_a_time"), transaction.atomic():
        PolicyPeriod.objects.create(policy=made, customer_class="gold", holds_from=after(30))


@pytest.mark.parametrize(
    ("what", "field", "code"),
    [
        ({}, "service_type", "period_for_nobody"),
        ({"service_type": "flowers"}, "service_type", "service_type_unknown"),
        ({"customer_class": "gold", "holds_from": after(-1)}, "holds_from", "period_in_past"),
        ({"customer_class": "gold", "holds_until": MONDAY}, "holds_until", "period_ends_before_it_starts"),
        ({"customer_class": "very gold"}, "customer_class", "invalid"),
    ],
)
def test_bad_periods_name_the_field_and_leave_nothing(
    admin: APIClient, db: None, what: dict[str, Any], field: str, code: str
) -> None:
    answer = ask(admin, policy("quick", 10), **what)
    assert (answer.status_code, codes(answer)) == (400, {field: code})
    assert not PolicyPeriod.objects.exists()


def test_what_tickets_go_by_is_ended_and_what_is_to_come_is_deleted(admin: APIClient, db: None) -> None:
    made = policy("quick", 10)
    begun = hold(admin, made, customer_class="gold")
    coming = hold(admin, made, customer_class="silver", holds_from=after(9))
    with time_is(after(1)):
        refused = admin.delete(f"{PERIODS}/{begun['id']}")
        assert (refused.status_code, refused.json()["code"]) == (409, "period_begun")
        early = admin.post(f"{PERIODS}/{coming['id']}/end")
        assert (early.status_code, early.json()["code"]) == (409, "period_not_begun")
        assert codes(admin.post(f"{PERIODS}/{begun['id']}/end", {"holds_until": MONDAY})) == {
            "holds_until": "period_in_past"
        }
        assert admin.delete(f"{PERIODS}/{coming['id']}").status_code == 204
        assert admin.delete(f"{PERIODS}/{coming['id']}").status_code == 404
    in_use = admin.delete(f"/api/v1/sla-policies/{made.pk}")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "policy_in_use")


def test_a_repeated_request_under_the_same_id_is_refused(admin: APIClient, db: None) -> None:
    made, period_id = policy("quick", 10), str(uuid4())
    hold(admin, made, customer_class="gold", id=period_id)
    again = ask(admin, made, customer_class="silver", id=period_id)
    assert (again.status_code, again.json()["code"]) == (409, "id_taken")


def test_the_desk_says_of_which_class_a_contract_is(api: Api, people: People, gold: ServiceAccount) -> None:
    desk = api(people.agent)
    changed = desk.patch(f"/api/v1/service-accounts/{gold.pk}", {"customer_class": "silver"})
    assert changed.json()["customer_class"] == "silver"
    assert desk.patch(f"/api/v1/service-accounts/{gold.pk}", {"customer_class": "so so"}).status_code == 400


def test_the_list_says_what_holds_at_a_moment_in_a_fixed_number_of_queries(
    admin: APIClient, django_assert_max_num_queries: Any
) -> None:
    made = policy("quick", 10)
    for number in range(6):
        hold(admin, made, customer_class="gold", holds_from=after(number))
    with django_assert_max_num_queries(3):  # token, its renewal, rows
        assert len(admin.get(PERIODS).json()["results"]) == 6
    (held,) = admin.get(PERIODS, {"at": after(2.5).isoformat()}).json()["results"]
    assert held["holds_from"] == after(2).isoformat().replace("+00:00", "Z")
