from django.db import migrations

TABLES = ("tickets_ticket", "tickets_call", "tickets_callback", "tickets_staffcomplaint", "tickets_bill")

HOLD_AT_ONCE = f"""
    DO $$
    DECLARE key record;
    BEGIN
        FOR key IN
            SELECT conrelid::regclass AS of_table, conname FROM pg_constraint
            JOIN pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum]
            WHERE contype = 'f' AND attname = 'resident_id' AND conrelid = ANY('{{{",".join(TABLES)}}}'::regclass[])
        LOOP
            EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I NOT DEFERRABLE', key.of_table, key.conname);
        END LOOP;
    END $$
"""


class Migration(migrations.Migration):
    """Who writes something of a resident holds the resident from then on, and not from the commit on.

    Django's foreign keys are looked at when the transaction commits, and lock then what they point to: after the feed's
    scopes, which come last in the order of locks. An erasure, which holds the person and then wants the scopes, so met
    a ticket that was just being opened, and one of the two was a victim.
    """

    dependencies = [("tickets", "0034_answers_among_a_million_tickets")]

    operations = [migrations.RunSQL(HOLD_AT_ONCE, migrations.RunSQL.noop)]
