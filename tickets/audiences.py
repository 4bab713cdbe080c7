"""One shape for several readers: what residents do not see is left out of it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from rest_framework import serializers

from accounts.models import User
from sync.serializing import Output, Step, written

RESIDENT = "resident"
OUR_OWN_PEOPLE = {"technician": "desk"}
"""Audiences of documents for which there is one shape."""


class ForViewer:
    """A view whose serializers have to know who reads. To stand before the framework's own."""

    def get_serializer_context(self) -> dict[str, Any]:
        """With the `viewer`."""
        return {**super().get_serializer_context(), "viewer": self.request.user}  # type: ignore[attr-defined, misc]


class ByAudience(Output):
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
        return written(self._steps_for_residents if self.for_resident(row) else self.steps, row)

    @cached_property
    def _steps_for_residents(self) -> Mapping[str, Step]:
        return {name: step for name, step in self.steps.items() if name in self.RESIDENT_SEES}
