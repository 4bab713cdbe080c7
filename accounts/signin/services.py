"""Commands of signing in and out.

Nobody is signed in yet while signing in, so these commands have no actor. A wrong code or password has to be counted
although the sign-in is refused: so the refusal is raised after the transaction that counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from axes.helpers import get_client_ip_address, get_cool_off
from axes.utils import reset as forget_failures
from django.contrib.auth import authenticate
from django.db.models import Q
from django.http import HttpRequest
from knox.models import get_digest_token
from rest_framework.request import Request

from accounts.conf import accounts_settings
from accounts.consents.models import Consent
from accounts.consents.services import write as agree
from accounts.people.access import own_person, require_role
from accounts.people.models import STAFF, Role, User
from accounts.people.phones import phone_number
from accounts.people.services import end_access, register_resident, set_own_password
from accounts.signin import codes, limits
from accounts.signin.models import DeviceToken, OneTimeCode, SignInHit
from fieldsvc.errors import TooMany, Unauthenticated
from fieldsvc.time import now
from sync.commands import Actor, command
from sync.devices.models import Device
from sync.devices.services import register_device
from sync.registry import poke_person

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a device gets when it is let in. The raw `token` is nowhere else, and never to be had again."""

    token: str
    user: User
    device: Device | None


@command
def request_code(*, occurred_at: datetime, phone: str, address: str | None, language: str) -> None:
    """Somebody at `address` asks for a one-time code for `phone`. The former code is worth nothing from now on.

    Nobody learns from it who is registered: a code is sent to unknown phones too, as it is how residents register,
    and for staff and people who left everything is the same except that nothing is sent. `language` counts for
    unknown phones. Raises Invalid("phone_not_valid"), TooMany("too_many_codes").
    """
    phone, settings = phone_number(phone), accounts_settings()
    by_address, by_phone = f"code for {limits.network(address)}", f"code for {phone}"
    seconds = limits.wait(by_address, limits.Limit(settings.codes_per_address, HOUR), at=occurred_at)
    seconds = seconds or limits.wait(
        by_phone,
        limits.Limit(1, codes.RESEND_AFTER),
        limits.Limit(settings.codes_per_phone, HOUR),
        at=occurred_at,
    )
    if seconds:
        raise TooMany("too_many_codes", f"Ask for another code in {seconds} seconds.", retry_after=seconds)
    limits.count(by_address, at=occurred_at)
    limits.count(by_phone, at=occurred_at)
    code = codes.new_code()
    OneTimeCode.objects.update_or_create(
        phone=phone,
        defaults={
            "digest": codes.digest(phone, code),
            "expires_at": occurred_at + codes.VALID_FOR,
            "attempts": 0,
        },
    )
    person = User.objects.filter(phone=phone).first()
    if person is None:
        codes.code_sender()(phone, code, language)
    elif _may_use_codes(person):
        codes.code_sender()(phone, code, person.language)


def sign_in_with_code(
    *,
    occurred_at: datetime,
    phone: str,
    code: str,
    address: str | None,
    language: str,
    name: str = "",
    device: Mapping[str, Any] | None = None,
    terms: str = "",
) -> SignedIn:
    """A resident shows the code that the phone was sent; at the first time that registers them, under `name`.

    `terms` is the version of the terms to which they agree with it.

    Raises Unauthenticated("code_not_accepted") alike for a wrong, used, expired or never sent code and for somebody
    who has to sign in by password; Invalid("phone_not_valid"), TooMany("too_many_attempts").
    """
    signed_in = _redeem(
        occurred_at=occurred_at,
        phone=phone_number(phone),
        code=code,
        network=limits.network(address),
        language=language,
        name=name,
        device=device,
        terms=terms,
    )
    if signed_in is None:
        raise Unauthenticated("code_not_accepted", "Check the code, or ask for a new one.")
    return signed_in


@command
def _redeem(
    *,
    occurred_at: datetime,
    phone: str,
    code: str,
    network: str,
    language: str,
    name: str,
    device: Mapping[str, Any] | None,
    terms: str,
) -> SignedIn | None:
    """Use up the code, or count that it was wrong and return None."""
    refused = f"refused for {network}"
    most = limits.Limit(accounts_settings().refused_codes_per_address, HOUR)
    if seconds := limits.wait(refused, most, at=occurred_at):
        raise TooMany("too_many_attempts", f"Try again in {seconds} seconds.", retry_after=seconds)
    kept = (
        OneTimeCode.objects.select_for_update()
        .filter(phone=phone, expires_at__gt=occurred_at, attempts__lt=codes.MOST_ATTEMPTS)
        .first()
    )
    person = User.objects.filter(phone=phone).first()
    right = codes.matches(phone, code, kept.digest if kept else "")
    if kept is None or not right or (person is not None and not _may_use_codes(person)):
        if kept is not None:
            kept.attempts += 1
            kept.save(update_fields=["attempts"])
        limits.count(refused, at=occurred_at)
        return None
    kept.delete()
    if person is None:
        person = register_resident(occurred_at=occurred_at, phone=phone, name=name, language=language)
    if terms:
        agree(person, Consent.About.TERMS, True, terms, actor=Actor(person), occurred_at=occurred_at, how="sign_in")
    return _let_in(person, occurred_at=occurred_at, device=device)


