from django.db import models
from knox.models import AbstractAuthToken

from accounts.people.models import User
from sync.audit.triggers import audited
from sync.ids import uuid7


class OneTimeCode(models.Model):
    """The code that a phone was sent last: a new one takes the place of the former. Only a keyed hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    phone = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    """How many wrong codes were tried against it."""

    def __str__(self) -> str:
        return f"code for {self.phone}"


class SignInHit(models.Model):
    """Something that may be done only so often happened: see `accounts.signin.limits`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=80)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["key", "-at"], name="sign_in_hits_by_key")]

    def __str__(self) -> str:
        return self.key


class DeviceToken(AbstractAuthToken):  # type: ignore[misc]
    """What a device shows with every request, of which we keep only the hash (SHA-512 of 256 random bits).

    A device has at most one. Scripts have tokens without device.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    device = models.OneToOneField("sync.Device", null=True, blank=True, on_delete=models.CASCADE, related_name="token")

    objects = models.Manager["DeviceToken"]()

    class Meta:
        indexes = [models.Index(fields=["expiry"], name="device_tokens_by_expiry")]
        triggers = audited(row="user_id", unheard=("digest", "token_key", "expiry"))

    def __str__(self) -> str:
        return f"token of {self.user_id}"
