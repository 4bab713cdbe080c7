"""The wire of push: see `docs/sync.md`."""

from typing import Any

from rest_framework import serializers

from sync.operations.models import Receipt
from sync.storable import LARGEST, storable

MAX_OPERATIONS = 1_000
"""Operations in one push."""


class ReadingInput(serializers.Serializer[Any]):
    """What a device's clocks say: wall clock, monotonic milliseconds since its boot, and the name of that boot."""

    wall = serializers.DateTimeField()
    monotonic_ms = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)
    boot = serializers.CharField(required=False, allow_blank=True, max_length=64)


class OperationInput(serializers.Serializer[Any]):
    """One operation. `data` depends on `kind`."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField(min_value=0, max_value=LARGEST)
    kind = serializers.CharField(max_length=64)
    captured = ReadingInput()
    depends_on = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=100, default=list)
    data = serializers.DictField()  # type: ignore[assignment]

    def validate_data(self, value: dict[str, Any]) -> dict[str, Any]:
        """Refuse what JSON allows and a database cannot keep."""
        if not storable(value):
            raise serializers.ValidationError("This text or number cannot be stored.", code="not_storable")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """An operation cannot wait for itself."""
        if attrs["id"] in attrs["depends_on"]:
            raise serializers.ValidationError({"depends_on": "An operation cannot depend on itself."}, code="invalid")
        return attrs


class AnyJson(serializers.Field[Any, Any, Any, Any]):
    """Whatever it is: it is judged later."""

    def to_internal_value(self, data: Any) -> Any:
        return data


class PushInput(serializers.Serializer[Any]):
    """The envelope. Operations are judged one by one: a malformed one is refused by itself."""

    device = serializers.UUIDField()
    schema = serializers.IntegerField(min_value=1, max_value=1_000_000)
    clock = ReadingInput()
    operations = serializers.ListField(child=AnyJson(allow_null=True))


class PushEnvelope(PushInput):
    """The envelope as it is documented, with its operations spelled out."""

    operations = OperationInput(many=True)  # type: ignore[assignment]


class OperationResult(serializers.Serializer[Any]):
    """The answer to one operation."""

    id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField([*Receipt.Status.values, "retry"])
    duplicate = serializers.BooleanField(required=False, help_text="The receipt already stood.")
    merged = serializers.ListField(child=serializers.CharField(), required=False)
    conflicts = serializers.ListField(child=serializers.UUIDField(), required=False)
    code = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)
    allowed = serializers.ListField(child=serializers.CharField(), required=False)
    errors = serializers.ListField(child=serializers.DictField(), required=False)  # type: ignore[assignment]
    blocked_by = serializers.UUIDField(required=False)


class PushOutput(serializers.Serializer[Any]):
    """One result per operation, in the order in which they were sent."""

    results = OperationResult(many=True)
    server_time = serializers.DateTimeField()


class ReceiptOutput(serializers.ModelSerializer[Receipt]):
    """An operation as it came, and what was answered."""

    class Meta:
        model = Receipt
        fields = [
            "operation_id",
            "device",
            "user",
            "seq",
            "kind",
            "schema",
            "data",
            "captured",
            "occurred_at",
            "received_at",
            "flags",
            "status",
            "answer",
            "depends_on",
            "blocked_by",
            "released_by",
            "released_at",
        ]
        read_only_fields = fields
