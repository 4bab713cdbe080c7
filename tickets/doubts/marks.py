"""A trigger that notes which check-ins have to be judged."""

import pgtrigger

from sync.triggers import rows_of

doubt_mark = pgtrigger.Trigger(
    name="doubt_insert",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=rows_of(pgtrigger.Insert),
    func="INSERT INTO tickets_doubtmark (check_in_id) SELECT id FROM new_rows; RETURN NULL;",
)
"""Check-ins are written once: so this fires once for each, together with all others of a push."""
