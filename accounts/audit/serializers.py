"""Shapes of the audit."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.people.masking import masked
from sync.audit.models import AuditEntry


class ChangedValueOutput(serializers.Serializer[Any]):
    """What a column was, and what it is now."""

    field = serializers.CharField()
    old = serializers.JSONField(allow_null=True)
    new = serializers.JSONField(allow_null=True)


class AuditEntryOutput(serializers.ModelSerializer[AuditEntry]):
    """Somebody made, changed or deleted something. `door` is empty where somebody wrote past the application."""

    actor_name = serializers.SerializerMethodField()
    on_behalf_of_name = serializers.SerializerMethodField()
    device_name = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField()

    class Meta:
        model = AuditEntry
        fields = [
            "id",
            "at",
            "actor_id",
            "actor_name",
            "on_behalf_of_id",
            "on_behalf_of_name",
            "device_id",
            "device_name",
            "request_id",
            "door",
            "kind",
            "action",
            "row_id",
            "territory_id",
            "changes",
        ]
        read_only_fields = fields

    def get_actor_name(self, entry: AuditEntry) -> str | None:
        """Null for the service itself, and for whoever is no more."""
        return self._name(entry.actor_id)

    def get_on_behalf_of_name(self, entry: AuditEntry) -> str | None:
        """As `actor_name`."""
        return self._name(entry.on_behalf_of_id)

    def get_device_name(self, entry: AuditEntry) -> str | None:
        """As `actor_name`."""
        return self._name(entry.device_id)

    def _name(self, id: Any) -> str | None:
        name: str | None = self.context.get("names", {}).get(id)
        return masked(name) if self._masks else name

    @property
    def _masks(self) -> bool:
        return not self.context.get("reads_contacts")

    @extend_schema_field(ChangedValueOutput(many=True))
    def get_changes(self, entry: AuditEntry) -> list[dict[str, Any]]:
        """By field; contacts are masked for those who do not need them."""
        changes = masked(entry.changes) if self._masks else entry.changes
        return [{"field": field, "old": old, "new": new} for field, (old, new) in sorted(changes.items())]
