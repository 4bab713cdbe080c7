"""Shapes of conflicts, over HTTP and in documents of phones."""

from typing import Any

from rest_framework import serializers

from sync.conflicts.models import Conflict
from sync.serializing import Input, Output
from sync.storable import storable


class ConflictOutput(Output, serializers.ModelSerializer[Conflict]):
    """A conflict: both values with who wrote them and when, the base, and how it was resolved.

    Whoever sees it only because they wrote one side, and the document no more, does not get the other side. The
    context tells `whole` for all rows; otherwise each row does, as `access.visible_conflicts` found out.
    """

    OF_THE_DOCUMENT = ("server_value", "server_by_id", "server_by_name", "server_at", "resolved_value")

    server_by_id = serializers.UUIDField(allow_null=True)
    device_by_id = serializers.UUIDField(allow_null=True)
    resolved_by_id = serializers.UUIDField(allow_null=True)
    server_by_name = serializers.StringRelatedField[Any](source="server_by")
    device_by_name = serializers.StringRelatedField[Any](source="device_by")
    resolved_by_name = serializers.StringRelatedField[Any](source="resolved_by")

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
            "server_by_id",
            "server_by_name",
            "server_at",
            "device_value",
            "device_by_id",
            "device_by_name",
            "device_id",
            "operation_id",
            "captured",
            "flags",
            "occurred_at",
            "received_at",
            "status",
            "keep",
            "resolved_value",
            "resolved_by_id",
            "resolved_by_name",
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


class ResolutionInput(Input):
    """How it is resolved."""

    keep = serializers.ChoiceField(Conflict.Keep.choices)
    value = serializers.JSONField(required=False, allow_null=True, help_text="What is to stand, with `keep: edit`.")
    base = serializers.JSONField(
        required=False,
        allow_null=True,
        help_text="The server's value that you decided against, where `changed_meanwhile` has told you a newer one "
        "than the conflict's `server_value`.",
    )

    def validate_value(self, value: Any) -> Any:
        return _storable(value)

    def validate_base(self, value: Any) -> Any:
        return _storable(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["keep"] == Conflict.Keep.EDIT and "value" not in attrs:
            raise serializers.ValidationError({"value": "Say which value is to stand."}, code="required")
        return attrs


class ResolveConflictInput(ResolutionInput):
    """The same, as an operation of a phone."""

    conflict_id = serializers.UUIDField()


OUTCOMES = ["resolved", "refused", "retry"]
"""What becomes of one of many; `retry` is our own fault."""
MOST_AT_ONCE = 200
"""Conflicts that one request resolves: as many as a page of the list can hold."""


class ResolveConflictsInput(Input):
    """Many, in the same way. What is to be edited is resolved one by one."""

    ids = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=MOST_AT_ONCE)
    keep = serializers.ChoiceField([Conflict.Keep.SERVER, Conflict.Keep.DEVICE])


class ResolveConflictOutcome(serializers.Serializer[Any]):
    """What became of one of them. Whatever a refusal tells otherwise stands here too."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(OUTCOMES)
    code = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)


class ResolveConflictsOutput(serializers.Serializer[Any]):
    """One result per conflict, in the order in which they were named."""

    results = ResolveConflictOutcome(many=True)


def _storable(value: Any) -> Any:
    if not storable(value):
        raise serializers.ValidationError("This text or number cannot be stored.", code="not_storable")
    return value
