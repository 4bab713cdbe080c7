from django.db import migrations

TERRITORY = """
    CREATE OR REPLACE FUNCTION sync_territory_of(collection text, doc_id uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
        SELECT CASE collection
            WHEN 'tickets' THEN (SELECT territory_id FROM tickets_ticket WHERE id = doc_id)
            WHEN 'visits' THEN (
                SELECT t.territory_id FROM tickets_visit v JOIN tickets_ticket t ON t.id = v.ticket_id WHERE v.id = doc_id
            )
            WHEN 'assets' THEN (
                SELECT s.territory_id FROM tickets_asset a JOIN tickets_site s ON s.id = a.site_id WHERE a.id = doc_id
            )
        END
    $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0012_audit_of_any_actor"),
        ("tickets", "0032_handovers"),
    ]

    operations = [migrations.RunSQL(TERRITORY, migrations.RunSQL.noop)]
