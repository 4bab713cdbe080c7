"""What other apps ask of this one."""

from notifications.messages.services import send_code, send_sms
from notifications.notices.services import expect_answers_at, notify, stop_waiting

__all__ = ["expect_answers_at", "notify", "send_code", "send_sms", "stop_waiting"]
