"""The key by which push services know us (VAPID), and whom of them we talk to."""

import base64
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

if TYPE_CHECKING:
    from py_vapid import Vapid02

CURVE = ec.SECP256R1()


def new_private_key() -> str:
    """Base64url, as `VAPID_PRIVATE_KEY` takes it."""
    number = ec.generate_private_key(CURVE).private_numbers().private_value
    return base64url(number.to_bytes(32, "big"))


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def private_key() -> str:
    """Ours: from the settings or, with demo data, one that is made once and kept in the data folder. Empty: none."""
    if settings.VAPID_PRIVATE_KEY or not settings.SAFE_TO_SHOW:
        return str(settings.VAPID_PRIVATE_KEY)
    return _kept_in(settings.DATA_DIR / "vapid.key")


def _kept_in(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    if not file.exists():
        draft.touch(mode=0o600)
        draft.write_text(new_private_key())
        try:
            os.link(draft, file)  # whole or not at all, and the first process wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text()


def public_key() -> str:
    """What a browser wants as `applicationServerKey`; empty when there is none."""
    key = private_key()
    if not key:
        return ""
    point = _signer(key).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64url(point)


def authorization(endpoint: str, *, expires: float) -> str:
    """The header that says who we are, good for this push service until then (seconds since 1970)."""
    parts = urlsplit(endpoint)
    claims = {"sub": settings.VAPID_SUBJECT, "aud": f"{parts.scheme}://{parts.netloc}", "exp": int(expires)}
    return str(_signer(private_key()).sign(claims)["Authorization"])


@cache
def _signer(key: str) -> "Vapid02":
    from py_vapid import Vapid02

    if len(from_base64url(key)) != 32:
        raise ValueError("a private key has 32 bytes")
    return Vapid02.from_raw(key.encode())


def is_push_service(endpoint: str) -> bool:
    """Whether the address belongs to one of `PUSH_SERVICES`. Clients name it, and we send there: nowhere else."""
    try:
        parts = urlsplit(endpoint)
        host, schemes = parts.hostname or "", {"https", "http"} if settings.SAFE_TO_SHOW else {"https"}
        plain = parts.username is None and parts.password is None and parts.port != 0
    except ValueError:
        return False
    exactly = host in settings.PUSH_SERVICES
    below = any(service.startswith("*.") and host.endswith(service[1:]) for service in settings.PUSH_SERVICES)
    return (exactly or below) and plain and parts.scheme in schemes


def are_keys(p256dh: str, auth: str) -> bool:
    """Whether something can be encrypted for these: a point on the curve, and 16 bytes."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_base64url(p256dh))
        return len(from_base64url(auth)) == 16
    except ValueError:
        return False
