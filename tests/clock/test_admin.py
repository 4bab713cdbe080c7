"""Configuration in the admin site: the same rules, and open clocks follow."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from parts.models import Part
from tests.clock.conftest import after, clock, sweep_at
from tickets.clock.models import BusinessCalendar, ClockTimer, Target
from tickets.service_types.models import ServiceType

SITE = "/admin/tickets"


@pytest.fixture
def browser(db: None) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root", "a-long-password-9", name="Root"))
    return browser


def inlines(*names: str) -> dict[str, str]:
    """What a page says about its empty inline tables."""
    return {f"{name}-{key}": "0" for name in names for key in ("TOTAL_FORMS", "INITIAL_FORMS")}


@pytest.mark.parametrize("page", ["businesscalendar", "slapolicy", "policyperiod", "ticketclock", "servicetype"])
def test_every_list_opens(browser, ticket, page):
    BusinessCalendar.objects.create(code="office", name="Office", time_zone="UTC")
    assert browser.get(f"{SITE}/{page}/").status_code == 200


def test_a_clock_can_be_looked_at_and_not_changed(browser, ticket):
    page = f"{SITE}/ticketclock/{clock(ticket).pk}/change/"
    assert browser.get(page).status_code == 200
    assert browser.post(page, {"state": "met"}).status_code == 403


def test_open_clocks_follow_a_policy_that_was_changed_here(browser, ticket, service_type):
    policy = service_type.policy
    promise = policy.targets.get(target=Target.ON_SITE)
    table = {
        "targets-TOTAL_FORMS": "1",
        "targets-INITIAL_FORMS": "1",
        "targets-0-id": str(promise.pk),
        "targets-0-policy": str(policy.pk),
        "targets-0-target": "on_site",
        "targets-0-target_duration": "08:00:00",
        "targets-0-limit_duration": "16:00:00",
        "targets-0-warn_percents": "50,100",
        "targets-0-pausing_reasons": "waiting_for_part",
    }
    saved = browser.post(
        f"{SITE}/slapolicy/{policy.pk}/change/", {"code": policy.code, "name": policy.name, "name_zh": "", **table}
    )
    assert saved.status_code == 302
    assert ClockTimer.objects.filter(stale=True).exists()
    sweep_at(24 * 365)
    assert clock(ticket).due_at == after(8)
    assert clock(ticket).target_duration == timedelta(hours=8)


def test_the_admin_site_refuses_the_forms_that_the_api_refuses_and_takes_likely_parts(browser, service_type):
    def save(form, **parts):
        fields = {
            "code": "broadband",
            "name": "Broadband",
            "name_zh": "",
            "policy": str(service_type.policy_id),
            "checklist": "[]",
            "resolution_codes": "[]",
            "default_priority": "3",
            "visit_minutes": "60",
            "duplicate_hours": "72",
            "repeat_days": "15",
            "outage_tickets": "5",
            "outage_minutes": "30",
            "is_active": "on",
            "form": form,
        }
        tables = inlines("servicetypeskill_set", "likely_parts")
        return browser.post(f"{SITE}/servicetype/{service_type.pk}/change/", {**fields, **tables, **parts})

    assert save('{"type": "array"}').status_code == 200
    assert save('{"type": "object", "properties": {"floor": {"type": "integer"}}}').status_code == 302
    assert ServiceType.objects.get().form["properties"] == {"floor": {"type": "integer"}}

    valve = Part.objects.create(number="valve", name="Valve")
    row = {"likely_parts-TOTAL_FORMS": "1", "likely_parts-0-part": str(valve.pk), "likely_parts-0-position": "1"}
    form = '{"type": "object", "properties": {}}'
    assert save(form, **row, **{"likely_parts-0-quantity": "0"}).status_code == 200
    assert save(form, **row, **{"likely_parts-0-quantity": "2"}).status_code == 302
    assert [(likely.part, likely.quantity) for likely in service_type.likely_parts.all()] == [(valve, 2)]
