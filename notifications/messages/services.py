"""Ask for a message to be sent. It goes out after the commit; what is rolled back is never sent."""

import logging
from datetime import timedelta

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from accounts.signin.codes import VALID_FOR
from fieldsvc.time import now
from notifications.messages.models import Message
from sync.ids import uuid7

CODE_TEXTS = {
    "en": "{code} is your fieldsvc code. It is good for {minutes} minutes. Give it to nobody, not to us either.",
    "zh": "您的验证码是 {code},{minutes} 分钟内有效。请勿告诉任何人,包括我们的工作人员。",
}

DELIVER_TASK = "notifications.deliver_messages"
"""The job that empties the outbox; see `notifications/jobs.py`."""

logger = logging.getLogger(__name__)


def send_sms(phone: str, text: str, dedupe_key: str) -> None:
    """Send `text` to `phone` (E.164), once for each `dedupe_key`.

    "Once" is what the outbox can promise: a worker that dies between the gateway's answer and its own note sends
    again, under the same reference.
    """
    message = Message(address=phone, text=text, dedupe_key=dedupe_key)
    Message.objects.bulk_create([message], ignore_conflicts=True)
    _hurry()


def send_code(phone: str, code: str, language: str) -> None:
    """Send a one-time code in the language "en" or "zh". It is not sent once it is no longer valid."""
    at, pk = now(), uuid7()
    text = CODE_TEXTS.get(language, CODE_TEXTS["en"])
    Message.objects.create(
        pk=pk,
        kind=Message.Kind.CODE,
        address=phone,
        text=text.format(code=code, minutes=VALID_FOR // timedelta(minutes=1)),
        dedupe_key=f"code:{pk}",
        created_at=at,
        next_try_at=at,
        expires_at=at + VALID_FOR,
    )
    _hurry()


def _hurry() -> None:
    """Wake the worker at the commit, as somebody is waiting; its own round comes every few seconds anyway."""
    transaction.on_commit(_defer_delivery, robust=True)


def _defer_delivery() -> None:
    try:
        with transaction.atomic():  # the refusal of a second job must not spoil a transaction that somebody has open
            app.configure_task(DELIVER_TASK, queueing_lock=DELIVER_TASK).defer()
    except AlreadyEnqueued:
        logger.debug("the worker is already called")
