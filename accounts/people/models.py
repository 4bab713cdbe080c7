from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from accounts.searching import search_indexes, text_of
from accounts.territories.models import Skill, Territory
from accounts.territories.time_zones import DEFAULT_TIME_ZONE, validate_time_zone
from fieldsvc.time import now
from sync.audit.triggers import audited
from sync.ids import uuid7
from sync.rows import Row


class Role(models.TextChoices):
    """What somebody does here; `docs/glossary.md` describes each. One person may have several roles."""

    RESIDENT = "resident"
    AGENT = "agent"
    DISPATCHER = "dispatcher"
    TECHNICIAN = "technician"
    STOREKEEPER = "storekeeper"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


STAFF = frozenset(Role) - {Role.RESIDENT}
"""The roles of those who work here."""
DESK = (Role.AGENT, Role.DISPATCHER, Role.SUPERVISOR)
"""The roles that deal with callers: they may also act on a resident's behalf."""
WATCHERS = (*DESK, Role.ADMINISTRATOR)
"""The roles that see all tickets of their territories."""


PERSON_TEXT = text_of("name", "phone")
"""By what a person is found while somebody types."""


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    CHINESE = "zh", "中文"


class UserManager(BaseUserManager["User"]):
    """Makes the people that exist before anybody can act: the first administrator, and those of tests.

    Everybody else comes from `accounts.people.services`.
    """

    def create_user(self, username: str | None = None, password: str | None = None, **fields: Any) -> "User":
        """A person without any role. Without a password, none will be accepted."""
        user = self.model(username=username and username.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """An administrator of everything: what `manage.py createsuperuser` makes."""
        with transaction.atomic(using=self._db):
            user = self.create_user(username, password, is_staff=True, **fields)
            user.role_grants.create(role=Role.ADMINISTRATOR)
        return user


class User(Row, AbstractBaseUser):
    """A person. Staff sign in with `username` and password, residents with `phone` and a one-time code.

    What a person may do follows from the roles alone; Django's groups and permission rows are not used.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(
        max_length=150,
        null=True,
        blank=True,
        validators=[UnicodeUsernameValidator()],
        help_text="In small letters. Residents have none.",
    )
    phone = models.CharField(max_length=16, null=True, blank=True, help_text="With country code: +8613812345678.")
    name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.ENGLISH)
    time_zone = models.CharField(max_length=64, default=DEFAULT_TIME_ZONE, validators=[validate_time_zone])
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may open the admin site", default=False)
    skills = models.ManyToManyField(Skill, blank=True, related_name="people")
    registered_at = models.DateTimeField(default=now, editable=False)
    sign_outs = models.PositiveIntegerField(default=0, editable=False)
    """How often this person was signed out everywhere: part of what a browser session has to match."""

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(fields=["username"], name="one_person_per_username"),
            models.UniqueConstraint(fields=["phone"], name="one_person_per_phone"),
            models.CheckConstraint(
                condition=models.Q(username=Lower("username")),
                name="username_in_small_letters",
                violation_error_message="Write the username in small letters.",
            ),
            models.CheckConstraint(
                condition=models.Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="phone_in_e164",
                violation_error_message="Write the phone number with its country code.",
            ),
            models.CheckConstraint(
                condition=models.Q(username__isnull=False) | models.Q(phone__isnull=False),
                name="person_can_sign_in",
                violation_error_message="Give a username or a phone number.",
            ),
        ]
        indexes = search_indexes("people", PERSON_TEXT)
        triggers = audited(secret=("password",), unheard=("last_login", "sign_outs"))

    def __str__(self) -> str:
        return self.name or self.username or self.phone or str(self.id)

    @cached_property
    def grants(self) -> "tuple[RoleGrant, ...]":
        """This person's roles with their places, read once per instance (and for a list: prefetch `role_grants`)."""
        return tuple(self.role_grants.all())

    @property
    def roles(self) -> frozenset[str]:
        """This person's roles, wherever they hold."""
        return frozenset(grant.role for grant in self.grants)

    def has_role(self, *roles: str) -> bool:
        """Whether this person has one of these roles, wherever it holds."""
        return not self.roles.isdisjoint(roles)

    @property
    def works_here(self) -> bool:
        """Whether this is one of the staff; somebody may be staff and resident."""
        return self.has_role(*STAFF)

    def forget_grants(self) -> None:
        """Read the roles anew when they are next asked for."""
        self.__dict__.pop("grants", None)

    def has_perm(self, permission: str, obj: object = None) -> bool:
        """For the admin site: whoever may open it is an administrator of everything, and may do all that it offers."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """As `has_perm`."""
        return self.has_perm(app_label)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Both public hashes of AbstractBaseUser (present and former secret key) come through here.
        key_salt = "accounts.people.models.User.get_session_auth_hash"
        return salted_hmac(key_salt, f"{self.password}{self.sign_outs}", secret=secret, algorithm="sha256").hexdigest()


class PersonSkill(User.skills.through):  # type: ignore[name-defined,misc]
    """Somebody has a skill: rows of the table between the two, whose changes stand in the audit as the person's."""

    class Meta:
        proxy = True
        triggers = audited(row="user_id", unheard=("id",))


class RoleGrant(models.Model):
    """A person has a role: in one territory, or everywhere when there is none."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: everywhere."
    )
    granted_at = models.DateTimeField(default=now, editable=False)
    granted_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["role", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "territory"], nulls_distinct=False, name="one_grant_per_role_and_place"
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_is_known"),
        ]
        triggers = audited(territory="{row}.territory_id")

    def __str__(self) -> str:
        return f"{self.role} in {self.territory}" if self.territory_id else f"{self.role} everywhere"
