"""The wire of push: see `docs/sync.md`."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from sync import registry, schemas
from sync.operations.models import Receipt
from sync.operations.selectors import causes
from sync.serializing import Input, Output
from sync.storable import LARGEST, storable

MAX_OPERATIONS = 1_000
"""Operations in one push."""
UNSTORABLE = "This text or number cannot be stored."


class ReadingInput(Input):
    """What a device's clocks say: wall clock, monotonic milliseconds since its boot, and the name of that boot."""

    wall = serializers.DateTimeField()
    monotonic_ms = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)
    boot = serializers.CharField(required=False, allow_blank=True, max_length=64)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Refuse what a database cannot keep, as the words themselves are kept: a time may hold any character."""
        reading: dict[str, Any] = super().to_internal_value(data)
        unstorable = {name: UNSTORABLE for name in reading if not storable(data[name])}
        if unstorable:
            raise serializers.ValidationError(unstorable, code="not_storable")
        return reading


class OperationInput(Input):
    """One operation. `data` depends on `kind`."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField(min_value=0, max_value=LARGEST)
    kind = serializers.CharField(max_length=64)
    captured = ReadingInput()
    depends_on = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=100, default=list)
    data = serializers.DictField()  # type: ignore[assignment]
    schema = serializers.IntegerField(
        required=False,
        min_value=schemas.FIRST,
        max_value=LARGEST,
        help_text="Of an operation that was written by an older version of the app: the schema of that one.",
    )

    def validate_data(self, value: dict[str, Any]) -> dict[str, Any]:
        """Refuse what JSON allows and a database cannot keep."""
        if not storable(value):
            raise serializers.ValidationError(UNSTORABLE, code="not_storable")
        return value

    def validate_schema(self, value: int) -> int:
        """Nobody writes in the words of a version to come."""
        if value > schemas.newest():
            raise serializers.ValidationError("There is no such version.", code="invalid")
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


class PendingInput(Input):
    """What the phone has not sent yet, beside this push. `oldest` is when the oldest of it was done, as it believes."""

    operations = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    uploads = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    oldest = serializers.DateTimeField(required=False, allow_null=True)


class PushInput(Input):
    """The envelope. Operations are judged one by one: a malformed one is refused by itself."""

    device = serializers.UUIDField()
    schema = serializers.IntegerField(min_value=1, max_value=1_000_000)
    clock = ReadingInput()
    pending = PendingInput(required=False, allow_null=True)
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


class ReceiptOutput(Output, serializers.ModelSerializer[Receipt]):
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
            "discarded_by",
            "discarded_at",
            "discard_reason",
        ]
        read_only_fields = fields

    def to_representation(self, receipt: Receipt) -> dict[str, Any]:
        """What others told only as far as the reader may know."""
        body = super().to_representation(receipt)
        reader = self.context["request"].user
        if receipt.user_id != reader.pk:
            body.update(data=registry.shown_to(reader, body["data"]), answer=registry.shown_to(reader, body["answer"]))
        return body


class CauseOutput(serializers.Serializer[Any]):
    """An operation that another one waits for. One that has never arrived has neither kind nor status."""

    operation_id = serializers.UUIDField()
    kind = serializers.CharField(allow_null=True)
    status = serializers.CharField(allow_null=True)
    code = serializers.CharField(allow_null=True)


class ReceiptDetailOutput(ReceiptOutput):
    """An operation, and what it waits for, to the first cause."""

    causes = serializers.SerializerMethodField()

    class Meta(ReceiptOutput.Meta):
        fields = [*ReceiptOutput.Meta.fields, "causes"]
        read_only_fields = fields

    @extend_schema_field(CauseOutput(many=True))
    def get_causes(self, receipt: Receipt) -> list[dict[str, Any]]:
        return causes(receipt)


class DiscardInput(Input):
    """Why it is given up, and whether what waits for it is given up with it."""

    reason = serializers.CharField(max_length=1_000)
    with_dependents = serializers.BooleanField(required=False)
