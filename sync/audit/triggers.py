"""Triggers that write the audit, whoever changes a row and however."""

from collections.abc import Collection
from typing import Any

import pgtrigger
from django.db import models

from sync.audit.context import SETTING
from sync.triggers import TABLES, changed_rows, rows_of

WRITE = """
    INSERT INTO sync_auditentry (
        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes
    )
    SELECT clock_timestamp(), (said.it ->> 'actor')::uuid, (said.it ->> 'on_behalf_of')::uuid,
           (said.it ->> 'device')::uuid, coalesce(said.it ->> 'request', ''), coalesce(said.it ->> 'door', ''),
           '{kind}', '{action}', changed.*
    FROM (SELECT coalesce(nullif(current_setting('{setting}', true), ''), '{{}}')::jsonb AS it) AS said,
         ({changed}) AS changed;
    RETURN NULL;
"""
"""One statement for all rows that a statement changed."""


class AuditTrigger(pgtrigger.Trigger):
    """Writes an entry for each row that an insert, update or delete has really changed."""

    def __init__(
        self, *, row: str, root: str, territory: str, secret: Collection[str], unheard: Collection[str], **how: Any
    ) -> None:
        super().__init__(level=pgtrigger.Statement, when=pgtrigger.After, **how)
        self.row, self.root, self.territory = row, root, territory
        self.secret, self.unheard = frozenset(secret), frozenset(unheard)

    def get_func(self, model: Any) -> str:
        """The body of the trigger's function, by the columns that the model has."""
        action = str(self.operation).lower()
        return WRITE.format(
            kind=model._meta.label_lower, action=action, setting=SETTING, changed=self._changed(model, action)
        )

    def _changed(self, model: type[models.Model], action: str) -> str:
        pk, columns = model._meta.pk.column, self._columns(model)
        if action == "update":
            return (
                f"SELECT * FROM (SELECT {self._about('n')}, {_differences(columns, self.secret)} AS changes "
                f"{changed_rows(str(pk))}) AS both_rows WHERE changes <> '{{}}'"
            )
        row, table = ("n", "new_rows") if action == "insert" else ("o", "old_rows")
        values = _values(row, columns - self.secret, made=action == "insert")
        return f"SELECT {self._about(row)}, {values} AS changes FROM {table} {row}"

    def _about(self, row: str) -> str:
        root, territory = (said.format(row=row) for said in (self.root, self.territory))
        return f"{row}.{self.row}::text, ({root})::uuid, ({territory})::uuid"

    def _columns(self, model: type[models.Model]) -> frozenset[str]:
        fields = (field for field in model._meta.concrete_fields if not isinstance(field, models.GeneratedField))
        return frozenset(str(field.column) for field in fields) - self.unheard


def _differences(columns: Collection[str], secret: Collection[str]) -> str:
    """The columns that differ, each with its old and new value; of secrets only that they do.

    Written out column by column: comparing the rows as JSON would cost several times as much.
    """
    parts = []
    for column in sorted(columns):
        values = "NULL, NULL" if column in secret else f"o.{column}, n.{column}"
        said = f"jsonb_build_object('{column}', jsonb_build_array({values}))"
        parts.append(f"CASE WHEN o.{column} IS DISTINCT FROM n.{column} THEN {said} ELSE '{{}}' END")
    return " || ".join(parts)


def _values(row: str, columns: Collection[str], *, made: bool) -> str:
    """All columns that say something, each as if it had been nothing before, or were to be nothing."""
    names = ", ".join(f"'{column}'" for column in sorted(columns))
    pair = "NULL, value" if made else "value, NULL"
    return (
        f"coalesce((SELECT jsonb_object_agg(key, jsonb_build_array({pair})) FROM jsonb_each(to_jsonb({row})) "
        f"WHERE key IN ({names}) AND value NOT IN ('null', '\"\"', '[]', '{{}}')), '{{}}')"
    )


def audited(
    *,
    row: str = "id",
    root: str = "NULL",
    territory: str = "NULL",
    secret: Collection[str] = (),
    unheard: Collection[str] = (),
    changes_only: bool = False,
) -> list[pgtrigger.Trigger]:
    """Triggers for a model's `Meta.triggers`: its rows stand in the audit.

    `row` is the column that names the row. `root` is whose story it belongs to besides its own, and `territory` whose
    desk may read it: SQL, in which `{row}` stands for the row. Of `secret` columns no value is written. `unheard`
    columns are no changes: what a machine notes of itself. With `changes_only`, making a row is nothing to tell: many
    are made at once, and who made each stands in it.

    They fire once per statement, and an update that changes nothing is none.
    """
    return [
        AuditTrigger(
            name=f"audit_{str(operation).lower()}",
            operation=operation,
            referencing=rows_of(operation),
            row=row,
            root=root,
            territory=territory,
            secret=secret,
            unheard=unheard,
        )
        for operation in TABLES
        if not (changes_only and operation is pgtrigger.Insert)
    ]


def audited_kinds() -> set[str]:
    """The models whose rows stand in the audit."""
    return {model._meta.label for model, trigger in pgtrigger.registered() if isinstance(trigger, AuditTrigger)}
