"""Ask for a message to be sent. It goes out after the commit; what is rolled back is never sent."""

import logging
from collections.abc import Collection, Mapping
from datetime import timedelta

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from accounts.signin.codes import VALID_FOR
from fieldsvc.time import now
from notifications.messages.models import Message
from sync.ids import uuid7

CODE_TEXTS = {
    "sign_in": {
        "en": "{code} is your fieldsvc code. It is good for {minutes} minutes. Give it to nobody, not to us either.",
        "zh": "您的验证码是 {code},{minutes} 分钟内有效。请勿告诉任何人,包括我们的工作人员。",
    },
    "binding": {
        "en": "{code} links your service account with an app. It is good for {minutes} minutes. Give it to nobody but "
        "your own household.",
        "zh": "{code} 是服务账户的绑定验证码,{minutes} 分钟内有效。仅可告知家庭成员。",
    },
    "email": {
        "en": "{code} is your fieldsvc code\nEnter it to be told of your requests at this address. It is good for "
        "{minutes} minutes.",
        "zh": "{code} 是您的验证码\n请在应用中输入,以通过此邮箱接收通知。{minutes} 分钟内有效。",
    },
}
"""What is said with a code, by what it is for."""

DELIVER_TASK = "notifications.deliver_messages"
"""The job that empties the outbox; see `notifications/jobs.py`."""

logger = logging.getLogger(__name__)


def send_sms(phone: str, text: str, dedupe_key: str) -> None:
    """Send `text` to `phone` (E.164), once for each `dedupe_key`.

    "Once" is what the outbox can promise: a worker that dies between the gateway's answer and its own note sends
    again, under the same reference.
    """
    send([Message(address=phone, text=text, dedupe_key=dedupe_key)])


def send(messages: Collection[Message]) -> None:
    """Send these, each once for its `dedupe_key`, as above."""
    if messages:
        Message.objects.bulk_create(messages, ignore_conflicts=True)
        hurry()


def send_code(phone: str, code: str, language: str, purpose: str = "sign_in") -> None:
    """Send a one-time code in the language "en" or "zh". It is not sent once it is no longer valid."""
    _send_code(Message.Channel.SMS, phone, code, CODE_TEXTS[purpose], language)


def mail_code(address: str, code: str, language: str) -> None:
    """The same to an e-mail address, to show that it is theirs."""
    _send_code(Message.Channel.EMAIL, address, code, CODE_TEXTS["email"], language)


def _send_code(channel: Message.Channel, address: str, code: str, texts: Mapping[str, str], language: str) -> None:
    at, pk = now(), uuid7()
    text = texts.get(language, texts["en"])
    Message.objects.create(
        pk=pk,
        channel=channel,
        kind=Message.Kind.CODE,
        address=address,
        text=text.format(code=code, minutes=VALID_FOR // timedelta(minutes=1)),
        dedupe_key=f"code:{pk}",
        created_at=at,
        next_try_at=at,
        expires_at=at + VALID_FOR,
    )
    hurry()


def hurry() -> None:
    """Wake the worker at the commit, as somebody is waiting; its own round comes every few seconds anyway."""
    transaction.on_commit(_defer_delivery, robust=True)


def _defer_delivery() -> None:
    try:
        with transaction.atomic():  # the refusal of a second job must not spoil a transaction that somebody has open
            app.configure_task(DELIVER_TASK, queueing_lock=DELIVER_TASK).defer()
    except AlreadyEnqueued:
        logger.debug("the worker is already called")
