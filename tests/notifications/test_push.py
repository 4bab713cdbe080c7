"""Web push: whoever has the app closed is told all the same, and nobody on the way reads it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from py_vapid import Vapid02

from accounts.models import User
from fieldsvc.time import now, time_is
from notifications.jobs import deliver_messages
from notifications.models import Message, Notice, PushSubscription
from notifications.notices.services import acknowledge_notice
from notifications.notices.words import Said
from notifications.push import keys
from notifications.push.payloads import payload
from sync.commands import Actor
from sync.ids import uuid7
from tests.notifications.browser import Browser, PushService, running_push_service
from tests.notifications.telling import arrival_notice, dispatch_notice
from tests.people import People

pytestmark = pytest.mark.django_db

MINE = "/api/v1/me/push-subscription"
HOUR = timedelta(hours=1)


@pytest.fixture
def service(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.PUSH_SERVICES = ["127.0.0.1", "*.push.example"]
    with running_push_service() as service:
        yield service


@pytest.fixture
def tom(phone, people: People, service: PushService):
    """The technician's phone, with a browser that has subscribed."""
    return subscribed(phone(people.technician), Browser(service, "tom"))


def subscribed(phone, browser: Browser):
    phone.browser = browser
    answer = phone.client.put(MINE, browser.says)
    assert answer.status_code == 200, answer.content
    return phone


def dispatched(people: People) -> Notice:
    [notice] = dispatch_notice(people.technician, territory=people.north, ticket_id=None)
    return notice


def deliver(after: timedelta = timedelta(0)) -> None:
    with time_is(now() + after):
        deliver_messages(timestamp=0)


def statuses() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("created_at", "pk").values_list("channel", "status"))


def test_a_dispatch_reaches_the_closed_app_encrypted_urgent_and_signed(people, tom, service):
    notice = dispatched(people)
    deliver()

    [push] = service.pushes
    assert b"visit" not in push.body
    assert (push.headers["TTL"], push.headers["Urgency"]) == ("3600", "high")
    assert (push.headers["Content-Encoding"], push.headers["Topic"]) == ("aes128gcm", notice.pk.hex)
    assert Vapid02.verify(push.headers["Authorization"])
    assert keys.public_key() in push.headers["Authorization"]
    [shown] = tom.browser.shown
    assert (shown["id"], shown["title"], shown["urgent"]) == (str(notice.pk), notice.title, True)
    assert set(shown) == {
        *("id", "kind", "title", "body", "urgent", "wants_ack", "subject", "ticket_id", "created_at"),
    }
    assert statuses() == [("push", "sent")]


def test_what_can_wait_is_kept_longer_and_said_in_the_readers_language(people, phone, service):
    people.resident.language = "zh"
    people.resident.save()
    rosa = subscribed(phone(people.resident), Browser(service, "rosa"))
    arrival_notice(people.resident)
    deliver()

    assert (service.pushes[0].headers["TTL"], service.pushes[0].headers["Urgency"]) == ("86400", "normal")
    assert rosa.browser.shown[0]["title"] == "维修人员已到达:FS-1000-7"


def test_a_long_notice_stays_small_enough_for_every_push_service(people, tom, service):
    notice = dispatched(people)
    assert len(payload(notice, Said("长" * 5000, "长" * 5000)).encode()) < 3_000


def test_each_device_is_told_and_one_that_unsubscribed_is_not(people, phone, tom, service):
    tablet = subscribed(phone(people.technician), Browser(service, "tablet"))
    dispatched(people)
    deliver()
    assert (len(tom.browser.shown), len(tablet.browser.shown)) == (1, 1)

    assert tablet.client.delete(MINE).status_code == 204
    assert tablet.client.delete(MINE).status_code == 204
    assert tablet.client.get(MINE).status_code == 404
    Notice.objects.all().delete()
    dispatched(people)
    deliver()
    assert (len(tom.browser.shown), len(tablet.browser.shown)) == (2, 1)


