"""The private address of somebody's visits."""

from django.conf import settings
from django.db import models

from sync.audit.triggers import audited
from sync.ids import uuid7


class CalendarLink(models.Model):
    """Whoever knows its secret reads this technician's visits, without signing in. We keep only the secret's hash.

    It ends with the technician's sign-ins: `sign_outs` says how often they had been signed out everywhere when they
    made it. `content_digest` is what was read last, and `changed_at` when that was first so.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    technician = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_link")
    digest = models.CharField(max_length=128, unique=True)
    sign_outs = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    content_digest = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        triggers = audited(unheard=("digest", "content_digest", "changed_at", "sign_outs"))

    def __str__(self) -> str:
        return f"calendar link of {self.technician_id}"
