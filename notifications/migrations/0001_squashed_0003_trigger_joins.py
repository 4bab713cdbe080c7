import django.core.serializers.json
import django.db.models.deletion
import fieldsvc.time
import pgtrigger.compiler
import sync.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('notifications', '0001_initial'),
        ('notifications', '0002_e_mails'),
        ('notifications', '0003_trigger_joins'),
    ]

    initial = True

    dependencies = [
        ('sync', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('sms', 'SMS'), ('email', 'e-mail')], default='sms', max_length=10)),
                ('kind', models.CharField(choices=[('text', 'Text'), ('code', 'one-time code')], default='text', max_length=10)),
                ('address', models.CharField(max_length=254)),
                ('text', models.TextField(blank=True)),
                ('dedupe_key', models.CharField(max_length=200, unique=True)),
                ('created_at', models.DateTimeField(default=fieldsvc.time.now)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('status', models.CharField(choices=[('queued', 'Queued'), ('sent', 'Sent'), ('dead', 'Dead')], default='queued', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(default=fieldsvc.time.now)),
                ('last_error', models.TextField(blank=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [models.Index(models.OrderBy(models.F('expires_at'), nulls_last=True), models.F('next_try_at'), condition=models.Q(('status', 'queued')), name='message_queued')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'code'), _negated=True), ('status', 'queued'), ('text', ''), _connector='OR'), name='finished_code_is_wiped_out')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=50)),
                ('subject_collection', models.CharField(max_length=50)),
                ('subject_id', models.UUIDField()),
                ('ticket_id', models.UUIDField(blank=True, null=True)),
                ('territory_id', models.UUIDField(blank=True, null=True)),
                ('title', models.TextField()),
                ('title_zh', models.TextField()),
                ('body', models.TextField(blank=True)),
                ('body_zh', models.TextField(blank=True)),
                ('data', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('urgent', models.BooleanField(default=False)),
                ('wants_ack', models.BooleanField(default=False)),
                ('dedupe_key', models.CharField(max_length=200, unique=True)),
                ('created_at', models.DateTimeField(default=fieldsvc.time.now)),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True)),
                ('escalate_at', models.DateTimeField(blank=True, null=True)),
                ('escalated_at', models.DateTimeField(blank=True, null=True)),
                ('acknowledged_device', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='sync.device')),
                ('cause', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='consequences', to='notifications.notice')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['user', '-created_at', '-id'], name='notice_of_person'), models.Index(condition=models.Q(('acknowledged_at', None)), fields=['user', 'created_at'], name='notice_unacknowledged'), models.Index(condition=models.Q(('escalate_at__isnull', False)), fields=['escalate_at'], name='notice_to_escalate'), models.Index(condition=models.Q(('escalate_at__isnull', False)), fields=['subject_id'], name='notice_awaited_about')],
                'constraints': [models.CheckConstraint(condition=models.Q(('wants_ack', False), ('territory_id__isnull', False), _connector='OR'), name='awaited_notice_has_territory')],
                'triggers': [pgtrigger.compiler.Trigger(name='feed_notices_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_feedmark (collection, doc_id, spread, xid)\n    SELECT 'notices', doc_id, bool_or(spread), pg_current_xact_id()::text::bigint\n    FROM (SELECT id AS doc_id, false AS spread FROM new_rows) AS changed WHERE doc_id IS NOT NULL GROUP BY doc_id;\n    RETURN NULL;\n", hash='a74f402f8ad80886631b197c0ac7e4e4cfb21858', level='STATEMENT', operation='INSERT', pgid='pgtrigger_feed_notices_insert_2ab97', referencing='REFERENCING NEW TABLE AS new_rows ', table='notifications_notice', when='AFTER')), pgtrigger.compiler.Trigger(name='feed_notices_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_feedmark (collection, doc_id, spread, xid)\n    SELECT 'notices', doc_id, bool_or(spread), pg_current_xact_id()::text::bigint\n    FROM (SELECT id AS doc_id, false AS spread FROM old_rows) AS changed WHERE doc_id IS NOT NULL GROUP BY doc_id;\n    RETURN NULL;\n", hash='a96da7cdee7d67e251824c4d727e5a5d611b66ec', level='STATEMENT', operation='DELETE', pgid='pgtrigger_feed_notices_delete_600f9', referencing='REFERENCING OLD TABLE AS old_rows ', table='notifications_notice', when='AFTER')), pgtrigger.compiler.Trigger(name='feed_notices_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_feedmark (collection, doc_id, spread, xid)\n    SELECT 'notices', doc_id, bool_or(spread), pg_current_xact_id()::text::bigint\n    FROM (SELECT unnest(ARRAY[n.id, o.id]) AS doc_id, unnest(ARRAY[false, n.id IS DISTINCT FROM o.id]) AS spread FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS changed WHERE doc_id IS NOT NULL GROUP BY doc_id;\n    RETURN NULL;\n", hash='2c4d61ec2b2f1389b7008439e4ecdc11a0a1d47d', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_feed_notices_update_17114', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='notifications_notice', when='AFTER'))],
            },
        ),
    ]
