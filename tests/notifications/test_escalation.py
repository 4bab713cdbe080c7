"""What happens, step by step, when nobody says that they have seen it."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.core.checks import run_checks
from django.db import connection, transaction

from accounts.models import User
from fieldsvc.time import time_is
from notifications.escalations.services import escalate_portion
from notifications.jobs import escalate_notices
from notifications.models import Escalation, EscalationPlan, Message, Notice
from notifications.notices.services import acknowledge_notice
from notifications.services import stop_waiting
from sync.commands import Actor
from tests.notifications.telling import MORNING, VISIT, arrival_notice, dispatch_notice
from tests.people import People
from tests.statements import sent
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispatched(people: People) -> Notice:
    """A dispatch notice of this morning, with a dispatcher and a supervisor there, and a dispatcher elsewhere."""
    assert people.dispatcher
    assert people.southern_dispatcher
    assert people.supervisor
    has_a_phone(people.technician)
    with time_is(MORNING):
        [notice] = dispatch_notice(people.technician, territory=people.north, ticket_id=None)
    return notice


def has_a_phone(person: User) -> None:
    person.phone = "+8613900000001"
    person.save(update_fields=["phone"])


def escalate(minutes: float) -> None:
    """The worker looks, so long after the notice was sent."""
    with time_is(MORNING + timedelta(minutes=minutes)):
        escalate_notices(timestamp=0)


def told() -> list[User]:
    """Who was told of the silence, in order."""
    return [notice.user for notice in Notice.objects.filter(kind="notice_unacknowledged").order_by("id")]


def steps() -> list[tuple[str, int]]:
    """What was done, and how many minutes after the notice was sent."""
    return [
        (step.way, round((step.taken_at - MORNING).total_seconds() / 60))
        for step in Escalation.objects.order_by("number")
    ]


def test_silence_goes_from_sms_to_the_dispatcher_to_the_supervisor_each_once(people, dispatched):
    for minutes in (9.9, 10, 10.1, 20, 20.1, 30, 30.1, 24 * 60):
        escalate(minutes)

    assert steps() == [("sms", 10), ("dispatchers", 20), ("supervisors", 30)]
    assert told() == [people.dispatcher, people.supervisor]
    [message] = Message.objects.all()
    assert (message.address, message.text.splitlines()[0]) == ("+8613900000001", "New visit: FS-1000-7")
    dispatched.refresh_from_db()
    assert (dispatched.escalate_at, dispatched.escalated_at) == (None, MORNING + timedelta(minutes=30))


def test_those_who_are_told_read_who_is_silent_about_what_since_when(people, dispatched):
    escalate(20)

    escalation = Notice.objects.get(kind="notice_unacknowledged")
    assert escalation.title == "Tom Technician has not acknowledged: New visit: FS-1000-7"
    assert escalation.title_zh == "Tom Technician 尚未确认:新的上门任务:FS-1000-7"
    assert "20 minutes" in escalation.body
    assert (escalation.subject_id, escalation.cause, escalation.urgent) == (VISIT, dispatched, True)


def test_a_worker_that_was_down_takes_all_steps_in_their_order_each_once(people, dispatched):
    escalate(75)
    escalate(76)

    assert steps() == [("sms", 75), ("dispatchers", 75), ("supervisors", 75)]
    assert told() == [people.dispatcher, people.supervisor]
    assert Message.objects.count() == 1


def test_an_acknowledgement_ends_it(people, dispatched):
    escalate(10)
    at = MORNING + timedelta(minutes=12)
    acknowledge_notice(actor=Actor(user=people.technician), occurred_at=at, notice_id=dispatched.pk)
    escalate(60)

    assert steps() == [("sms", 10)]


def test_a_visit_that_was_settled_otherwise_bothers_nobody(dispatched):
    stop_waiting(("visits", VISIT))
    escalate(60)

    assert steps() == []


def test_news_that_asks_for_no_answer_is_never_escalated(people):
    assert people.dispatcher
    with time_is(MORNING):
        arrival_notice(people.resident)
    escalate(24 * 60)

    assert steps() == []


def test_who_has_no_phone_number_is_sent_no_sms_and_the_other_steps_are_taken(people):
    assert people.dispatcher
    with time_is(MORNING):
        dispatch_notice(people.technician, territory=people.north, ticket_id=None)
    escalate(20)

    assert (Message.objects.count(), told()) == (0, [people.dispatcher])


def test_where_there_is_no_dispatcher_the_supervisor_hears_and_is_not_told_twice(people):
    assert people.supervisor
    with time_is(MORNING):
        dispatch_notice(people.technician, territory=people.north, ticket_id=None)
    escalate(20)
    assert told() == [people.supervisor]
    escalate(30)
    assert told() == [people.supervisor]


def test_where_nobody_dispatches_or_supervises_an_administrator_hears_of_it(people):
    assert people.administrator
    with time_is(MORNING):
        dispatch_notice(people.technician, territory=people.north, ticket_id=None)
    escalate(30)

    assert told() == [people.administrator]


def test_the_steps_are_those_of_the_most_exact_plan(people, settings):
    settings.NOTICE_ESCALATION = [{"minutes": 1, "way": "sms"}]
    kind = "visit_dispatched"

    def plan(minutes: int, **where: object) -> None:
        EscalationPlan.objects.create(steps=[{"minutes": minutes, "way": "supervisors"}], **where)

    expected = [(1, lambda: None)]
    expected += [
        (2, lambda: plan(2)),
        (3, lambda: plan(3, territory=people.north)),
        (4, lambda: plan(4, kind=kind)),
        (5, lambda: plan(5, kind=kind, territory=people.north)),
        (5, lambda: plan(6, kind=kind, territory=people.south)),
        (5, lambda: plan(7, kind="hand_over_asked", territory=people.north)),
    ]
    for minutes, comes in expected:
        comes()
        [notice] = dispatch_notice(people.technician, territory=people.north, ticket_id=None)
        assert [step["minutes"] for step in notice.steps] == [minutes]
        notice.delete()


def test_a_plan_without_steps_leaves_silence_alone(people):
    EscalationPlan.objects.create(kind="visit_dispatched", steps=[])
    [notice] = dispatch_notice(people.technician, territory=people.north, ticket_id=None)

    assert (notice.wants_ack, notice.escalate_at) == (True, None)


def test_steps_in_the_environment_that_make_no_sense_are_refused_by_the_check(settings):
    settings.NOTICE_ESCALATION = [{"minutes": 10, "way": "pigeon"}]
    assert "notifications.E002" in [error.id for error in run_checks()]


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_each_step_once(people, dispatched):
    """The second worker comes while the first has not committed yet: it leaves that notice alone, and does not wait."""
    at = MORNING + timedelta(minutes=10)
    first = connection.copy()
    try:
        with transaction.atomic():
            first.set_autocommit(False)
            with first.cursor() as cursor:
                cursor.execute("SELECT 1 FROM notifications_notice WHERE id = %s FOR UPDATE", [dispatched.pk])
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")
            assert escalate_portion(actor=Actor.system(), occurred_at=at) == 0
    finally:
        first.rollback()
        first.close()

    assert escalate_portion(actor=Actor.system(), occurred_at=at) == 1
    assert escalate_portion(actor=Actor.system(), occurred_at=at) == 0


# What the desk sees of it


@pytest.fixture
def about_a_ticket(people: People, world: World) -> Notice:
    """A dispatch of this morning, about a ticket, that was escalated twice and then acknowledged."""
    assert people.dispatcher
    assert people.supervisor
    has_a_phone(people.technician)
    with time_is(MORNING):
        [notice] = dispatch_notice(people.technician, territory=people.north, ticket_id=world.ticket().pk)
    escalate(20)
    acknowledge_notice(
        actor=Actor(user=people.technician), occurred_at=MORNING + timedelta(minutes=25), notice_id=notice.pk
    )
    return notice


def test_the_timeline_of_the_ticket_tells_our_people_of_each_step_and_how_it_ended(api, people, about_a_ticket):
    def timeline(person: User) -> list[tuple[str, str]]:
        found = api(person).get(f"/api/v1/tickets/{about_a_ticket.ticket_id}/timeline").json()["results"]
        return [(event["texts"]["en"], event["texts"]["zh"]) for event in found if event["kind"].startswith("notice_")]

    assert sorted(timeline(people.dispatcher)) == [
        ("Tom Technician has acknowledged a visit.", "Tom Technician 已确认上门任务。"),
        (
            "Tom Technician has not acknowledged a visit: sent once more by SMS.",
            "Tom Technician 尚未确认上门任务：已改发短信。",
        ),
        (
            "Tom Technician has not acknowledged a visit: the dispatchers were told.",
            "Tom Technician 尚未确认上门任务：已通知调度员。",
        ),
    ]
    assert timeline(people.resident) == []


def test_the_desk_sees_how_the_notice_went(api, people, about_a_ticket):
    [delivery] = (
        api(people.dispatcher)
        .get(f"/api/v1/deliveries?ticket={about_a_ticket.ticket_id}&kind=visit_dispatched")
        .json()["results"]
    )

    assert (delivery["person"], delivery["kind"], delivery["waiting"]) == ("Tom Technician", "visit_dispatched", False)
    assert delivery["acknowledged_at"] == "2026-11-22T08:25:00Z"
    assert [(message["channel"], message["status"]) for message in delivery["messages"]] == [("sms", "queued")]
    assert [(step["way"], step["due_at"], step["taken_at"]) for step in delivery["steps"]] == [
        ("sms", "2026-11-22T08:10:00Z", "2026-11-22T08:20:00Z"),
        ("dispatchers", "2026-11-22T08:20:00Z", "2026-11-22T08:20:00Z"),
        ("supervisors", "2026-11-22T08:30:00Z", None),
    ]
    assert [[told["name"] for told in step["told"]] for step in delivery["steps"]] == [
        ["Tom Technician"],
        ["Dora Dispatcher"],
        [],
    ]


def test_deliveries_say_nothing_of_complaints_about_staff_nor_of_what_colleagues_hear(api, people, about_a_ticket):
    assert {"notice_unacknowledged"} < set(Notice.objects.values_list("kind", flat=True))
    Notice.objects.filter(pk=about_a_ticket.pk).update(kind="staff_complaint_filed")

    shown = api(people.dispatcher).get("/api/v1/deliveries").json()["results"]
    assert [delivery["kind"] for delivery in shown] == ["ticket_received"]


def test_a_list_of_deliveries_takes_few_queries(api, people, world):
    client = api(people.dispatcher)
    with time_is(MORNING):
        for _ in range(3):
            world.dispatched_visit()
    escalate(40)
    with sent() as asked:
        assert len(client.get("/api/v1/deliveries").json()["results"]) >= 3
    assert len(asked) <= 8


# Plans


PLANS = "/api/v1/escalation-plans"
STEPS = [{"minutes": 5, "way": "email"}, {"minutes": 5, "way": "supervisors"}]


def test_an_administrator_plans_the_steps_and_changes_and_removes_them(api, people):
    admin = api(people.administrator)
    made = admin.post(PLANS, {"kind": "visit_dispatched", "territory_id": str(people.north.pk), "steps": STEPS})
    assert (made.status_code, made.json()["steps"]) == (201, STEPS)
    plan = f"{PLANS}/{made.json()['id']}"
    assert admin.patch(plan, {"steps": []}).json()["steps"] == []
    assert api(people.supervisor).get(plan).json()["kind"] == "visit_dispatched"
    assert admin.delete(plan).status_code == 204
    assert admin.get(plan).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "pigeons", "steps": STEPS}, "kind_unknown"),
        ({"territory_id": str(VISIT), "steps": STEPS}, "territory_unknown"),
        ({"steps": [*STEPS, {"minutes": 1, "way": "sms"}]}, "steps_not_valid"),
        ({"steps": [*STEPS, {"minutes": 9, "way": "email"}]}, "steps_not_valid"),
        ({"steps": [{"minutes": 5, "way": "pigeon"}]}, "invalid_input"),
        ({"steps": [{"minutes": -1, "way": "sms"}]}, "invalid_input"),
        ({"steps": "sms"}, "invalid_input"),
        ({}, "invalid_input"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_with_what_is_wrong(api, people, body, code):
    answer = api(people.administrator).post(PLANS, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_kind_and_territory_have_one_plan(api, people):
    admin = api(people.administrator)
    assert admin.post(PLANS, {"steps": STEPS}).status_code == 201
    assert admin.post(PLANS, {"steps": []}).json()["code"] == "plan_exists"


def test_what_waited_before_there_were_steps_still_reaches_the_dispatchers(people, dispatched):
    Notice.objects.filter(pk=dispatched.pk).update(steps=[])
    migration = import_module("notifications.migrations.0007_steps_of_those_who_wait").Migration
    with connection.cursor() as cursor:
        cursor.execute(migration.operations[0].sql)
    escalate(10)

    assert (steps(), told()) == ([("dispatchers", 10)], [people.dispatcher])


def test_on_the_admin_site_the_kind_is_chosen_among_those_there_are(people, client):
    User.objects.filter(pk=people.administrator.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=people.administrator.pk), "django.contrib.auth.backends.ModelBackend")
    page = "/admin/notifications/escalationplan/add/"
    assert b'<option value="visit_dispatched">' in client.get(page).content
    told = {"territory": "", "steps": '[{"minutes": 5, "way": "sms"}]'}
    assert b"pigeons" in client.post(page, {**told, "kind": "pigeons"}).content
    assert client.post(page, {**told, "kind": "visit_dispatched"}).status_code == 302
    assert EscalationPlan.objects.get().kind == "visit_dispatched"
