"""The wire of WatermelonDB: see `docs/watermelondb.md`."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework import serializers

from sync.storable import LARGEST

LEFT_OUT = ("", "null", "undefined")
"""How the absence of a value looks in a query that a program of JavaScript has put together."""


class MigrationField(serializers.Field[frozenset[str], str, Any, Any]):
    """The library's account of a migration, as JSON: the tables that it made, and those to which it added columns."""

    def to_internal_value(self, data: Any) -> frozenset[str]:
        """All these tables."""
        try:
            migration = orjson.loads(data)
            tables = [*migration["tables"], *(change["table"] for change in migration["columns"])]
        except (ValueError, KeyError, TypeError) as error:
            raise serializers.ValidationError("This is no account of a migration.", code="invalid") from error
        if not all(isinstance(table, str) for table in tables):
            raise serializers.ValidationError("Tables have names.", code="invalid")
        return frozenset(tables)


class SyncQuery(serializers.Serializer[Any]):
    """What the library tells at a pull; at a push, the number of the pull just before it."""

    last_pulled_at = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)
    schema_version = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)
    migration = MigrationField(required=False, default=frozenset)

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "SyncQuery":
        """From a query string."""
        return cls(data={name: value for name, value in query.items() if value not in LEFT_OUT})


class TableChanges(serializers.Serializer[Any]):
    """What changed in one table."""

    created = serializers.ListField(child=serializers.DictField(), required=False, default=list)
    updated = serializers.ListField(child=serializers.DictField(), required=False, default=list)
    deleted = serializers.ListField(child=serializers.CharField(), required=False, default=list)


class PullOutput(serializers.Serializer[Any]):
    """The changes by table, and the number to name at the next pull."""

    changes = serializers.DictField(child=TableChanges())
    timestamp = serializers.IntegerField()


class PushChanges(serializers.Serializer[Any]):
    """What a phone wrote, by table."""

    changes = serializers.DictField(child=TableChanges())
    wall = serializers.DateTimeField(required=False, help_text="What the phone's clock says now.")


class RefusedRow(serializers.Serializer[Any]):
    """A row that was not taken, and why."""

    table = serializers.CharField()
    id = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ConflictingRow(serializers.Serializer[Any]):
    """A row about which a conflict is open."""

    table = serializers.CharField()
    id = serializers.UUIDField()


class PushAnswer(serializers.Serializer[Any]):
    """What was not simply done."""

    experimentalRejectedIds = serializers.DictField(  # noqa: N815  (the library's word)
        child=serializers.ListField(child=serializers.CharField()),
        help_text="By table, the rows of `refused` that the phone keeps as unsent.",
    )
    refused = RefusedRow(many=True)
    undone = RefusedRow(many=True, help_text="Deletions that were refused: the rows come back with the next pull.")
    conflicts = ConflictingRow(many=True)
