import django.contrib.postgres.fields
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
        ('notifications', '0004_escalation_by_steps'),
        ('notifications', '0005_web_push'),
        ('notifications', '0006_choices'),
        ('notifications', '0007_steps_of_those_who_wait'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0008_trigger_joins'),
        ('sync', '0013_trigger_joins'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                ('steps', models.JSONField(blank=True, default=list)),
                ('steps_taken', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['user', '-created_at', '-id'], name='notice_of_person'), models.Index(condition=models.Q(('acknowledged_at', None)), fields=['user', 'created_at'], name='notice_unacknowledged'), models.Index(condition=models.Q(('escalate_at__isnull', False)), fields=['escalate_at'], name='notice_to_escalate'), models.Index(condition=models.Q(('escalate_at__isnull', False)), fields=['subject_id'], name='notice_awaited_about'), models.Index(fields=['territory_id', '-created_at', '-id'], name='notice_of_territory'), models.Index(condition=models.Q(('ticket_id__isnull', False)), fields=['ticket_id'], name='notice_about_ticket')],
                'constraints': [models.CheckConstraint(condition=models.Q(('wants_ack', False), ('territory_id__isnull', False), _connector='OR'), name='awaited_notice_has_territory')],
                'triggers': [pgtrigger.compiler.Trigger(name='feed_notices_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_feedmark (collection, doc_id, spread, xid)\n    SELECT 'notices', doc_id, bool_or(spread), pg_current_xact_id()::text::bigint\n    FROM (SELECT id AS doc_id, false AS spread FROM new_rows) AS changed WHERE doc_id IS NOT NULL GROUP BY doc_id;\n    RETURN NULL;\n", hash='a74f402f8ad80886631b197c0ac7e4e4cfb21858', level='STATEMENT', operation='INSERT', pgid='pgtrigger_feed_notices_insert_2ab97', referencing='REFERENCING NEW TABLE AS new_rows ', table='notifications_notice', when='AFTER')), pgtrigger.compiler.Trigger(name='feed_notices_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_feedmark (collection, doc_id, spread, xid)\n    SELECT 'notices', doc_id, bool_or(spread), pg_current_xact_id()::text::bigint\n    FROM (SELECT id AS doc_id, false AS spread FROM old_rows) AS changed WHERE doc_id IS NOT NULL GROUP BY doc_id;\n    RETURN NULL;\n", hash='a96da7cdee7d67e251824c4d727e5a5d611b66ec', level='STATEMENT', operation='DELETE', pgid='pgtrigger_feed_notices_delete_600f9', referencing='REFERENCING OLD TABLE AS old_rows ', table='notifications_notice', when='AFTER')), pgtrigger.compiler.Trigger(name='feed_notices_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_feedmark (collection, doc_id, spread, xid)\n    SELECT 'notices', doc_id, bool_or(spread), pg_current_xact_id()::text::bigint\n    FROM (SELECT unnest(ARRAY[n.id, o.id]) AS doc_id, unnest(ARRAY[false, n.id IS DISTINCT FROM o.id]) AS spread FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS changed WHERE doc_id IS NOT NULL GROUP BY doc_id;\n    RETURN NULL;\n", hash='2c4d61ec2b2f1389b7008439e4ecdc11a0a1d47d', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_feed_notices_update_17114', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='notifications_notice', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='Escalation',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('way', models.CharField(choices=[('sms', 'the same person, by SMS'), ('email', 'the same person, by e-mail'), ('dispatchers', 'the dispatchers of the territory'), ('supervisors', 'the supervisors of the territory')], max_length=12)),
                ('due_at', models.DateTimeField()),
                ('taken_at', models.DateTimeField()),
                ('told', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('notice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='escalations', to='notifications.notice')),
            ],
            options={
                'ordering': ['notice', 'number'],
                'constraints': [models.UniqueConstraint(fields=('notice', 'number'), name='each_step_is_taken_once')],
            },
        ),
        migrations.CreateModel(
            name='EscalationPlan',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(blank=True, help_text='Empty: every kind that asks for acknowledgement.', max_length=50)),
                ('steps', models.JSONField(blank=True, default=list, help_text='Such as [{"minutes": 10, "way": "sms"}].')),
                ('territory', models.ForeignKey(blank=True, help_text='Empty: everywhere.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.territory')),
            ],
            options={
                'ordering': ['kind', 'id'],
                'constraints': [models.UniqueConstraint(fields=('kind', 'territory'), name='one_escalation_plan_per_kind_and_place', nulls_distinct=False)],
                'triggers': [pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'notifications.escalationplan\', \'insert\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT n.id::text, (NULL)::uuid, (n.territory_id)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(n)) WHERE key IN (\'id\', \'kind\', \'steps\', \'territory_id\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM new_rows n) AS changed;\n    RETURN NULL;\n', hash='2e6f4fcdae0cafedbba1d0498ba59878155aa09e', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_5e490', referencing='REFERENCING NEW TABLE AS new_rows ', table='notifications_escalationplan', when='AFTER')), pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> 'actor')::uuid, (said.it ->> 'on_behalf_of')::uuid,\n           (said.it ->> 'device')::uuid, coalesce(said.it ->> 'request', ''), coalesce(said.it ->> 'door', ''),\n           'notifications.escalationplan', 'update', changed.*\n    FROM (SELECT coalesce(nullif(current_setting('fieldsvc.audit', true), ''), '{}')::jsonb AS it) AS said,\n         (SELECT * FROM (SELECT n.id::text, (NULL)::uuid, (n.territory_id)::uuid, CASE WHEN o.id IS DISTINCT FROM n.id THEN jsonb_build_object('id', jsonb_build_array(o.id, n.id)) ELSE '{}' END || CASE WHEN o.kind IS DISTINCT FROM n.kind THEN jsonb_build_object('kind', jsonb_build_array(o.kind, n.kind)) ELSE '{}' END || CASE WHEN o.steps IS DISTINCT FROM n.steps THEN jsonb_build_object('steps', jsonb_build_array(o.steps, n.steps)) ELSE '{}' END || CASE WHEN o.territory_id IS DISTINCT FROM n.territory_id THEN jsonb_build_object('territory_id', jsonb_build_array(o.territory_id, n.territory_id)) ELSE '{}' END AS changes FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS both_rows WHERE changes <> '{}') AS changed;\n    RETURN NULL;\n", hash='984fe995a6e72aeb20412a2e705ae50165f1d474', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_2f615', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='notifications_escalationplan', when='AFTER')), pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'notifications.escalationplan\', \'delete\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT o.id::text, (NULL)::uuid, (o.territory_id)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(value, NULL)) FROM jsonb_each(to_jsonb(o)) WHERE key IN (\'id\', \'kind\', \'steps\', \'territory_id\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM old_rows o) AS changed;\n    RETURN NULL;\n', hash='34b54abb62bdd01e47ebcd0683d73ad1749869f8', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_164e6', referencing='REFERENCING OLD TABLE AS old_rows ', table='notifications_escalationplan', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='PushSubscription',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('endpoint', models.CharField(max_length=1000)),
                ('p256dh', models.CharField(max_length=100)),
                ('auth', models.CharField(max_length=30)),
                ('subscribed_at', models.DateTimeField()),
                ('device', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='push_subscription', to='sync.device')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='push_subscriptions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('endpoint',), name='one_device_per_push_endpoint')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('sms', 'SMS'), ('email', 'e-mail'), ('push', 'web push')], default='sms', max_length=10)),
                ('kind', models.CharField(choices=[('text', 'Text'), ('code', 'one-time code')], default='text', max_length=10)),
                ('address', models.CharField(max_length=254)),
                ('text', models.TextField(blank=True)),
                ('dedupe_key', models.CharField(max_length=200, unique=True)),
                ('created_at', models.DateTimeField(default=fieldsvc.time.now)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('status', models.CharField(choices=[('queued', 'Queued'), ('sent', 'Sent'), ('dead', 'Dead'), ('needless', 'seen before it was sent')], default='queued', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(default=fieldsvc.time.now)),
                ('last_error', models.TextField(blank=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('notice', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='notifications.notice')),
                ('resent_at', models.DateTimeField(blank=True, null=True)),
                ('resent_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subscription', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='notifications.pushsubscription')),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [models.Index(models.OrderBy(models.F('expires_at'), nulls_last=True), models.F('next_try_at'), condition=models.Q(('status', 'queued')), name='message_queued'), models.Index(fields=['-created_at', '-id'], name='messages_newest'), models.Index(condition=models.Q(('status', 'dead')), fields=['-created_at', '-id'], name='messages_dead')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'code'), _negated=True), ('status', 'queued'), ('text', ''), _connector='OR'), name='finished_code_is_wiped_out')],
            },
        ),
        migrations.CreateModel(
            name='HeldNotice',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('sms', 'SMS'), ('email', 'e-mail'), ('push', 'web push')], max_length=10)),
                ('due_at', models.DateTimeField(db_index=True)),
                ('notice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notifications.notice')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('notice', 'channel'), name='held_once_per_channel')],
            },
        ),
        migrations.CreateModel(
            name='NoticeChoices',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('wanted', models.JSONField(default=dict)),
                ('quiet_from', models.TimeField(null=True)),
                ('quiet_until', models.TimeField(null=True)),
                ('digest', models.CharField(choices=[('at_once', 'at once'), ('hourly', 'every hour'), ('daily', 'every morning')], default='at_once', max_length=8)),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='notice_choices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('quiet_from', None), ('quiet_until', None)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False)), _connector='OR'), name='quiet_hours_begin_and_end')],
                'triggers': [pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'notifications.noticechoices\', \'insert\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT n.person_id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(n)) WHERE key IN (\'digest\', \'id\', \'person_id\', \'quiet_from\', \'quiet_until\', \'wanted\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM new_rows n) AS changed;\n    RETURN NULL;\n', hash='432526d3fe5bdebca1605c9f6d6ec381bffb829d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_90bc1', referencing='REFERENCING NEW TABLE AS new_rows ', table='notifications_noticechoices', when='AFTER')), pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> 'actor')::uuid, (said.it ->> 'on_behalf_of')::uuid,\n           (said.it ->> 'device')::uuid, coalesce(said.it ->> 'request', ''), coalesce(said.it ->> 'door', ''),\n           'notifications.noticechoices', 'update', changed.*\n    FROM (SELECT coalesce(nullif(current_setting('fieldsvc.audit', true), ''), '{}')::jsonb AS it) AS said,\n         (SELECT * FROM (SELECT n.person_id::text, (NULL)::uuid, (NULL)::uuid, CASE WHEN o.digest IS DISTINCT FROM n.digest THEN jsonb_build_object('digest', jsonb_build_array(o.digest, n.digest)) ELSE '{}' END || CASE WHEN o.id IS DISTINCT FROM n.id THEN jsonb_build_object('id', jsonb_build_array(o.id, n.id)) ELSE '{}' END || CASE WHEN o.person_id IS DISTINCT FROM n.person_id THEN jsonb_build_object('person_id', jsonb_build_array(o.person_id, n.person_id)) ELSE '{}' END || CASE WHEN o.quiet_from IS DISTINCT FROM n.quiet_from THEN jsonb_build_object('quiet_from', jsonb_build_array(o.quiet_from, n.quiet_from)) ELSE '{}' END || CASE WHEN o.quiet_until IS DISTINCT FROM n.quiet_until THEN jsonb_build_object('quiet_until', jsonb_build_array(o.quiet_until, n.quiet_until)) ELSE '{}' END || CASE WHEN o.wanted IS DISTINCT FROM n.wanted THEN jsonb_build_object('wanted', jsonb_build_array(o.wanted, n.wanted)) ELSE '{}' END AS changes FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS both_rows WHERE changes <> '{}') AS changed;\n    RETURN NULL;\n", hash='b97237b9790d7eb6230e821112946b646de32243', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_c2ad5', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='notifications_noticechoices', when='AFTER')), pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'notifications.noticechoices\', \'delete\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT o.person_id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(value, NULL)) FROM jsonb_each(to_jsonb(o)) WHERE key IN (\'digest\', \'id\', \'person_id\', \'quiet_from\', \'quiet_until\', \'wanted\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM old_rows o) AS changed;\n    RETURN NULL;\n', hash='07c148e9a8ac58565bde0df621bb0476cc409fac', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_aea57', referencing='REFERENCING OLD TABLE AS old_rows ', table='notifications_noticechoices', when='AFTER'))],
            },
        ),
    ]
