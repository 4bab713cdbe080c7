"""What other apps ask of this one."""

from notifications.messages.services import mail_code, send_code, send_sms
from notifications.notices.services import expect_answers_at, notify, stop_waiting

__all__ = ["expect_answers_at", "mail_code", "notify", "send_code", "send_sms", "stop_waiting"]
