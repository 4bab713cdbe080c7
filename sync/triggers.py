"""What a trigger that fires once per statement sees of the rows that the statement wrote."""

import pgtrigger

TABLES = {
    pgtrigger.Insert: {"new": "new_rows"},
    pgtrigger.Update: {"old": "old_rows", "new": "new_rows"},
    pgtrigger.Delete: {"old": "old_rows"},
}


def rows_of(operation: pgtrigger.Operation) -> pgtrigger.Referencing:
    """The rows as they were, `old_rows`, and as they have become, `new_rows`."""
    return pgtrigger.Referencing(**TABLES[operation])  # type: ignore[no-untyped-call]


def changed_rows(pk: str = "id") -> str:
    """`FROM` and `WHERE` for the rows that an update has really changed: `o` as they were, `n` as they have become.

    A full join, though every row has its other half: it is never carried out as a nested loop. PostgreSQL plans the
    statements of a trigger once for each connection, for as few rows as the first update happened to write, and would
    compare each row with each when 500 are written later.
    """
    return f"FROM new_rows n FULL JOIN old_rows o USING ({pk}) WHERE n IS DISTINCT FROM o"
