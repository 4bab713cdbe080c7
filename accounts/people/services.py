"""Commands on people: who is here, under which roles, and who no longer is."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.people import access
from accounts.people.models import Language, Role, RoleGrant, User
from accounts.people.phones import phone_number
from accounts.signin.models import DeviceToken
from accounts.territories.models import Skill, Territory
from accounts.territories.time_zones import DEFAULT_TIME_ZONE
from fieldsvc.errors import Conflict, Invalid
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.registry import poke_person
from sync.repeats import id_taken
from sync.violations import violated_constraint

PROFILE = frozenset({"name", "email", "language", "time_zone"})
"""What everybody may change of themselves. A number is another matter: see `tickets/recoveries/`."""


@command
def create_person(
    *,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None = None,
    username: str | None = None,
    phone: str | None = None,
    name: str,
    email: str = "",
    language: str = Language.ENGLISH,
    time_zone: str = DEFAULT_TIME_ZONE,
    password: str | None = None,
    roles: Collection[Mapping[str, Any]] = (),
    skills: Collection[str] = (),
) -> User:
    """Somebody new, with `roles` as `{"role", "territory_id"}` (no territory: everywhere) and the codes of `skills`.

    Raises Invalid("phone_not_valid" | "password_not_valid" | "sign_in_missing" | "skill_not_known" |
    "territory_not_known"), Conflict("username_taken" | "phone_taken" | "id_taken" | "resident_without_password").
    """
    access.require_administrator(actor)
    person = User(id=id or uuid7(), name=name, email=email, language=language, time_zone=time_zone)
    person.username = username.lower() if username else None
    person.phone = phone_number(phone) if phone else None
    person.registered_at = occurred_at
    person.set_unusable_password()
    _save(person, new=True)
    for grant in roles:
        _grant(person, grant["role"], grant.get("territory_id"), actor=actor, occurred_at=occurred_at)
    person.skills.set(_skills(skills))
    if password:
        _set_password(person, password)
    return person


@command
def register_resident(*, occurred_at: datetime, phone: str, name: str, language: str) -> User:
    """Somebody has proved that this phone (in E.164) is theirs, and is a resident from now on. Nobody acts but they."""
    person = User(phone=phone, name=name, language=language, registered_at=occurred_at)
    person.set_unusable_password()
    _save(person, new=True)
    person.role_grants.create(role=Role.RESIDENT, granted_at=occurred_at)
    return person


@command
def change_person(*, actor: Actor, occurred_at: datetime, person_id: UUID, **changes: Any) -> User:
    """New values for some of username, phone, name, email, language, time_zone and skills (all of them, by code).

    By administrators; what residents may change of themselves (`PROFILE`), by those who answer their calls, too.
    Raises what `create_person` raises.
    """
    person = access.person_to_change(actor, person_id, only_profile=changes.keys() <= PROFILE)
    if "skills" in changes:
        person.skills.set(_skills(changes.pop("skills")))
    if changes.get("username"):
        changes["username"] = changes["username"].lower()
    if changes.get("phone"):
        changes["phone"] = phone_number(changes["phone"])
    _change(person, changes)
    return person


@command
def change_own_profile(*, actor: Actor, occurred_at: datetime, **changes: Any) -> User:
    """What everybody may change of themselves: see `PROFILE`."""
    person = access.own_person(actor)
    _change(person, changes)
    return person


@command
def grant_role(
    *, actor: Actor, occurred_at: datetime, person_id: UUID, role: str, territory_id: UUID | None = None
) -> User:
    """The person has this role from now on, in the territory or everywhere. Repeating it changes nothing.

    Raises Invalid("territory_not_known").
    """
    person = access.person_to_change(actor, person_id)
    _grant(person, role, territory_id, actor=actor, occurred_at=occurred_at)
    return person


@command
def revoke_role(
    *, actor: Actor, occurred_at: datetime, person_id: UUID, role: str, territory_id: UUID | None = None
) -> User:
    """The person no longer has this role there. Repeating it changes nothing.

    Raises Conflict("own_account") for one's own administrator's role: somebody has to stay who can give it back.
    """
    person = access.person_to_change(actor, person_id)
    if role == Role.ADMINISTRATOR:
        _refuse_own_account(actor, person)
    person.role_grants.filter(role=role, territory=territory_id).delete()
    _settle_admin_site(person)
    poke_person(person.pk)
    return person


@command
def deactivate_person(*, actor: Actor, occurred_at: datetime, person_id: UUID) -> User:
    """The person has left: signed out everywhere, never let in again, still named where they acted.

    Raises Conflict("own_account").
    """
    person = access.person_to_change(actor, person_id)
    _refuse_own_account(actor, person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_access(person)
    return person


@command
def reactivate_person(*, actor: Actor, occurred_at: datetime, person_id: UUID) -> User:
    """The person is back, with the roles they had, and has to sign in anew."""
    person = access.person_to_change(actor, person_id)
    person.is_active = True
    person.save(update_fields=["is_active"])
    return person


@command
def set_own_password(*, actor: Actor, occurred_at: datetime, password: str) -> User:
    """Somebody chose a new password, which signs them out everywhere; `signin` has asked for the present one.

    Raises Invalid("password_not_valid").
    """
    person = access.own_person(actor)
    _set_password(person, password)
    end_access(person)
    return person


@command
def set_password(*, actor: Actor, occurred_at: datetime, person_id: UUID, password: str) -> User:
    """An administrator gives somebody a new password, which signs them out everywhere.

    Raises Invalid("password_not_valid"), Conflict("resident_without_password").
    """
    person = access.person_to_change(actor, person_id)
    _set_password(person, password)
    end_access(person)
    return person


def end_access(person: User) -> None:
    """Every token and every browser session of this person ends now. Part of commands, in their transaction."""
    DeviceToken.objects.filter(user=person).delete()
    person.sign_outs += 1
    person.save(update_fields=["sign_outs"])
    poke_person(person.pk)


def _refuse_own_account(actor: Actor, person: User) -> None:
    if actor.user == person:
        raise Conflict("own_account", "Ask another administrator: nobody shuts themselves out.")


def _change(person: User, changes: Mapping[str, Any]) -> None:
    for field, value in changes.items():
        setattr(person, field, value)
    if changes:
        _save(person, fields=list(changes))


def _save(person: User, *, new: bool = False, fields: Collection[str] | None = None) -> None:
    """Write the row. What the database holds against it becomes a refusal that says what to do."""
    try:
        with transaction.atomic():
            person.save(force_insert=new, update_fields=fields)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_person_per_username":
                raise Conflict("username_taken", "Somebody has this username. Choose another.") from error
            case "one_person_per_phone":
                raise Conflict("phone_taken", "Somebody has this phone number. Find and change that person.") from error
            case "accounts_user_pkey":
                raise id_taken() from error
            case "person_can_sign_in":
                raise Invalid(
                    "sign_in_missing", "Give a username (staff) or a phone number (residents).", field="username"
                ) from error
        raise


def _grant(person: User, role: str, territory_id: UUID | None, *, actor: Actor, occurred_at: datetime) -> None:
    territory = Territory.objects.filter(pk=territory_id).first() if territory_id else None
    if territory_id and territory is None:
        raise Invalid("territory_not_known", "Choose one of the territories.", field="territory_id")
    RoleGrant.objects.get_or_create(
        user=person,
        role=role,
        territory=territory,
        defaults={"granted_at": occurred_at, "granted_by": actor.user},
    )
    _settle_admin_site(person)
    poke_person(person.pk)


def _settle_admin_site(person: User) -> None:
    """After a change of roles: the admin site is for administrators of everything, and for nobody else."""
    person.forget_grants()
    person.is_staff = access.territories(person, Role.ADMINISTRATOR) is None
    person.save(update_fields=["is_staff"])


def _set_password(person: User, password: str) -> None:
    if not person.works_here:
        raise Conflict("resident_without_password", "Residents sign in with their phone. Only staff have passwords.")
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid("password_not_valid", " ".join(error.messages), field="password") from error
    person.set_password(password)
    person.save(update_fields=["password"])


def _skills(codes: Collection[str]) -> list[Skill]:
    skills = list(Skill.objects.filter(code__in=codes))
    unknown = sorted(set(codes) - {skill.code for skill in skills})
    if unknown:
        raise Invalid("skill_not_known", f"There is no skill {', '.join(unknown)}.", field="skills")
    return skills
