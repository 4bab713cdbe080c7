"""SMS: how they leave the house, what happens when the provider has a bad day, and what is kept of them."""

import logging
from datetime import timedelta

import pytest
from django.core import mail
from django.core.checks import run_checks
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob

from fieldsvc.time import now, time_is
from notifications.checks import check_sms_gateway
from notifications.jobs import deliver_messages
from notifications.messages import delivery
from notifications.messages.services import mail_code
from notifications.models import Message
from notifications.services import send_code, send_sms
from tests.notifications.provider import Provider, running_provider
from tests.notifications.telling import MORNING

pytestmark = pytest.mark.django_db

PHONE = "+8613812345678"
JSON = {"recipient": "{to}", "content": {"text": "{text}", "tags": ["fieldsvc", 7]}, "client_reference": "{reference}"}


@pytest.fixture
def provider(settings):
    with running_provider() as provider:
        settings.SMS_GATEWAY = {
            "url": f"{provider.url}/messages",
            "headers": {"Authorization": "Bearer secret"},
            "json": JSON,
            "timeout": 0.5,
        }
        yield provider


def deliver(*, after: timedelta = timedelta(0)) -> Message:
    """The worker's round, so long after this morning; answers the only message."""
    with time_is(MORNING + after):
        deliver_messages(timestamp=0)
    return Message.objects.get()


def send(text: str = "Your technician comes at 9.", dedupe_key: str = "reminder:1") -> None:
    with time_is(MORNING):
        send_sms(PHONE, text, dedupe_key)


# The way out


def test_a_message_reaches_the_provider_as_it_wants_to_hear_it(provider: Provider):
    send('Text with {to} and "quotes"')
    message = deliver()

    [request] = provider.requests
    assert (request.method, request.path) == ("POST", "/messages")
    assert request.headers["Authorization"] == "Bearer secret"
    assert request.json == {
        "recipient": PHONE,
        "content": {"text": 'Text with {to} and "quotes"', "tags": ["fieldsvc", 7]},
        "client_reference": str(message.pk),
    }
    assert (message.status, message.sent_at, message.attempts) == ("sent", MORNING, 1)


def test_a_provider_may_want_a_form(provider: Provider, settings):
    settings.SMS_GATEWAY = {"url": f"{provider.url}/send", "form": {"To": "{to}", "Body": "{text}"}, "success": [202]}
    send("验证 & more")
    deliver()

    assert provider.requests[0].form == {"To": PHONE, "Body": "验证 & more"}


def test_a_provider_may_want_everything_in_the_address(provider: Provider, settings):
    settings.SMS_GATEWAY = {"url": provider.url + "/send?to={to}&text={text}", "method": "GET"}
    send("50 % off & more")
    deliver()

    assert (provider.requests[0].method, provider.requests[0].query) == (
        "GET",
        {"to": PHONE, "text": "50 % off & more"},
    )


def test_the_same_message_is_sent_once(provider: Provider):
    send()
    send()
    deliver()
    deliver()

    assert len(provider.requests) == 1


def test_what_is_rolled_back_is_never_sent(provider: Provider):
    with transaction.atomic():
        send()
        transaction.set_rollback(True)
    deliver_messages(timestamp=0)

    assert provider.requests == []


def test_the_worker_is_called_at_the_commit_once(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send(dedupe_key="1")
        send(dedupe_key="2")

    assert [job.task_name for job in ProcrastinateJob.objects.all()] == ["notifications.deliver_messages"]


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_a_code_that_was_asked_for(provider: Provider):
    send_code(PHONE, "314159", "en")
    assert isinstance(app.connector, DjangoConnector)
    with app.replace_connector(app.connector.get_worker_connector()):
        app.run_worker(wait=False, listen_notify=False, install_signal_handlers=False)

    assert "314159" in provider.requests[0].body
    assert Message.objects.get().status == "sent"


# Bad days


def test_a_provider_in_trouble_is_tried_again_later_and_later_and_then_given_up(provider: Provider):
    provider.answers = [(503, "busy")] * 6
    send()
    due = timedelta(0)
    for wait in (5, 30, 120, 600, 3600):
        message = deliver(after=due)
        assert (message.status, message.last_error) == ("queued", "HTTP 503: busy")
        assert message.next_try_at == MORNING + due + timedelta(seconds=wait)
        deliver(after=due + timedelta(seconds=wait - 1))  # too early: nothing happens
        due += timedelta(seconds=wait)

    message = deliver(after=due)
    assert (message.status, message.attempts) == ("dead", 6)
    deliver(after=due + timedelta(days=1))
    assert len(provider.requests) == 6


def test_a_provider_that_recovers_gets_the_message(provider: Provider):
    provider.answers = [(500, ""), (429, "")]
    send()
    deliver()
    deliver(after=timedelta(seconds=5))
    message = deliver(after=timedelta(seconds=35))

    assert (message.status, message.attempts, message.last_error) == ("sent", 3, "")


def test_a_provider_that_does_not_answer_is_tried_again(provider: Provider):
    provider.silent.set()
    send()
    message = deliver()

    assert (message.status, message.last_error) == ("queued", "ReadTimeout at the SMS gateway")


def test_a_provider_that_is_not_there_is_tried_again(settings):
    with running_provider() as gone:
        settings.SMS_GATEWAY = {"url": gone.url, "json": JSON}
    send()

    assert deliver().status == "queued"


def test_what_the_provider_refuses_is_dead_at_once(provider: Provider):
    provider.answers = [(400, '{"error": "unknown number +8613812345678"}')]
    send()
    message = deliver()

    assert (message.status, message.attempts) == ("dead", 1)
    assert message.last_error == 'HTTP 400: {"error": "unknown number +•••••••••••••"}'
    assert message.text == "Your technician comes at 9."


def test_one_bad_message_does_not_hold_up_the_others(provider: Provider):
    provider.answers = [(500, "")]
    send(dedupe_key="1")
    send(dedupe_key="2")
    with time_is(MORNING):
        deliver_messages(timestamp=0)

    assert sorted(Message.objects.values_list("status", flat=True)) == ["queued", "sent"]


def test_who_does_not_answer_is_asked_once_in_a_round_and_e_mails_need_not_wait_for_that(provider: Provider, settings):
    settings.EMAIL_HOST = "mail.example"
    provider.silent.set()
    for number in range(3):
        send(dedupe_key=str(number))
    with time_is(MORNING):
        mail_code("rosa@example.org", "123456", "en")
        Message.objects.filter(channel="email").update(expires_at=None)  # and so behind the SMS
        deliver_messages(timestamp=0)

    assert (len(provider.requests), len(mail.outbox)) == (1, 1)
    provider.silent.clear()
    with time_is(MORNING + timedelta(seconds=5)):
        deliver_messages(timestamp=0)
    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}


