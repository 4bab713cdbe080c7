import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import pgtrigger.compiler
import sync.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('sync', '0001_initial'),
        ('sync', '0002_document_writes'),
        ('sync', '0003_tell_how_much_a_scope_holds'),
        ('sync', '0004_conflicts_keep_the_devices_claim'),
        ('sync', '0005_operations_can_be_discarded'),
        ('sync', '0006_uploads'),
        ('sync', '0007_numbers_for_cursors'),
        ('sync', '0008_devices_tell_how_they_are'),
        ('sync', '0009_entries_by_collection'),
        ('sync', '0010_upload_ids_per_person'),
        ('sync', '0011_audit'),
        ('sync', '0012_audit_of_any_actor'),
        ('sync', '0013_trigger_joins'),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Epoch',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'sync_epoch',
            },
        ),
        migrations.CreateModel(
            name='FeedDocument',
            fields=[
                ('pk', models.CompositePrimaryKey('collection', 'doc_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('collection', models.TextField()),
                ('doc_id', models.UUIDField()),
                ('version', models.BigIntegerField(default=1)),
            ],
            options={
                'db_table': 'sync_feeddocument',
            },
        ),
        migrations.CreateModel(
            name='FeedScope',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.TextField(unique=True)),
                ('last_seq', models.BigIntegerField(default=0)),
                ('bytes', models.BigIntegerField(db_default=0)),
                ('documents', models.BigIntegerField(db_default=0)),
                ('pruned_seq', models.BigIntegerField(db_default=0)),
            ],
            options={
                'db_table': 'sync_feedscope',
            },
        ),
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('platform', models.CharField(blank=True, max_length=50)),
                ('app_version', models.CharField(blank=True, max_length=50)),
                ('schema', models.PositiveIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('last_contact_at', models.DateTimeField(blank=True, null=True)),
                ('skew_ms', models.BigIntegerField(blank=True, null=True)),
                ('cut_off_at', models.DateTimeField(blank=True, null=True)),
                ('wipe_told_at', models.DateTimeField(blank=True, null=True)),
                ('cut_off_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='devices', to=settings.AUTH_USER_MODEL)),
                ('last_pull_at', models.DateTimeField(blank=True, null=True)),
                ('last_push_at', models.DateTimeField(blank=True, null=True)),
                ('oldest_pending_at', models.DateTimeField(blank=True, null=True)),
                ('pending_operations', models.PositiveIntegerField(blank=True, null=True)),
                ('pending_told_at', models.DateTimeField(blank=True, null=True)),
                ('pending_uploads', models.PositiveIntegerField(blank=True, null=True)),
            ],
            options={
                'db_table': 'sync_device',
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['last_contact_at', 'id'], name='devices_by_contact')],
                'triggers': [pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'sync.device\', \'insert\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT n.id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(n)) WHERE key IN (\'created_at\', \'cut_off_at\', \'cut_off_by_id\', \'id\', \'name\', \'platform\', \'user_id\', \'wipe_told_at\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM new_rows n) AS changed;\n    RETURN NULL;\n', hash='542334f1579dc8e4c663d4fd223db6541533a8ec', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_49691', referencing='REFERENCING NEW TABLE AS new_rows ', table='sync_device', when='AFTER')), pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'sync.device\', \'delete\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT o.id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(value, NULL)) FROM jsonb_each(to_jsonb(o)) WHERE key IN (\'created_at\', \'cut_off_at\', \'cut_off_by_id\', \'id\', \'name\', \'platform\', \'user_id\', \'wipe_told_at\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM old_rows o) AS changed;\n    RETURN NULL;\n', hash='d312114f352eff6c65af02d7227adfa61397c50f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_1177d', referencing='REFERENCING OLD TABLE AS old_rows ', table='sync_device', when='AFTER')), pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> 'actor')::uuid, (said.it ->> 'on_behalf_of')::uuid,\n           (said.it ->> 'device')::uuid, coalesce(said.it ->> 'request', ''), coalesce(said.it ->> 'door', ''),\n           'sync.device', 'update', changed.*\n    FROM (SELECT coalesce(nullif(current_setting('fieldsvc.audit', true), ''), '{}')::jsonb AS it) AS said,\n         (SELECT * FROM (SELECT n.id::text, (NULL)::uuid, (NULL)::uuid, CASE WHEN o.created_at IS DISTINCT FROM n.created_at THEN jsonb_build_object('created_at', jsonb_build_array(o.created_at, n.created_at)) ELSE '{}' END || CASE WHEN o.cut_off_at IS DISTINCT FROM n.cut_off_at THEN jsonb_build_object('cut_off_at', jsonb_build_array(o.cut_off_at, n.cut_off_at)) ELSE '{}' END || CASE WHEN o.cut_off_by_id IS DISTINCT FROM n.cut_off_by_id THEN jsonb_build_object('cut_off_by_id', jsonb_build_array(o.cut_off_by_id, n.cut_off_by_id)) ELSE '{}' END || CASE WHEN o.id IS DISTINCT FROM n.id THEN jsonb_build_object('id', jsonb_build_array(o.id, n.id)) ELSE '{}' END || CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END || CASE WHEN o.platform IS DISTINCT FROM n.platform THEN jsonb_build_object('platform', jsonb_build_array(o.platform, n.platform)) ELSE '{}' END || CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END || CASE WHEN o.wipe_told_at IS DISTINCT FROM n.wipe_told_at THEN jsonb_build_object('wipe_told_at', jsonb_build_array(o.wipe_told_at, n.wipe_told_at)) ELSE '{}' END AS changes FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS both_rows WHERE changes <> '{}') AS changed;\n    RETURN NULL;\n", hash='8b6d61f7d3ee5735beba1b513ba0302cbd75edba', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_795b1', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='sync_device', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='BootAnchor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('boot', models.CharField(max_length=64)),
                ('monotonic_ms', models.BigIntegerField()),
                ('server_time', models.DateTimeField()),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='anchors', to='sync.device')),
            ],
            options={
                'db_table': 'sync_bootanchor',
                'constraints': [models.UniqueConstraint(fields=('device', 'boot'), name='one_anchor_per_boot')],
            },
        ),
        migrations.CreateModel(
            name='FeedMark',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('collection', models.TextField()),
                ('doc_id', models.UUIDField()),
                ('spread', models.BooleanField()),
                ('xid', models.BigIntegerField()),
                ('horizon', models.BigIntegerField(null=True)),
                ('failed_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'sync_feedmark',
                'indexes': [models.Index(fields=['xid'], name='marks_of_a_transaction')],
            },
        ),
        migrations.CreateModel(
            name='FeedEntry',
            fields=[
                ('pk', models.CompositePrimaryKey('scope_id', 'collection', 'doc_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('collection', models.TextField()),
                ('doc_id', models.UUIDField()),
                ('seq', models.BigIntegerField()),
                ('version', models.BigIntegerField()),
                ('deleted', models.BooleanField(default=False)),
                ('body', models.TextField(default='')),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('scope', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sync.feedscope')),
                ('entered', models.BigIntegerField(db_default=1)),
            ],
            options={
                'db_table': 'sync_feedentry',
                'indexes': [models.Index(fields=['collection', 'doc_id'], name='entries_of_a_document'), models.Index(condition=models.Q(('deleted', True)), fields=['changed_at'], name='tombstones_by_age'), models.Index(fields=['scope', 'collection', 'seq'], name='entries_of_a_collection')],
                'constraints': [models.UniqueConstraint(fields=('scope', 'seq'), name='one_entry_per_number'), models.CheckConstraint(condition=models.Q(models.Q(('body', ''), ('deleted', True)), models.Q(('deleted', False), models.Q(('body', ''), _negated=True)), _connector='OR'), name='tombstones_are_empty')],
            },
        ),
        migrations.CreateModel(
            name='FieldAuthor',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('collection', models.TextField()),
                ('doc_id', models.UUIDField()),
                ('field', models.TextField()),
                ('device_id', models.UUIDField(null=True)),
                ('occurred_at', models.DateTimeField()),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'sync_fieldauthor',
                'constraints': [models.UniqueConstraint(fields=('collection', 'doc_id', 'field'), name='one_author_per_field')],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('operation_id', models.UUIDField()),
                ('seq', models.BigIntegerField()),
                ('kind', models.CharField(max_length=64)),
                ('schema', models.PositiveIntegerField()),
                ('data', models.JSONField()),
                ('digest', models.BinaryField(max_length=32)),
                ('captured', models.JSONField()),
                ('occurred_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('flags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), default=list, size=None)),
                ('status', models.CharField(choices=[('applied', 'Applied'), ('merged', 'Applied, with fields merged from both sides'), ('conflict', 'Kept, with something to resolve'), ('refused', 'Refused'), ('blocked', 'Waits for another operation')], max_length=16)),
                ('answer', models.JSONField(default=dict)),
                ('depends_on', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('blocked_by', models.UUIDField(null=True)),
                ('released_at', models.DateTimeField(null=True)),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='sync.device')),
                ('released_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('discard_reason', models.TextField(blank=True, default='')),
                ('discarded_at', models.DateTimeField(null=True)),
                ('discarded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'sync_receipt',
                'ordering': ['-received_at', '-id'],
                'indexes': [models.Index(condition=models.Q(('status', 'blocked')), fields=['user', 'blocked_by'], name='receipts_blocked_by'), models.Index(fields=['device', '-received_at'], name='receipts_of_a_device'), models.Index(fields=['-received_at', '-id'], name='receipts_by_time'), models.Index(condition=models.Q(('discarded_at', None), ('status__in', ['refused', 'blocked'])), fields=['device'], name='receipts_waiting_of_a_device')],
                'constraints': [models.UniqueConstraint(fields=('user', 'operation_id'), name='an_operation_counts_once'), models.CheckConstraint(condition=models.Q(models.Q(('blocked_by__isnull', False), ('status', 'blocked')), models.Q(models.Q(('status', 'blocked'), _negated=True), ('blocked_by', None)), _connector='OR'), name='blocked_names_its_cause'), models.CheckConstraint(condition=models.Q(models.Q(('discard_reason', ''), ('discarded_at', None)), models.Q(('discarded_at__isnull', False), ('status', 'refused'), models.Q(('discard_reason', ''), _negated=True)), _connector='OR'), name='a_discarded_operation_says_why')],
            },
        ),
        migrations.CreateModel(
            name='Conflict',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('field', 'Two values for one field'), ('overtaken', 'Work on something that had changed hands or state meanwhile'), ('unique', 'Two claims to one unique thing'), ('deleted', 'An edit of something deleted')], max_length=16)),
                ('collection', models.TextField()),
                ('doc_id', models.UUIDField()),
                ('field', models.TextField(blank=True)),
                ('detail', models.TextField(blank=True)),
                ('base', models.JSONField(null=True)),
                ('server_value', models.JSONField(null=True)),
                ('server_at', models.DateTimeField(null=True)),
                ('device_value', models.JSONField(null=True)),
                ('device_id', models.UUIDField(null=True)),
                ('operation_id', models.UUIDField(null=True)),
                ('occurred_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('status', models.CharField(choices=[('open', 'Open'), ('resolved', 'Resolved')], default='open', max_length=16)),
                ('keep', models.CharField(blank=True, choices=[('server', "The server's"), ('device', "The device's"), ('edit', 'Another')], max_length=16)),
                ('resolved_value', models.JSONField(null=True)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('device_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resolved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('server_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('captured', models.JSONField(null=True)),
                ('flags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), default=list, size=None)),
            ],
            options={
                'db_table': 'sync_conflict',
                'ordering': ['-received_at', '-id'],
                'indexes': [models.Index(fields=['status', '-received_at', '-id'], name='conflicts_by_status'), models.Index(fields=['collection', 'doc_id'], name='conflicts_of_a_document'), models.Index(condition=models.Q(('status', 'open')), fields=['device_id'], name='open_conflicts_of_a_device')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('keep', ''), ('resolved_at', None), ('status', 'open')), models.Q(('resolved_at__isnull', False), ('status', 'resolved'), models.Q(('keep', ''), _negated=True)), _connector='OR'), name='a_resolved_conflict_says_how')],
                'triggers': [pgtrigger.compiler.Trigger(name='feed_conflicts_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_feedmark (collection, doc_id, spread, xid)\n    SELECT 'conflicts', doc_id, bool_or(spread), pg_current_xact_id()::text::bigint\n    FROM (SELECT id AS doc_id, false AS spread FROM new_rows) AS changed WHERE doc_id IS NOT NULL GROUP BY doc_id;\n    RETURN NULL;\n", hash='fd338d3257e1510b65182ca6f88781d3c0e0d111', level='STATEMENT', operation='INSERT', pgid='pgtrigger_feed_conflicts_insert_7efb6', referencing='REFERENCING NEW TABLE AS new_rows ', table='sync_conflict', when='AFTER')), pgtrigger.compiler.Trigger(name='feed_conflicts_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_feedmark (collection, doc_id, spread, xid)\n    SELECT 'conflicts', doc_id, bool_or(spread), pg_current_xact_id()::text::bigint\n    FROM (SELECT id AS doc_id, false AS spread FROM old_rows) AS changed WHERE doc_id IS NOT NULL GROUP BY doc_id;\n    RETURN NULL;\n", hash='583cb56a50f04760e88090e997f2ae49c160d9a5', level='STATEMENT', operation='DELETE', pgid='pgtrigger_feed_conflicts_delete_f92c0', referencing='REFERENCING OLD TABLE AS old_rows ', table='sync_conflict', when='AFTER')), pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'sync.conflict\', \'insert\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT n.id::text, (NULL)::uuid, (sync_territory_of(n.collection, n.doc_id))::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(n)) WHERE key IN (\'base\', \'captured\', \'collection\', \'detail\', \'device_by_id\', \'device_id\', \'device_value\', \'doc_id\', \'field\', \'flags\', \'id\', \'keep\', \'kind\', \'occurred_at\', \'operation_id\', \'received_at\', \'resolved_at\', \'resolved_by_id\', \'resolved_value\', \'scopes\', \'server_at\', \'server_by_id\', \'server_value\', \'status\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM new_rows n) AS changed;\n    RETURN NULL;\n', hash='e14d955332e5d744c99af1324434a7d954cdf548', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_0b034', referencing='REFERENCING NEW TABLE AS new_rows ', table='sync_conflict', when='AFTER')), pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'sync.conflict\', \'delete\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT o.id::text, (NULL)::uuid, (sync_territory_of(o.collection, o.doc_id))::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(value, NULL)) FROM jsonb_each(to_jsonb(o)) WHERE key IN (\'base\', \'captured\', \'collection\', \'detail\', \'device_by_id\', \'device_id\', \'device_value\', \'doc_id\', \'field\', \'flags\', \'id\', \'keep\', \'kind\', \'occurred_at\', \'operation_id\', \'received_at\', \'resolved_at\', \'resolved_by_id\', \'resolved_value\', \'scopes\', \'server_at\', \'server_by_id\', \'server_value\', \'status\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM old_rows o) AS changed;\n    RETURN NULL;\n', hash='0d947986219c825986b869e87deb49e48a2abeb6', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_52c27', referencing='REFERENCING OLD TABLE AS old_rows ', table='sync_conflict', when='AFTER')), pgtrigger.compiler.Trigger(name='feed_conflicts_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_feedmark (collection, doc_id, spread, xid)\n    SELECT 'conflicts', doc_id, bool_or(spread), pg_current_xact_id()::text::bigint\n    FROM (SELECT unnest(ARRAY[n.id, o.id]) AS doc_id, unnest(ARRAY[false, n.id IS DISTINCT FROM o.id]) AS spread FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS changed WHERE doc_id IS NOT NULL GROUP BY doc_id;\n    RETURN NULL;\n", hash='4dd0bd311950ede2e4e7eb42dedcd7e3b486015a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_feed_conflicts_update_c29e5', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='sync_conflict', when='AFTER')), pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> 'actor')::uuid, (said.it ->> 'on_behalf_of')::uuid,\n           (said.it ->> 'device')::uuid, coalesce(said.it ->> 'request', ''), coalesce(said.it ->> 'door', ''),\n           'sync.conflict', 'update', changed.*\n    FROM (SELECT coalesce(nullif(current_setting('fieldsvc.audit', true), ''), '{}')::jsonb AS it) AS said,\n         (SELECT * FROM (SELECT n.id::text, (NULL)::uuid, (sync_territory_of(n.collection, n.doc_id))::uuid, CASE WHEN o.base IS DISTINCT FROM n.base THEN jsonb_build_object('base', jsonb_build_array(o.base, n.base)) ELSE '{}' END || CASE WHEN o.captured IS DISTINCT FROM n.captured THEN jsonb_build_object('captured', jsonb_build_array(o.captured, n.captured)) ELSE '{}' END || CASE WHEN o.collection IS DISTINCT FROM n.collection THEN jsonb_build_object('collection', jsonb_build_array(o.collection, n.collection)) ELSE '{}' END || CASE WHEN o.detail IS DISTINCT FROM n.detail THEN jsonb_build_object('detail', jsonb_build_array(o.detail, n.detail)) ELSE '{}' END || CASE WHEN o.device_by_id IS DISTINCT FROM n.device_by_id THEN jsonb_build_object('device_by_id', jsonb_build_array(o.device_by_id, n.device_by_id)) ELSE '{}' END || CASE WHEN o.device_id IS DISTINCT FROM n.device_id THEN jsonb_build_object('device_id', jsonb_build_array(o.device_id, n.device_id)) ELSE '{}' END || CASE WHEN o.device_value IS DISTINCT FROM n.device_value THEN jsonb_build_object('device_value', jsonb_build_array(o.device_value, n.device_value)) ELSE '{}' END || CASE WHEN o.doc_id IS DISTINCT FROM n.doc_id THEN jsonb_build_object('doc_id', jsonb_build_array(o.doc_id, n.doc_id)) ELSE '{}' END || CASE WHEN o.field IS DISTINCT FROM n.field THEN jsonb_build_object('field', jsonb_build_array(o.field, n.field)) ELSE '{}' END || CASE WHEN o.flags IS DISTINCT FROM n.flags THEN jsonb_build_object('flags', jsonb_build_array(o.flags, n.flags)) ELSE '{}' END || CASE WHEN o.id IS DISTINCT FROM n.id THEN jsonb_build_object('id', jsonb_build_array(o.id, n.id)) ELSE '{}' END || CASE WHEN o.keep IS DISTINCT FROM n.keep THEN jsonb_build_object('keep', jsonb_build_array(o.keep, n.keep)) ELSE '{}' END || CASE WHEN o.kind IS DISTINCT FROM n.kind THEN jsonb_build_object('kind', jsonb_build_array(o.kind, n.kind)) ELSE '{}' END || CASE WHEN o.occurred_at IS DISTINCT FROM n.occurred_at THEN jsonb_build_object('occurred_at', jsonb_build_array(o.occurred_at, n.occurred_at)) ELSE '{}' END || CASE WHEN o.operation_id IS DISTINCT FROM n.operation_id THEN jsonb_build_object('operation_id', jsonb_build_array(o.operation_id, n.operation_id)) ELSE '{}' END || CASE WHEN o.received_at IS DISTINCT FROM n.received_at THEN jsonb_build_object('received_at', jsonb_build_array(o.received_at, n.received_at)) ELSE '{}' END || CASE WHEN o.resolved_at IS DISTINCT FROM n.resolved_at THEN jsonb_build_object('resolved_at', jsonb_build_array(o.resolved_at, n.resolved_at)) ELSE '{}' END || CASE WHEN o.resolved_by_id IS DISTINCT FROM n.resolved_by_id THEN jsonb_build_object('resolved_by_id', jsonb_build_array(o.resolved_by_id, n.resolved_by_id)) ELSE '{}' END || CASE WHEN o.resolved_value IS DISTINCT FROM n.resolved_value THEN jsonb_build_object('resolved_value', jsonb_build_array(o.resolved_value, n.resolved_value)) ELSE '{}' END || CASE WHEN o.scopes IS DISTINCT FROM n.scopes THEN jsonb_build_object('scopes', jsonb_build_array(o.scopes, n.scopes)) ELSE '{}' END || CASE WHEN o.server_at IS DISTINCT FROM n.server_at THEN jsonb_build_object('server_at', jsonb_build_array(o.server_at, n.server_at)) ELSE '{}' END || CASE WHEN o.server_by_id IS DISTINCT FROM n.server_by_id THEN jsonb_build_object('server_by_id', jsonb_build_array(o.server_by_id, n.server_by_id)) ELSE '{}' END || CASE WHEN o.server_value IS DISTINCT FROM n.server_value THEN jsonb_build_object('server_value', jsonb_build_array(o.server_value, n.server_value)) ELSE '{}' END || CASE WHEN o.status IS DISTINCT FROM n.status THEN jsonb_build_object('status', jsonb_build_array(o.status, n.status)) ELSE '{}' END AS changes FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS both_rows WHERE changes <> '{}') AS changed;\n    RETURN NULL;\n", hash='2cad291b668f177353894833bc880d441717397f', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_c6ed9', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='sync_conflict', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='DocumentWrite',
            fields=[
                ('pk', models.CompositePrimaryKey('device_id', 'collection', 'doc_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('collection', models.TextField()),
                ('doc_id', models.UUIDField()),
                ('number', models.PositiveIntegerField()),
                ('base', models.JSONField(null=True)),
                ('new', models.JSONField(null=True)),
                ('operations', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('applied', models.BooleanField()),
                ('device', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sync.device')),
            ],
            options={
                'db_table': 'sync_documentwrite',
            },
        ),
        migrations.CreateModel(
            name='StoredFile',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, primary_key=True, serialize=False)),
                ('sha256', models.CharField(help_text='Hexadecimal.', max_length=64, unique=True)),
                ('size', models.PositiveBigIntegerField(help_text='In bytes.')),
                ('content_type', models.CharField(help_text='What it is, and not what somebody called it.', max_length=40)),
                ('width', models.PositiveIntegerField(help_text='Of a picture, in pixels, as it is to be looked at.', null=True)),
                ('height', models.PositiveIntegerField(null=True)),
                ('name', models.CharField(help_text='In the storage.', max_length=200)),
                ('stored_at', models.DateTimeField()),
                ('thumbnails_at', models.DateTimeField(help_text='When the worker made them, or gave up.', null=True)),
            ],
            options={
                'db_table': 'sync_storedfile',
                'indexes': [models.Index(models.F('stored_at'), condition=models.Q(('thumbnails_at', None), ('width__isnull', False)), name='pictures_to_shrink')],
            },
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, primary_key=True, serialize=False)),
                ('length', models.PositiveBigIntegerField(help_text='In bytes, as it was announced.')),
                ('offset', models.PositiveBigIntegerField(default=0, help_text='So many bytes are here for good.')),
                ('metadata', models.TextField(blank=True, help_text='The header as it was sent.')),
                ('content_type', models.CharField(blank=True, help_text='What it is said to be.', max_length=40)),
                ('sha256', models.CharField(blank=True, help_text='What its hash is said to be.', max_length=64)),
                ('state', models.CharField(choices=[('receiving', 'Receiving'), ('finished', 'Finished'), ('rejected', 'Rejected')], default='receiving', max_length=16)),
                ('refusal', models.JSONField(default=dict, help_text='Why it was rejected: the members of the problem.')),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(help_text='Then it is forgotten.')),
                ('device', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='uploads', to='sync.device')),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to='sync.storedfile')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to=settings.AUTH_USER_MODEL)),
                ('key', models.UUIDField(default=sync.ids.uuid7, help_text='Its id for its owner: others may know it, and have the same.')),
            ],
            options={
                'db_table': 'sync_upload',
                'indexes': [models.Index(models.F('expires_at'), name='uploads_to_forget')],
                'constraints': [models.CheckConstraint(condition=models.Q(('offset__lte', models.F('length'))), name='upload_is_no_longer_than_announced'), models.CheckConstraint(condition=models.Q(models.Q(('file__isnull', False), ('state', 'finished')), models.Q(models.Q(('state', 'finished'), _negated=True), ('file', None)), _connector='OR'), name='finished_upload_has_a_file'), models.UniqueConstraint(models.F('user'), models.F('key'), name='one_upload_per_person_and_key')],
            },
        ),
        migrations.CreateModel(
            name='UploadPart',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('offset', models.PositiveBigIntegerField()),
                ('data', models.BinaryField()),
                ('upload', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='sync.upload')),
            ],
            options={
                'db_table': 'sync_uploadpart',
                'constraints': [models.UniqueConstraint(models.F('upload'), models.F('offset'), name='one_part_at_an_offset')],
            },
        ),
        migrations.CreateModel(
            name='Thumbnail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('edge', models.PositiveSmallIntegerField()),
                ('size', models.PositiveBigIntegerField(help_text='In bytes.')),
                ('name', models.CharField(help_text='In the storage.', max_length=200)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='thumbnails', to='sync.storedfile')),
            ],
            options={
                'db_table': 'sync_thumbnail',
                'constraints': [models.UniqueConstraint(models.F('file'), models.F('edge'), name='one_thumbnail_of_a_size')],
            },
        ),
        migrations.CreateModel(
            name='RowReplica',
            fields=[
                ('device', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='sync.device')),
                ('columns', models.JSONField(default=dict)),
            ],
            options={
                'db_table': 'sync_rowreplica',
            },
        ),
        migrations.CreateModel(
            name='StoredCursor',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.BigIntegerField()),
                ('cursor', models.TextField()),
                ('owed', models.JSONField(default=list)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('replica', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='cursors', to='sync.rowreplica')),
            ],
            options={
                'db_table': 'sync_storedcursor',
                'constraints': [models.UniqueConstraint(fields=('replica', 'number'), name='a_number_stands_for_one_cursor')],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor_id', models.UUIDField(null=True)),
                ('on_behalf_of_id', models.UUIDField(null=True)),
                ('device_id', models.UUIDField(null=True)),
                ('request_id', models.TextField(blank=True)),
                ('door', models.TextField(blank=True, choices=[('http', 'Http'), ('push', 'Push'), ('admin', 'Admin'), ('worker', 'Worker'), ('console', 'Console')])),
                ('kind', models.TextField()),
                ('action', models.TextField(choices=[('insert', 'Insert'), ('update', 'Update'), ('delete', 'Delete')])),
                ('row_id', models.TextField()),
                ('root_id', models.UUIDField(null=True)),
                ('territory_id', models.UUIDField(null=True)),
                ('changes', models.JSONField()),
                ('actor_key', models.TextField(db_default=django.db.models.expressions.RawSQL("nullif(current_setting('fieldsvc.audit', true), '')::jsonb ->> 'actor_key'", ()), null=True)),
                ('on_behalf_of_key', models.TextField(db_default=django.db.models.expressions.RawSQL("nullif(current_setting('fieldsvc.audit', true), '')::jsonb ->> 'on_behalf_of_key'", ()), null=True)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(models.F('row_id'), models.F('id'), name='audit_of_a_row'), models.Index(models.F('root_id'), models.F('id'), condition=models.Q(('root_id__isnull', False)), name='audit_of_a_story'), models.Index(models.F('actor_id'), models.F('id'), condition=models.Q(('actor_id__isnull', False)), name='audit_of_a_person'), models.Index(models.F('territory_id'), models.F('id'), name='audit_of_a_territory'), models.Index(models.F('kind'), models.F('id'), name='audit_of_a_kind'), django.contrib.postgres.indexes.BrinIndex(fields=['at'], name='audit_by_time')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='f5cb8cf8a0d9dc80c608f8471cffb60077f99328', operation='UPDATE', pgid='pgtrigger_append_only_edc3d', table='sync_auditentry', when='BEFORE')), pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF current_setting('fieldsvc.forgetting', true) = 'yes' AND OLD.at < now() - interval '30 days' THEN RETURN OLD; END IF; RAISE EXCEPTION 'pgtrigger: the audit is append only';", hash='5e58b926bba034f896a2b4a3b28bc216f4f4b53a', operation='DELETE', pgid='pgtrigger_kept_adf6e', table='sync_auditentry', when='BEFORE'))],
            },
        ),
        migrations.RunSQL(
            "INSERT INTO sync_epoch (id) VALUES (gen_random_uuid());"
            "ALTER TABLE sync_feedmark SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            """
            CREATE FUNCTION sync_territory_of(collection text, doc_id uuid) RETURNS uuid LANGUAGE sql STABLE
            AS 'SELECT NULL::uuid'
            """,
            "DROP FUNCTION sync_territory_of(text, uuid)",
        ),
    ]
