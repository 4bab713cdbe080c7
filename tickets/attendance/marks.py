"""Triggers that note of whose days something was written, whoever wrote and however."""

import pgtrigger

from sync.triggers import rows_of

MARK = """
    INSERT INTO tickets_attendancemark (technician_id, since, until)
    SELECT DISTINCT technician_id, {since}, {until} FROM ({rows}) AS written;
    RETURN NULL;
"""
ROWS = {
    pgtrigger.Insert: "TABLE new_rows",
    pgtrigger.Update: "TABLE new_rows UNION ALL TABLE old_rows",
    pgtrigger.Delete: "TABLE old_rows",
}


def attendance_marks(
    *, since: str = "starts_at", until: str = "ends_at", append_only: bool = False
) -> list[pgtrigger.Trigger]:
    """Triggers for a model's `Meta.triggers`: by its rows the days of `technician_id` are reckoned (`reckoning.py`).

    `since` and `until` are the columns with the moments that it is about. They fire once per statement.
    """
    return [
        pgtrigger.Trigger(
            name=f"attendance_{str(operation).lower()}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=rows_of(operation),
            func=MARK.format(since=since, until=until, rows=rows),
        )
        for operation, rows in ROWS.items()
        if operation is pgtrigger.Insert or not append_only
    ]
