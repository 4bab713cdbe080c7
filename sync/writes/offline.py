"""The operation of whatever else a document write may say."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers

from fieldsvc.errors import Invalid
from sync.commands import Actor, command
from sync.registry import Operation
from sync.serializing import Input


class DocumentWriteInput(Input):
    """A document, and the fields that were written into it: what was there and what was to be."""

    collection = serializers.CharField()
    id = serializers.UUIDField()
    base = serializers.DictField(allow_null=True)
    new = serializers.DictField(allow_null=True)


@command
def refuse_write(
    *,
    actor: Actor,
    occurred_at: datetime,
    collection: str,
    id: UUID,
    base: dict[str, Any] | None,
    new: dict[str, Any] | None,
) -> None:
    """There is no operation for this. As a refused operation it is remembered with all that was written.

    Raises Invalid("write_means_nothing").
    """
    code, detail = "write_means_nothing", "No operation does this to a document of this collection."
    culprits = [{"field": field, "code": code, "detail": detail} for field in sorted({*(base or {}), *(new or {})})]
    raise Invalid("write_means_nothing", detail, errors=culprits)


OPERATIONS = {"document.write": Operation(DocumentWriteInput, refuse_write)}
