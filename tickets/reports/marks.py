"""Triggers that note which tickets have to be counted anew, whoever wrote and however."""

import pgtrigger

from sync.triggers import rows_of

MARK = """
    INSERT INTO tickets_reportmark (ticket_id, marked_at)
    SELECT DISTINCT {key}, statement_timestamp() FROM ({rows}) AS written WHERE {only};
    RETURN NULL;
"""
ROWS = {
    pgtrigger.Insert: "TABLE new_rows",
    pgtrigger.Update: "TABLE new_rows UNION ALL TABLE old_rows",
    pgtrigger.Delete: "TABLE old_rows",
}


def report_marks(*, key: str = "ticket_id", only: str = "true", append_only: bool = False) -> list[pgtrigger.Trigger]:
    """Triggers for a model's `Meta.triggers`: by its rows the facts of a ticket are reckoned (`formulas.py`).

    `key` is the column with the ticket's id, or SQL that finds it. Rows for which the condition `only` does not hold
    count nowhere.

    They fire once per statement, so a bulk update of 10,000 rows costs one insert of marks.
    """
    return [
        pgtrigger.Trigger(
            name=f"report_{str(operation).lower()}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=rows_of(operation),
            func=MARK.format(key=key, rows=rows, only=only),
        )
        for operation, rows in ROWS.items()
        if operation is pgtrigger.Insert or not append_only
    ]
