"""Fields of input forms that several concepts use."""

from typing import Any

from rest_framework import serializers

from sync.storable import storable


class JsonObjectField(serializers.DictField):
    """A JSON object of any shape that PostgreSQL can keep: no NUL characters, no halves of Unicode characters."""

    def to_internal_value(self, data: Any) -> dict[Any, Any]:
        value: dict[Any, Any] = super().to_internal_value(data)
        if not storable(value):
            raise serializers.ValidationError("This text or number cannot be stored.", "not_storable")
        return value
