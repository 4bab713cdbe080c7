"""What other services tell us by HTTP, believed if it is signed: HMAC-SHA256 of time and body, under a secret that both
know.

`<header>: t=<seconds since 1970>,v1=<hexadecimal>`, the digest being of `<t>.<body>`. What is older than five minutes
is not believed, so that nobody can play it again later; what comes twice counts once anyway.
"""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import orjson
from django.conf import settings
from django.http import QueryDict
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from fieldsvc.errors import TooLarge, Unauthenticated
from fieldsvc.time import now

TOLERANCE = timedelta(minutes=5)
FORM = "application/x-www-form-urlencoded"


def body_of(request: Request) -> bytes:
    """As it was sent. Raises TooLarge("request_too_large")."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body: bytes = request._request.read(limit + 1)
    if len(body) > limit:
        raise TooLarge("request_too_large", "That is more than anybody has to tell us.", limit=limit)
    return body


def must_be_signed(request: Request, body: bytes, *, header: str, secret: str) -> None:
    """Raises Unauthenticated("signature_not_valid")."""
    if not is_signed(body, request.headers.get(header, ""), secret=secret, at=now()):
        raise Unauthenticated("signature_not_valid", f"Sign it in {header}, by the secret that both of us know.")


def read(request: Request, body: bytes) -> object:
    """What it says: JSON, or a form where that is what was sent. Raises ParseError."""
    if request.content_type.partition(";")[0].strip().lower() == FORM:
        return QueryDict(body, encoding="utf-8").dict()
    try:
        said: object = orjson.loads(body)
    except ValueError as error:
        raise ParseError("This is no JSON.") from error
    return said


def signature(body: bytes, *, secret: str, at: datetime) -> str:
    """What the header says of a body that is sent at this moment."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(body, secret, seconds)}"


def is_signed(body: bytes, header: str, *, secret: str, at: datetime) -> bool:
    """Whether the header is the word of somebody who knows the secret for this body."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    time, given = parts.get("t", ""), parts.get("v1", "")
    if not secret or not (time.isascii() and time.isdigit() and len(time) < 12):
        return False
    sent_at = datetime.fromtimestamp(int(time), UTC)
    fresh = abs(at - sent_at) <= TOLERANCE
    return hmac.compare_digest(given.encode(), _digest(body, secret, int(time)).encode()) and fresh


def _digest(body: bytes, secret: str, seconds: int) -> str:
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, sha256).hexdigest()
