"""What the payment provider tells us, believed if it is signed."""

from typing import Any

from rest_framework.request import Request

from sync import webhooks
from sync.serializing import Input, validated
from tickets.payments.providers import webhook_secret

HEADER = "Payment-Signature"


def told_by_provider(request: Request, form: type[Input]) -> dict[str, Any]:
    """What it says by this form.

    Raises Unauthenticated("signature_not_valid"), TooLarge("request_too_large"), ParseError, ValidationError.
    """
    body = webhooks.body_of(request)
    webhooks.must_be_signed(request, body, header=HEADER, secret=webhook_secret())
    return validated(form, webhooks.read(request, body))
