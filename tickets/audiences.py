"""One shape for several readers: what residents do not see is left out of it."""

from typing import Any

from rest_framework import serializers

from accounts.models import User

RESIDENT = "resident"


class ByAudience(serializers.BaseSerializer[Any]):
    """Leaves out, for residents, every field that `RESIDENT_SEES` does not name: a new field is internal at first.

    The context says who reads: `audience` (the kind of a scope) for all rows, or the `viewer` to tell for each row.
    """

    RESIDENT_SEES: frozenset[str]

    def audience_of(self, row: Any, viewer: User) -> str:
        """As whom this person sees the row: `desk`, `technician` or `resident`."""
        raise NotImplementedError

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Only what everybody sees is promised by the schema."""
        fields: dict[str, serializers.Field[Any, Any, Any, Any]] = super().get_fields()  # type: ignore[misc]
        for name, field in fields.items():
            field.read_only, field.required = False, name in self.RESIDENT_SEES
        return fields

    def for_resident(self, row: Any) -> bool:
        """Whether the reader is the customer, and none of ours."""
        return (self.context.get("audience") or self.audience_of(row, self.context["viewer"])) == RESIDENT

    def to_representation(self, row: Any) -> dict[str, Any]:
        body: dict[str, Any] = super().to_representation(row)
        if self.for_resident(row):
            return {name: value for name, value in body.items() if name in self.RESIDENT_SEES}
        return body
