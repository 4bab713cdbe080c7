"""What the SMS provider tells us, believed if it is signed or brings the secret as a password.

Where in its words what stands, is a setting: `SMS_INBOUND`. Most providers can call an address with a password in it
(HTTP Basic), and few sign as we ask for.
"""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare
from rest_framework.request import Request

from accounts.people.phones import phone_number
from fieldsvc.errors import Invalid
from sync import webhooks
from sync.serializing import validated
from tickets.incoming_sms.serializers import SmsCameInput

HEADER = "SMS-Signature"


def told_by_provider(request: Request) -> dict[str, Any]:
    """What `sms_came` wants to know.

    Raises Unauthenticated("signature_not_valid"), TooLarge("request_too_large"), ParseError, ValidationError.
    """
    secret = _secret()
    body = webhooks.body_of(request)
    if not _has_password(request, secret):
        webhooks.must_be_signed(request, body, header=HEADER, secret=secret)
    said = webhooks.read(request, body)
    places: Mapping[str, str] = settings.SMS_INBOUND["fields"]
    found = {name: _at(said, place) for name, place in places.items()}
    told = validated(SmsCameInput, {name: value for name, value in found.items() if value is not None})
    return {**told, "sender": _number(told["sender"]), "text": told["text"].strip()}


def _secret() -> str:
    """Empty: nobody is believed."""
    secret = str(settings.SMS_INBOUND["secret"])
    return secret or ("demo-only-not-a-secret" if settings.SAFE_TO_SHOW else "")


def _has_password(request: Request, secret: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic" or not secret:
        return False
    try:
        password = b64decode(given, validate=True).partition(b":")[2]
    except ValueError:
        return False
    return constant_time_compare(password, secret.encode())


def _at(said: Any, place: str) -> Any:
    """What stands there: names, and numbers in lists, with dots between them. None: nothing."""
    for name in place.split("."):
        try:
            said = said[int(name)] if isinstance(said, list) else said[name]
        except (LookupError, TypeError, ValueError):
            return None
    return said


def _number(sender: str) -> str:
    """As we write it; some providers leave the plus away, and not every sender is a number."""
    for number in (sender, f"+{sender}"):
        try:
            return phone_number(number)
        except Invalid:
            continue
    return sender
