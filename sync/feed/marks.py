"""Triggers that mark a document whenever one of its rows is written, by whatever means."""

from collections.abc import Sequence
from typing import Any

import pgtrigger

from sync.triggers import changed_rows, rows_of

MARK = """
    INSERT INTO sync_feedmark (collection, doc_id, spread, xid)
    SELECT '{collection}', doc_id, bool_or(spread), pg_current_xact_id()::text::bigint
    FROM ({changes}) AS changed WHERE doc_id IS NOT NULL GROUP BY doc_id;
    RETURN NULL;
"""


class MarkingTrigger(pgtrigger.Trigger):
    """A trigger that knows which documents its table feeds, and by which column."""

    def __init__(self, *, collection: str, key: str, **how: Any) -> None:
        super().__init__(**how)
        self.collection = collection
        self.key = key


def tables_of(collection: str) -> list[tuple[str, str]]:
    """The tables whose rows are documents of this collection or parts of them, each with the column that says which."""
    return sorted(
        {
            (model._meta.db_table, trigger.key)
            for model, trigger in pgtrigger.registered()
            if isinstance(trigger, MarkingTrigger) and trigger.collection == collection
        }
    )


def feed_marks(
    collection: str, *, key: str = "id", audience: Sequence[str] = (), name: str = ""
) -> list[pgtrigger.Trigger]:
    """Triggers for a model's `Meta.triggers`: writing its rows changes the documents of `collection`.

    `key` is the column that holds the document's id (a row may be only a part of a document); `audience` is on what of
    the row the followers of *other* documents depend: columns, or expressions in which `{row}` stands for it; `name`
    tells several sets on one table apart.

    The triggers fire once per statement, so a bulk update of 10,000 rows costs one insert of marks.
    """
    spreads = "true" if audience else "false"
    told = [part if "{row}" in part else f"{{row}}.{part}" for part in audience]
    moved = " OR ".join(f"{part.format(row='o')} IS DISTINCT FROM {part.format(row='n')}" for part in told) or "false"
    changes = {
        pgtrigger.Insert: f"SELECT {key} AS doc_id, {spreads} AS spread FROM new_rows",
        pgtrigger.Update: (
            f"SELECT unnest(ARRAY[n.{key}, o.{key}]) AS doc_id, "
            f"unnest(ARRAY[{moved}, n.{key} IS DISTINCT FROM o.{key}]) AS spread {changed_rows()}"
        ),
        pgtrigger.Delete: f"SELECT {key} AS doc_id, {spreads} AS spread FROM old_rows",
    }
    return [
        MarkingTrigger(
            collection=collection,
            key=key,
            name=f"feed_{name or collection}_{str(operation).lower()}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=rows_of(operation),
            func=MARK.format(collection=collection, changes=changed),
        )
        for operation, changed in changes.items()
    ]
