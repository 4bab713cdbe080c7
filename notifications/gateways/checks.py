"""What `manage.py check --deploy` says about the gateways."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error


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
