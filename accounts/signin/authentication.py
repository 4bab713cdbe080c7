"""Who is asking: from the token in the Authorization header to a person, in one statement.

Nothing of it is kept between requests: a token that was revoked, a person who was deactivated, a role that was taken
away end with the next one.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.crypto import hash_token
from psycopg import sql
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.people.models import RoleGrant, User
from accounts.signin.models import DeviceToken
from accounts.signin.services import token_ttl
from fieldsvc.errors import Unauthenticated
from fieldsvc.time import now
from sync.devices.models import Device
from sync.devices.services import note_wipe_told
from sync.sql import execute

M = TypeVar("M", bound=Model)

SCHEME = "Token"
PROLONG_AFTER = timedelta(days=1)
"""A token in use is prolonged once it has lost this much of its time, so that not every request writes."""


def user_for_token(raw: str) -> tuple[User, DeviceToken]:
    """The person whose device shows this token, with roles read, and the token; its time starts anew.

    Raises Unauthenticated("token_not_valid"), and Unauthenticated("device_cut_off") with `wipe: true` for a phone
    that was reported lost: its owner's data has to go from it, also when the token would no longer be good.
    """
    token = _read(hash_token(raw))
    if token is not None and token.device is not None and token.device.cut_off_at is not None:
        note_wipe_told(token.device)
        raise Unauthenticated("device_cut_off", "This device was reported lost. Wipe its data.", wipe=True)
    if token is None or not token.user.is_active or token.expiry <= now():
        raise Unauthenticated("token_not_valid", "Sign in again.")
    _prolong(token)
    return token.user, token


# Every request asks this, and the ORM takes ten times as long to put the question as PostgreSQL to answer it.
HOLDER = sql.SQL(
    "SELECT {columns} FROM accounts_devicetoken token JOIN accounts_user person ON person.id = token.user_id "
    "LEFT JOIN sync_device device ON device.id = token.device_id "
    "LEFT JOIN accounts_rolegrant role_grant ON role_grant.user_id = person.id "
    "WHERE token.digest = %s ORDER BY role_grant.role, role_grant.id"
)


@cache
def _query() -> str:
    models = {"token": DeviceToken, "person": User, "device": Device, "role_grant": RoleGrant}
    columns = [sql.Identifier(name, field) for name, model in models.items() for field in _fields(model)]
    return HOLDER.format(columns=sql.SQL(", ").join(columns)).as_string()


def _read(digest: str) -> DeviceToken | None:
    """The token with its device, and with its person, whose roles are known."""
    rows = execute(_query(), [digest], prepare=True)
    if not rows:
        return None
    values = iter(rows[0])
    token, person, device = _next(DeviceToken, values), _next(User, values), _next(Device, values)
    assert token is not None
    assert person is not None
    token.user, token.device = person, device
    grants = (_next(RoleGrant, iter(row[-len(_fields(RoleGrant)) :])) for row in rows)
    person.grants = tuple(grant for grant in grants if grant)
    return token


@cache
def _fields(model: type[Model]) -> list[str]:
    """The columns of the model's table, by the names of its attributes, which are the same."""
    return [field.attname for field in model._meta.concrete_fields]


def _next(model: type[M], values: Iterator[Any]) -> M | None:
    """An instance from the values that come next; None if there was nothing to join."""
    names = _fields(model)
    own = list(islice(values, len(names)))
    return None if own[names.index(model._meta.pk.attname)] is None else model.from_db(DEFAULT_DB_ALIAS, names, own)


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
