from django.db import migrations, models

FLAG_SHARED_ONES = """
UPDATE tickets_quote SET flags = array_append(flags, 'signature_shared')
WHERE EXISTS (
    SELECT FROM tickets_quote earlier WHERE earlier.signature_id = tickets_quote.signature_id
    AND (earlier.answered_at, earlier.id) < (tickets_quote.answered_at, tickets_quote.id))
"""
"""What was agreed to stays; a signature that served several quotes has served the first one."""


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0029_data_copies_that_fail'),
    ]

    operations = [
        migrations.RunSQL(FLAG_SHARED_ONES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.UniqueConstraint(condition=models.Q(('flags__contains', ['signature_shared']), _negated=True), fields=('signature',), name='one_quote_per_signature'),
        ),
    ]
