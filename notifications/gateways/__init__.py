"""The ways out of the house: one small interface, an SMS provider, a mail server, and a log for development."""

from typing import Protocol

from django.conf import settings

from notifications.gateways.errors import GatewayError, Gone, Unanswered
from notifications.gateways.http_sms import HttpSmsGateway
from notifications.gateways.log import LogGateway
from notifications.gateways.mail import MailGateway

__all__ = ["Gateway", "GatewayError", "Gone", "Unanswered", "mail_gateway", "sms_gateway"]


class Gateway(Protocol):
    """Hands one message over to somebody who delivers it."""

    def send(self, to: str, text: str, *, reference: str) -> None:
        """Returns when the message was taken over; raises GatewayError when it was not.

        `to` is a phone number in E.164, or an e-mail address. `reference` names the message: it stays the same when it
        is tried again, so that a provider who understands it does not deliver twice.
        """


def sms_gateway() -> Gateway:
    """What sends SMS here: the provider of `SMS_GATEWAY`, or the log where codes are safe to show."""
    if settings.SMS_GATEWAY.get("url"):
        return HttpSmsGateway(**settings.SMS_GATEWAY)
    if settings.SAFE_TO_SHOW:
        return LogGateway()
    raise GatewayError("no SMS gateway is configured: set SMS_GATEWAY_URL", retry=True)


def mail_gateway() -> MailGateway | LogGateway:
    """What sends e-mails here: the server of `SMTP_HOST`, or the log where codes are safe to show."""
    if settings.EMAIL_HOST:
        return MailGateway()
    if settings.SAFE_TO_SHOW:
        return LogGateway()
    raise GatewayError("no mail server is configured: set SMTP_HOST", retry=True)
