"""What `manage.py check` says about escalation, and `check --deploy` about the gateways."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from notifications.escalations.steps import why_not
from notifications.push.keys import public_key


def check_escalation(**options: Any) -> list[CheckMessage]:
    """Dispatches that nobody acknowledges would end in silence."""
    wrong = why_not(settings.NOTICE_ESCALATION)
    hint = "Write way:minutes, comma-separated: see docs/notices.md."
    return [Error(f"NOTICE_ESCALATION: {wrong}", hint=hint, id="notifications.E002")] if wrong else []


def check_push(**options: Any) -> list[CheckMessage]:
    """Without a key nobody is told while the app is closed, and with one that is none, nothing can be sent."""
    try:
        if public_key():
            return []
        said = "No key for web push is configured: nobody is told while the app is closed."
    except ValueError:
        said = "VAPID_PRIVATE_KEY is no key."
    hint = "Set VAPID_PRIVATE_KEY to what `manage.py vapid_key` prints, and keep it."
    return [Warning(said, hint=hint, id="notifications.W001")]


def check_sms_gateway(**options: Any) -> list[CheckMessage]:
    """Without a gateway residents cannot sign in, and nobody would notice before they call."""
    if settings.SMS_GATEWAY.get("url") or settings.SAFE_TO_SHOW:
        return []
    return [
        Error(
            "No SMS gateway is configured, so residents get no one-time codes and cannot sign in.",
            hint="Set SMS_GATEWAY_URL to the address of your SMS provider: see docs/deploy.md.",
            id="notifications.E001",
        )
    ]