def _may_use_codes(person: User) -> bool:
    return person.is_active and person.has_role(Role.RESIDENT)


def sign_in_with_password(
    *,
    request: Request,
    occurred_at: datetime,
    username: str,
    password: str,
    device: Mapping[str, Any] | None = None,
) -> SignedIn:
    """One of the staff signs in. Too many failures lock the username for the address they came from.

    Raises Unauthenticated("password_not_accepted") alike for a wrong password and an unknown username;
    TooMany("locked_out").
    """
    person = _check_password(request, username.lower(), password)
    return _sign_in(occurred_at=occurred_at, person=person, device=device)


@command
def _sign_in(*, occurred_at: datetime, person: User, device: Mapping[str, Any] | None) -> SignedIn:
    return _let_in(person, occurred_at=occurred_at, device=device)


def change_own_password(*, request: Request, actor: Actor, occurred_at: datetime, present: str, password: str) -> None:
    """One of the staff chooses a new password, and signs in anew with it everywhere.

    Raises Forbidden("role_required") for residents, who have none; Unauthenticated("password_not_accepted") and
    TooMany("locked_out") for `present` as when signing in; Invalid("password_not_valid") for the new one.
    """
    require_role(actor, *STAFF)
    _check_password(request, actor.user.username or "", present)
    set_own_password(actor=actor, occurred_at=occurred_at, password=password)


def _check_password(request: Request, username: str, password: str) -> User:
    # axes marks the request that it refuses, and its middleware answers marked ones in its own words. REST framework's
    # request carries the mark past the middleware to us; the admin site's plain requests are answered by axes.
    marked = cast(HttpRequest, request)
    person = authenticate(marked, username=username, password=password)
    if person is None or not person.works_here:
        if getattr(marked, "axes_locked_out", False):
            cool_off = cast(timedelta, get_cool_off(marked))
            minutes = round(cool_off / timedelta(minutes=1))
            raise TooMany(
                "locked_out",
                f"There were too many failed attempts. Try again in {minutes} minutes.",
                retry_after=int(cool_off.total_seconds()),
            )
        raise Unauthenticated("password_not_accepted", "Check the username and the password.")
    forget_failures(ip=get_client_ip_address(marked), username=username)
    return person


def _let_in(person: User, *, occurred_at: datetime, device: Mapping[str, Any] | None) -> SignedIn:
    registered = None
    if device is not None:
        told = {key: value for key, value in device.items() if key != "id"}
        registered = register_device(user=person, device_id=device["id"], **told)
    person.last_login = occurred_at
    person.save(update_fields=["last_login"])
    return SignedIn(issue_token(person, registered), person, registered)


def issue_token(user: User, device: Device | None = None) -> str:
    """A new raw token, in place of the one that the device had. Without device: for a script."""
    if device is not None:
        DeviceToken.objects.filter(device=device).delete()
    digest, raw = get_digest_token()
    expiry = now() + token_ttl(user)
    DeviceToken(digest=digest, token_key=raw[:15], user=user, device=device, expiry=expiry).save(force_insert=True)
    return cast(str, raw)


def token_ttl(user: User) -> timedelta:
    """How long a token of this person may lie unused."""
    settings = accounts_settings()
    return settings.staff_token_ttl if user.works_here else settings.resident_token_ttl


@command
def sign_out(*, actor: Actor, occurred_at: datetime, token: DeviceToken) -> None:
    """This device is signed out; the others of the same person are not."""
    token.delete()
    poke_person(token.user_id)


@command
def sign_out_everywhere(*, actor: Actor, occurred_at: datetime) -> None:
    """Every device and every browser session of this person is signed out, this one too."""
    end_access(own_person(actor))


@command
def prune(*, before: datetime) -> int:
    """Forget codes, counts and tokens that ended before this moment; returns how many.

    The token of a lost phone stays until the phone has come and was told to wipe itself.
    """
    waiting = Q(device__cut_off_at__isnull=False, device__wipe_told_at=None)
    ended = (
        OneTimeCode.objects.filter(expires_at__lt=before),
        SignInHit.objects.filter(at__lt=before - limits.KEPT_FOR),
        DeviceToken.objects.filter(expiry__lt=before).exclude(waiting),
    )
    return sum(rows.delete()[0] for rows in ended)