def test_a_mistake_in_the_settings_is_logged_and_loses_nothing(provider: Provider, settings, caplog):
    settings.SMS_GATEWAY = {"url": provider.url, "jsn": JSON}
    send()
    message = deliver()

    assert (message.status, message.last_error) == ("queued", "TypeError in the gateway, see the log")
    assert "jsn" in caplog.text


def test_a_message_whose_worker_died_is_sent_by_another_under_the_same_reference(provider: Provider):
    send()
    with time_is(MORNING):
        assert delivery._take_next() is not None  # and then that worker was killed
    deliver()
    assert provider.requests == []

    message = deliver(after=delivery.LEASE)
    assert (message.status, message.attempts) == ("sent", 2)
    assert provider.requests[0].json["client_reference"] == str(message.pk)


# One-time codes


def test_a_code_reaches_the_resident_in_their_language_and_is_wiped_out(provider: Provider):
    with time_is(MORNING):
        send_code(PHONE, "314159", "zh")
    message = deliver()

    assert provider.requests[0].json["content"]["text"].startswith("您的验证码是 314159,10 分钟内有效")
    assert (message.status, message.kind, message.text) == ("sent", "code", "")


def test_a_code_that_is_no_longer_valid_is_not_sent_and_wiped_out(provider: Provider):
    with time_is(MORNING):
        send_code(PHONE, "314159", "en")
    message = deliver(after=timedelta(minutes=10))

    assert provider.requests == []
    assert (message.status, message.text) == ("dead", "")
    assert "expired" in message.last_error


def test_a_code_that_waits_for_its_next_attempt_is_wiped_out_when_it_expires(provider: Provider):
    provider.answers = [(503, "")] * 4
    with time_is(MORNING):
        send_code(PHONE, "314159", "en")
    for seconds in (0, 5, 35, 155):
        message = deliver(after=timedelta(seconds=seconds))
    assert message.next_try_at == message.expires_at

    message = deliver(after=timedelta(minutes=10))
    assert (message.status, message.text, len(provider.requests)) == ("dead", "", 4)


def test_a_provider_that_repeats_a_code_does_not_bring_it_into_the_books(provider: Provider):
    provider.answers = [(400, "cannot send: 314159 is your fieldsvc code")]
    with time_is(MORNING):
        send_code(PHONE, "314159", "en")
    message = deliver()

    assert message.last_error == "HTTP 400: cannot send: •••••• is your fieldsvc code"


def test_codes_go_before_messages_that_can_wait(provider: Provider):
    send()
    with time_is(MORNING):
        send_code(PHONE, "314159", "en")
        deliver_messages(timestamp=0)

    assert "314159" in provider.requests[0].body


# Without a provider


def test_in_development_the_code_is_shown_in_the_log(settings, caplog):
    settings.SMS_GATEWAY = {}
    settings.SAFE_TO_SHOW = True
    with time_is(now()), caplog.at_level(logging.INFO):
        send_code(PHONE, "314159", "en")
        deliver_messages(timestamp=0)

    [record] = [record for record in caplog.records if "314159" in record.getMessage()]
    assert record.levelno == logging.INFO
    assert Message.objects.get().status == "sent"


def test_with_real_people_nothing_is_shown_and_the_message_waits_for_a_provider(settings, caplog):
    settings.SMS_GATEWAY = {}
    settings.SAFE_TO_SHOW = False
    with time_is(now()), caplog.at_level(logging.DEBUG):
        send_code(PHONE, "314159", "en")
        deliver_messages(timestamp=0)

    assert "314159" not in caplog.text
    message = Message.objects.get()
    assert message.status == "queued"
    assert "SMS_GATEWAY_URL" in message.last_error


def test_a_deployment_without_provider_is_told_so(settings):
    settings.SMS_GATEWAY = {}
    settings.SAFE_TO_SHOW = False
    errors = [error.id for error in run_checks(include_deployment_checks=True)]
    assert "notifications.E001" in errors

    settings.SMS_GATEWAY = {"url": "https://sms.example"}
    assert check_sms_gateway() == []
