"""The demonstration: what stands there after loading it, and that everybody in it can sign in."""

import json
from collections import defaultdict
from decimal import Decimal
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import Role, RoleGrant, User
from fieldsvc.demo.people import PASSWORD, RESIDENTS, STAFF
from parts.locations.models import Location
from parts.stock.models import StockBalance, StockMovement
from tickets.models import (
    AccountOffer,
    Call,
    Callback,
    CallbackQuota,
    CheckIn,
    HandOver,
    OfferedWindow,
    QuoteLine,
    Recovery,
    Refund,
    Repayment,
    ReplyTemplate,
    SampledTicket,
    Scorecard,
    ScorecardVersion,
    ServiceAccount,
    StaffComplaint,
    Ticket,
    Visit,
    VisitRating,
)


@pytest.fixture(scope="module")
def demonstration(lasting):
    """One loaded demonstration for all tests here, as loading takes seconds."""
    return run("load_demo")


pytestmark = pytest.mark.usefixtures("demonstration")


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def everything() -> dict[str, list[dict[str, object]]]:
    """Every row of our own tables."""
    ours = [apps.get_app_config(name) for name in ("accounts", "notifications", "parts", "sync", "tickets")]
    models = [model for app in ours for model in app.get_models()]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


def accounts() -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads(run("demo_accounts", "--json"))
    return listed


