from django.db import migrations

THEIRS_WAS_THE_LAST_WORD = """
    UPDATE tickets_ticket AS ticket SET reply_owed_since = said.occurred_at
    FROM (
        SELECT DISTINCT ON (ticket_id) ticket_id, coalesce(on_behalf_of_id, author_id) AS person, occurred_at, received_at
        FROM tickets_note
        WHERE kind = 'message' OR NOT internal
        ORDER BY ticket_id, occurred_at DESC, id DESC
    ) AS said
    WHERE said.ticket_id = ticket.id AND said.person = ticket.resident_id AND said.received_at <> ticket.received_at
      AND ticket.status IN ('new', 'triaged', 'dispatched', 'in_progress', 'on_hold', 'merged')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0065_replies_owed'),
    ]

    operations = [
        migrations.RunSQL(THEIRS_WAS_THE_LAST_WORD, migrations.RunSQL.noop),
    ]
