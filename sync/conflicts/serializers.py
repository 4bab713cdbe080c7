"""Shapes of conflicts, over HTTP and in documents of phones."""

from typing import Any

from rest_framework import serializers

from sync.conflicts.models import Conflict
from sync.storable import storable


class ConflictOutput(serializers.ModelSerializer[Conflict]):
    """A conflict: both values with who wrote them and when, the base, and how it was resolved.

    Whoever sees it only because they wrote one side, and the document no more, does not get the other side. The
    context tells `whole` for all rows; otherwise each row does, as `access.visible_conflicts` found out.
    """

    OF_THE_DOCUMENT = ("server_value", "server_by", "server_at", "resolved_value")

    class Meta:
        model = Conflict
        fields = [
            "id",
            "kind",
            "collection",
            "doc_id",
            "field",
            "detail",
            "base",
            "server_value",
            "server_by",
            "server_at",
            "device_value",
            "device_by",
            "device_id",
            "operation_id",
            "occurred_at",
            "received_at",
            "status",
            "keep",
            "resolved_value",
            "resolved_by",
            "resolved_at",
        ]
        read_only_fields = fields

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The schema does not promise what not everybody gets."""
        fields = super().get_fields()
        for name in self.OF_THE_DOCUMENT:
            fields[name].read_only = fields[name].required = False
        return fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        body: dict[str, Any] = super().to_representation(instance)
        whole = self.context.get("whole", getattr(instance, "whole", False))
        return body if whole else {name: value for name, value in body.items() if name not in self.OF_THE_DOCUMENT}


class ResolutionInput(serializers.Serializer[Any]):
    """How it is resolved."""

    keep = serializers.ChoiceField(Conflict.Keep.choices)
    value = serializers.JSONField(required=False, allow_null=True, help_text="What is to stand, with `keep: edit`.")
    seen = serializers.JSONField(
        required=False,
        allow_null=True,
        help_text="The server's value that you decided against, where `changed_meanwhile` has told you a newer one "
        "than the conflict's `server_value`.",
    )

    def validate_value(self, value: Any) -> Any:
        return _storable(value)

    def validate_seen(self, value: Any) -> Any:
        return _storable(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["keep"] == Conflict.Keep.EDIT and "value" not in attrs:
            raise serializers.ValidationError({"value": "Say which value is to stand."}, code="required")
        return attrs


class ResolveConflictInput(ResolutionInput):
    """The same, as an operation of a phone."""

    conflict_id = serializers.UUIDField()


def _storable(value: Any) -> Any:
    if not storable(value):
        raise serializers.ValidationError("This text or number cannot be stored.", code="not_storable")
    return value