def client(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def test_loading_it_again_changes_nothing(demonstration):
    before = everything()

    again = run("load_demo")

    assert demonstration.splitlines()[-1].startswith("The demonstration is loaded")
    assert again.splitlines()[-1].startswith("The demonstration is unchanged")
    assert again.count("there already") == len(again.splitlines()) - 1
    for label, rows in everything().items():
        assert rows == before[label], label


def test_lists_and_boards_look_alive():
    assert Ticket.objects.filter(external_source="nyc311").count() == 1000
    live = Ticket.objects.exclude(source="import")
    assert live.count() == 36
    assert set(live.values_list("status", flat=True)) == set(Ticket.Status)
    assert set(Visit.objects.values_list("status", flat=True)) == set(Visit.Status)
    assert not CheckIn.objects.exclude(flags=[]).exists()


def test_there_is_something_to_hand_over_to_review_and_to_judge_by():
    assert set(Callback.objects.exclude(call=None).values_list("state", flat=True)) == {"open", "done"}
    assert set(Call.objects.values_list("result", flat=True)) >= {"answered", "cut_off", "callback_promised"}
    assert set(Scorecard.objects.values_list("subject", flat=True)) == {"agent", "technician", "territory"}
    assert all(sum(one.weight for one in version.criteria.all()) == 100 for version in ScorecardVersion.objects.all())
    assert SampledTicket.objects.filter(verdict__isnull=False).exists()
    assert VisitRating.objects.count() == 3
    assert StaffComplaint.objects.get().resident == AccountOffer.objects.get().offered_by
    assert HandOver.objects.get().matters.filter(theirs=True, callback__isnull=False).exists()


def test_the_desk_has_templates_hours_and_limits():
    assert set(ReplyTemplate.objects.values_list("kind", flat=True)) == {*ReplyTemplate.Kind.values} - {"other"}
    assert OfferedWindow.objects.count() == 21
    assert set(CallbackQuota.objects.values_list("per", flat=True)) == {"agent", "team"}


def test_something_was_free_under_warranty_something_went_back_and_somebody_asked_for_their_account():
    [free, charged] = QuoteLine.objects.select_related("warranty__ticket").order_by("number")
    assert free.warranty is not None
    assert (free.free_reason, free.warranty.ticket.resolution_code) == ("warranty", "connector_replaced")
    assert (charged.amount, Refund.objects.get().status) == (5000, "paid")
    assert [(one.status, one.amount) for one in Repayment.objects.all()] == [("confirmed", 2000)]
    assert Recovery.objects.get().status == "waiting"
    assert ServiceAccount.objects.get(number="XA-100202").household


def test_every_role_is_there_and_every_technician_has_a_stocked_van():
    assert set(RoleGrant.objects.values_list("role", flat=True)) == set(Role)
    technicians = User.objects.filter(role_grants__role=Role.TECHNICIAN)
    vans = Location.objects.filter(kind="van", keeper__in=technicians)
    assert vans.count() == technicians.count() == 8
    assert all(van.balances.filter(quantity__gt=0).exists() for van in vans)


def test_stock_is_what_its_movements_make_of_it():
    sums: dict[tuple[object, object, str], Decimal] = defaultdict(Decimal)
    for movement in StockMovement.objects.all():
        sums[movement.from_location_id, movement.part_id, movement.condition] -= movement.quantity
        sums[movement.to_location_id, movement.part_id, movement.condition] += movement.quantity
    for balance in StockBalance.objects.all():
        assert balance.quantity == sums[balance.location_id, balance.part_id, balance.condition]


def test_every_account_signs_in_over_the_api_with_its_token():
    listed = accounts()

    assert len(listed) == len(STAFF) + len(RESIDENTS)
    assert {account["role"] for account in listed} == set(Role)
    for account in listed:
        assert set(account) == {"username", "phone", "name", "role", "territory", "token"}
        answer = client(account["token"]).get("/api/v1/me")
        assert answer.status_code == 200
        assert answer.json()["name"] == account["name"]


@pytest.mark.parametrize(
    ("role", "lists"),
    [
        (Role.AGENT, ["tickets", "visits"]),
        (Role.DISPATCHER, ["tickets", "visits", "check-ins", "part-uses", "notices"]),
        (Role.TECHNICIAN, ["tickets", "visits", "parts", "notices"]),
        (Role.STOREKEEPER, ["parts", "locations"]),
        (Role.SUPERVISOR, ["tickets", "visits"]),
        (Role.RESIDENT, ["tickets", "visits"]),
    ],
)
def test_everybody_has_something_to_look_at(role, lists):
    account = next(account for account in accounts() if account["role"] == role)

    for name in lists:
        answer = client(account["token"]).get(f"/api/v1/{name}")
        assert answer.status_code == 200, name
        assert answer.json()["results"], name


def test_tokens_are_fresh_each_time():
    assert {account["token"] for account in accounts()}.isdisjoint({account["token"] for account in accounts()})


def test_the_table_for_people_says_how_to_sign_in():
    table = run("demo_accounts")

    assert PASSWORD in table
    assert "dispatcher.nyc" in table
    assert "one-time code" in table


@pytest.fixture
def undone(demonstration):
    """What the test changes is gone after it, failed attempts to sign in among it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def sign_in(username: str, password: str) -> int:
    return APIClient().post("/api/v1/sign-in", {"username": username, "password": password}).status_code


@pytest.mark.usefixtures("undone")
def test_staff_sign_in_with_the_password_of_the_demonstration():
    assert [sign_in(person.username, PASSWORD) for person in STAFF] == [200] * len(STAFF)
    assert sign_in("dispatcher", "something else") == 401


@pytest.mark.usefixtures("undone")
def test_outside_a_demonstration_its_password_lets_nobody_in(settings):
    outside = [backend for backend in settings.AUTHENTICATION_BACKENDS if not backend.startswith("fieldsvc.demo")]
    assert len(outside) == len(settings.AUTHENTICATION_BACKENDS) - 1
    settings.AUTHENTICATION_BACKENDS = outside

    assert sign_in("admin", PASSWORD) == 401


@pytest.mark.usefixtures("undone")
def test_whoever_has_a_password_of_their_own_signs_in_with_that_one_only():
    dispatcher = User.objects.get(username="dispatcher")
    dispatcher.set_password("a long private sentence")
    dispatcher.save()

    assert sign_in("dispatcher", PASSWORD) == 401
    assert sign_in("dispatcher", "a long private sentence") == 200
