"""The audit. Triggers write it (`triggers.py`), nobody changes it; what is old goes (`forgetting.py`)."""

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.expressions import RawSQL


def said(part: str) -> RawSQL:
    """What the transaction says of itself (`context.py`)."""
    return RawSQL(f"nullif(current_setting('fieldsvc.audit', true), '')::jsonb ->> '{part}'", ())  # noqa: S611  our own words


KEPT_AT_LEAST = "30 days"
"""The database itself refuses to forget anything younger, whatever the settings say."""


class AuditEntry(models.Model):
    """One row was made, changed or deleted. Append only.

    `kind` is the model, `row_id` its row, `root_id` whose story it belongs to besides its own: a visit to its ticket's.
    `territory_id` is whose desk may read it, as it was then; without one it is for administrators alone. `changes` has
    by column the old and the new value. No foreign keys: what is told here outlives what it is about.

    An empty `door` says that somebody wrote past the application. In a project whose people have other ids than UUIDs
    the columns `…_key` tell who it was.
    """

    class Action(models.TextChoices):
        INSERT = "insert"
        UPDATE = "update"
        DELETE = "delete"

    class Door(models.TextChoices):
        HTTP = "http"
        PUSH = "push"
        ADMIN = "admin"
        WORKER = "worker"
        CONSOLE = "console"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    on_behalf_of_id = models.UUIDField(null=True)
    actor_key = models.TextField(null=True, db_default=said("actor_key"))
    on_behalf_of_key = models.TextField(null=True, db_default=said("on_behalf_of_key"))
    device_id = models.UUIDField(null=True)
    request_id = models.TextField(blank=True)
    door = models.TextField(choices=Door.choices, blank=True)
    kind = models.TextField()
    action = models.TextField(choices=Action.choices)
    row_id = models.TextField()
    root_id = models.UUIDField(null=True)
    territory_id = models.UUIDField(null=True)
    changes = models.JSONField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index("row_id", "id", name="audit_of_a_row"),
            models.Index("root_id", "id", condition=models.Q(root_id__isnull=False), name="audit_of_a_story"),
            models.Index("actor_id", "id", condition=models.Q(actor_id__isnull=False), name="audit_of_a_person"),
            models.Index("territory_id", "id", name="audit_of_a_territory"),
            models.Index("kind", "id", name="audit_of_a_kind"),
            BrinIndex(fields=["at"], name="audit_by_time"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="kept",
                operation=pgtrigger.Delete,
                when=pgtrigger.Before,
                func=(
                    "IF current_setting('fieldsvc.forgetting', true) = 'yes' "
                    f"AND OLD.at < now() - interval '{KEPT_AT_LEAST}' THEN RETURN OLD; END IF; "
                    "RAISE EXCEPTION 'pgtrigger: the audit is append only';"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.row_id}"
