"""What the provider tells us, believed if it is signed."""

from typing import Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from fieldsvc.errors import TooLarge, Unauthenticated
from fieldsvc.time import now
from sync.serializing import Input, validated
from tickets.payments.providers import signing, webhook_secret


def told_by_provider(request: Request, form: type[Input]) -> dict[str, Any]:
    """What it says by this form.

    Raises Unauthenticated("signature_not_valid"), TooLarge("request_too_large"), ParseError, ValidationError.
    """
    body = request._request.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLarge("request_too_large", "That is no payment.", limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    header = request.headers.get(signing.HEADER, "")
    if not signing.is_signed(body, header, secret=webhook_secret(), at=now()):
        raise Unauthenticated("signature_not_valid", "This is not signed by the payment provider.")
    try:
        said = orjson.loads(body)
    except ValueError as error:
        raise ParseError("This is no JSON.") from error
    return validated(form, said)
