"""How we know that a webhook comes from the provider: HMAC-SHA256 of time and body, under a secret that both know.

`Payment-Signature: t=<seconds since 1970>,v1=<hexadecimal>`, the digest being of `<t>.<body>`. What is older than five
minutes is not believed, so that nobody can play it again later; what comes twice counts once anyway.
"""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

HEADER = "Payment-Signature"
TOLERANCE = timedelta(minutes=5)


def signature(body: bytes, *, secret: str, at: datetime) -> str:
    """What the header says of a body that is sent at this moment."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(body, secret, seconds)}"


def is_signed(body: bytes, header: str, *, secret: str, at: datetime) -> bool:
    """Whether the header is the provider's word for this body."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    time, given = parts.get("t", ""), parts.get("v1", "")
    if not secret or not (time.isascii() and time.isdigit() and len(time) < 12):
        return False
    sent_at = datetime.fromtimestamp(int(time), UTC)
    fresh = abs(at - sent_at) <= TOLERANCE
    return hmac.compare_digest(given.encode(), _digest(body, secret, int(time)).encode()) and fresh


def _digest(body: bytes, secret: str, seconds: int) -> str:
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, sha256).hexdigest()