def test_a_browser_that_renews_its_subscription_is_told_once(people, tom, service):
    subscribed(tom, Browser(service, "renewed"))
    dispatched(people)
    deliver()

    assert [push.path for push in service.pushes] == ["/renewed"]
    assert tom.client.get(MINE).json()["endpoint"].endswith("/renewed")


def test_a_browser_that_was_somebody_elses_tells_only_whoever_subscribed_last(people, phone, tom, service):
    subscribed(phone(people.colleague), tom.browser)
    dispatched(people)
    deliver()

    assert service.pushes == []


def test_who_has_signed_out_is_not_told(people, tom, service):
    tom.client.post("/api/v1/sign-out")
    dispatched(people)

    assert statuses() == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_removed_and_the_sms_takes_over(people, tom, service, status):
    people.technician.phone = "+8613900000001"
    people.technician.save()
    service.answers = [(status, "gone")]
    dispatched(people)
    deliver()

    assert not PushSubscription.objects.exists()
    assert ("push", "dead") in statuses()
    assert Message.objects.get(channel="sms").address == "+8613900000001"


def test_the_sms_waits_as_long_as_another_device_has_been_reached(people, phone, tom, service):
    people.technician.phone = "+8613900000001"
    people.technician.save()
    subscribed(phone(people.technician), Browser(service, "tablet"))
    service.answers = [(410, "gone")]
    dispatched(people)
    deliver()

    assert sorted(statuses()) == [("push", "dead"), ("push", "sent")]


def test_a_push_service_in_trouble_is_tried_again_and_nothing_arrives_twice(people, tom, service):
    service.answers = [(503, ""), (429, "slow down")]
    dispatched(people)
    for seconds in (0, 6, 40, 400):
        deliver(timedelta(seconds=seconds))

    assert len(tom.browser.shown) == 1
    assert PushSubscription.objects.count() == 1


def test_what_was_seen_in_the_app_meanwhile_is_not_sent_any_more(people, tom, service):
    notice = dispatched(people)
    acknowledge_notice(actor=Actor(user=people.technician), occurred_at=now(), notice_id=notice.pk)
    deliver()

    assert (service.pushes, statuses()) == ([], [("push", "needless")])


