"""Who is asking: from the token in the Authorization header to a person, in two queries."""

from datetime import timedelta
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.crypto import hash_token
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.people.models import User
from accounts.signin.models import DeviceToken
from accounts.signin.services import token_ttl
from fieldsvc.errors import Unauthenticated
from fieldsvc.time import now
from sync.devices.services import note_wipe_told

SCHEME = "Token"
PROLONG_AFTER = timedelta(days=1)
"""A token in use is prolonged once it has lost this much of its time, so that not every request writes."""


def user_for_token(raw: str) -> tuple[User, DeviceToken]:
    """The person whose device shows this token, with roles read, and the token; its time starts anew.

    Raises Unauthenticated("token_not_valid"), and Unauthenticated("device_cut_off") with `wipe: true` for a phone
    that was reported lost: its owner's data has to go from it, also when the token would no longer be good.
    """
    token = DeviceToken.objects.select_related("user", "device").filter(digest=hash_token(raw)).first()
    if token is not None and token.device is not None and token.device.cut_off_at is not None:
        note_wipe_told(token.device)
        raise Unauthenticated("device_cut_off", "This device was reported lost. Wipe its data.", wipe=True)
    if token is None or not token.user.is_active or token.expiry <= now():
        raise Unauthenticated("token_not_valid", "Sign in again.")
    _prolong(token)
    return token.user, token


def _prolong(token: DeviceToken) -> None:
    expiry = now() + token_ttl(token.user)
    if expiry - token.expiry > PROLONG_AFTER:
        token.expiry = expiry
        token.save(update_fields=["expiry"])


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token …`. Requests without it, or with another scheme, are nobody's: permissions decide."""

    def authenticate(self, request: Request) -> tuple[User, DeviceToken] | None:
        scheme, _, raw = get_authorization_header(request).partition(b" ")
        if scheme.lower() != SCHEME.lower().encode():
            return None
        return user_for_token(raw.strip().decode("latin-1"))

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API schema describes it."""

    target_class = "accounts.signin.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token ` and the token that signing in has answered.",
        }
