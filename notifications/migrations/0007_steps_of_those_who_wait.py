from django.db import migrations


class Migration(migrations.Migration):
    """What waited for an acknowledgement before there were steps goes to the dispatchers when it was to."""

    dependencies = [
        ('notifications', '0006_choices'),
    ]

    operations = [
        migrations.RunSQL(
            """
            UPDATE notifications_notice SET steps = jsonb_build_array(jsonb_build_object(
                'minutes', round(extract(epoch FROM escalate_at - created_at) / 60)::int, 'way', 'dispatchers'
            )) WHERE escalate_at IS NOT NULL AND steps = '[]'
            """,
            migrations.RunSQL.noop,
        ),
    ]