# Bad input


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"endpoint": "https://elsewhere.example/x"}, "push_service_unknown"),
        ({"endpoint": "https://push.example.evil.example/x"}, "push_service_unknown"),
        ({"endpoint": "https://user:secret@a.push.example/x"}, "push_service_unknown"),
        ({"endpoint": "file:///etc/passwd"}, "push_service_unknown"),
        ({"endpoint": "https://[::1"}, "push_service_unknown"),
        ({"keys": {"p256dh": "BA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}}, "push_keys_not_valid"),
        ({"keys": {"p256dh": "長", "auth": "長"}}, "push_keys_not_valid"),
        ({"keys": {}}, "invalid_input"),
        ({"endpoint": "https://a.push.example/" + "x" * 2000}, "invalid_input"),
    ],
)
def test_what_is_no_subscription_is_refused(people, phone, service, change, code):
    answer = phone(people.technician).client.put(MINE, Browser(service, "odd").says | change)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not PushSubscription.objects.exists()


def test_in_production_only_https_will_do(people, phone, service, settings):
    settings.VAPID_PRIVATE_KEY = keys.new_private_key()
    settings.SAFE_TO_SHOW = False
    answer = phone(people.technician).client.put(MINE, Browser(service, "plain").says)
    assert answer.json()["code"] == "push_service_unknown"


def test_a_script_without_device_cannot_subscribe(api, people, service):
    answer = api(people.technician).put(MINE, Browser(service, "script").says)
    assert (answer.status_code, answer.json()["code"]) == (409, "push_needs_device")


# Keys


def test_with_demo_data_a_key_is_made_once_and_kept(service, tmp_path: Path):
    first = keys.public_key()
    assert first == keys.public_key()
    assert (tmp_path / "vapid.key").stat().st_mode & 0o777 == 0o600
    assert len(keys.from_base64url(first)) == 65


def test_without_a_key_there_is_no_push_and_the_deployment_is_told_what_to_do(api, phone, people, service, settings):
    settings.SAFE_TO_SHOW = False
    assert "notifications.W001" in [warning.id for warning in run_checks(include_deployment_checks=True)]
    assert api(people.technician).get("/api/v1/push-key").json() == {"key": ""}
    answer = phone(people.technician).client.put(MINE, Browser(service, "early").says)
    assert (answer.status_code, answer.json()["code"]) == (409, "push_not_configured")


def test_a_key_that_the_command_prints_will_do(settings, capsys):
    call_command("vapid_key")
    settings.VAPID_PRIVATE_KEY = capsys.readouterr().out.strip()
    assert "notifications.W001" not in [warning.id for warning in run_checks(include_deployment_checks=True)]
    settings.VAPID_PRIVATE_KEY = "secret"
    assert "notifications.W001" in [warning.id for warning in run_checks(include_deployment_checks=True)]


# Dead letters


@pytest.fixture
def dead(people: People) -> Message:
    """An SMS about a dispatch that the provider has refused."""
    notice = dispatched(people)
    person: User = people.technician
    person.phone = "+8613900000001"
    person.save()
    return Message.objects.create(
        notice=notice,
        address="+8613900009999",
        text="New visit",
        dedupe_key="wrong number",
        status="dead",
        attempts=6,
        last_error="HTTP 400: unknown number",
    )


def test_a_supervisor_sees_why_a_message_died_and_sends_it_to_the_number_that_was_put_right(api, people, dead):
    supervisor = api(people.supervisor)
    [shown] = supervisor.get("/api/v1/outgoing-messages?status=dead").json()["results"]
    assert (shown["person"], shown["address"], shown["attempts"]) == ("Tom Technician", "+86…9999", 6)
    assert (shown["last_error"], shown["notice_kind"]) == ("HTTP 400: unknown number", "visit_dispatched")
    assert "text" not in shown

    answer = supervisor.post(f"/api/v1/outgoing-messages/{dead.pk}/resend").json()
    assert (answer["status"], answer["attempts"], answer["address"]) == ("queued", 0, "+86…0001")
    assert answer["resent_by_id"] == str(people.supervisor.pk)
    assert supervisor.post(f"/api/v1/outgoing-messages/{dead.pk}/resend").json()["code"] == "message_not_dead"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "code", "text": ""}, "message_over"),
        ({"expires_at": "2026-01-01T00:00:00Z"}, "message_over"),
        ({"channel": "email"}, "nowhere_to_send"),
        ({"channel": "push"}, "nowhere_to_send"),
    ],
)
def test_what_can_reach_nobody_any_more_stays_dead(api, people, dead, change, code):
    Message.objects.filter(pk=dead.pk).update(**change)
    answer = api(people.administrator).post(f"/api/v1/outgoing-messages/{dead.pk}/resend")
    assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_many_are_sent_again_by_filter_and_only_those_that_can_be(api, people, dead):
    for number, change in enumerate(({}, {"channel": "email"}, {"kind": "code", "text": ""}, {"status": "sent"})):
        copy = Message.objects.get(pk=dead.pk)
        copy.pk, copy.dedupe_key = uuid7(), str(number)
        for name, value in change.items():
            setattr(copy, name, value)
        copy.save(force_insert=True)
    supervisor = api(people.supervisor)
    assert supervisor.post("/api/v1/outgoing-messages/resend?channel=push").json() == {"resent": 0}
    assert supervisor.post("/api/v1/outgoing-messages/resend?channel=sms&kind=visit_dispatched").json() == {"resent": 2}
    assert api(people.dispatcher).post("/api/v1/outgoing-messages/resend").status_code == 403


def test_a_supervisor_of_elsewhere_sees_nothing_of_it(api, people, dead):
    people.supervisor.role_grants.update(territory=people.south)
    supervisor = api(people.supervisor)
    assert supervisor.get("/api/v1/outgoing-messages").json()["results"] == []
    assert supervisor.post(f"/api/v1/outgoing-messages/{dead.pk}/resend").status_code == 404
    assert supervisor.post("/api/v1/outgoing-messages/resend").json() == {"resent": 0}
