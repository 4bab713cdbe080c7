import accounts.searching
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
import sync.ids
from django.conf import settings
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('accounts', '0002_initial'),
        ('accounts', '0003_people_are_found_by_name_and_phone'),
        ('accounts', '0004_consents'),
        ('accounts', '0005_audit'),
        ('accounts', '0006_audit_of_skills'),
        ('accounts', '0007_words_within_a_territory'),
        ('accounts', '0008_trigger_joins'),
        ('accounts', '0009_consents_taken_back_by_link'),
    ]

    dependencies = [
        ('accounts', '0001_initial'),
        ('sync', '0001_initial'),
    ]

    operations = [
        # 11904 is the first code point (U+2E80) of the characters of East Asia: `HAN` in accounts/searching.py.
        migrations.RunSQL(
            """
            CREATE FUNCTION han_pairs(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
                SELECT CASE WHEN octet_length($1) = length($1) THEN '{}'::text[] ELSE ARRAY(
                    SELECT DISTINCT substr($1, at, 2) FROM generate_series(1, length($1) - 1) AS at
                    WHERE ascii(substr($1, at, 1)) >= 11904 AND ascii(substr($1, at + 1, 1)) >= 11904
                ) END
            $$
            """,
            "DROP FUNCTION han_pairs(text)",
        ),
        BtreeGinExtension(),
        migrations.AddField(
            model_name='devicetoken',
            name='device',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='token', to='sync.device'),
        ),
        migrations.AddField(
            model_name='devicetoken',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='devicetoken',
            index=models.Index(fields=['expiry'], name='device_tokens_by_expiry'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='devicetoken',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'accounts.devicetoken\', \'insert\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT n.user_id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(n)) WHERE key IN (\'created\', \'device_id\', \'user_id\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM new_rows n) AS changed;\n    RETURN NULL;\n', hash='71e076be6401e0c574c09a5f99db97db7d9e8312', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_825f0', referencing='REFERENCING NEW TABLE AS new_rows ', table='accounts_devicetoken', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='devicetoken',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'accounts.devicetoken\', \'delete\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT o.user_id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(value, NULL)) FROM jsonb_each(to_jsonb(o)) WHERE key IN (\'created\', \'device_id\', \'user_id\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM old_rows o) AS changed;\n    RETURN NULL;\n', hash='d7470ad000edb4f6cc1e90fda598741330cc57a9', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_d8895', referencing='REFERENCING OLD TABLE AS old_rows ', table='accounts_devicetoken', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='devicetoken',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> 'actor')::uuid, (said.it ->> 'on_behalf_of')::uuid,\n           (said.it ->> 'device')::uuid, coalesce(said.it ->> 'request', ''), coalesce(said.it ->> 'door', ''),\n           'accounts.devicetoken', 'update', changed.*\n    FROM (SELECT coalesce(nullif(current_setting('fieldsvc.audit', true), ''), '{}')::jsonb AS it) AS said,\n         (SELECT * FROM (SELECT n.user_id::text, (NULL)::uuid, (NULL)::uuid, CASE WHEN o.created IS DISTINCT FROM n.created THEN jsonb_build_object('created', jsonb_build_array(o.created, n.created)) ELSE '{}' END || CASE WHEN o.device_id IS DISTINCT FROM n.device_id THEN jsonb_build_object('device_id', jsonb_build_array(o.device_id, n.device_id)) ELSE '{}' END || CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END AS changes FROM new_rows n FULL JOIN old_rows o USING (digest) WHERE n IS DISTINCT FROM o) AS both_rows WHERE changes <> '{}') AS changed;\n    RETURN NULL;\n", hash='59ddadbb83ec780398971d64f03852dda93102c7', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_b8cf7', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='accounts_devicetoken', when='AFTER')),
        ),
        migrations.AddField(
            model_name='rolegrant',
            name='granted_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='rolegrant',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='role_grants', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='rolegrant',
            name='territory',
            field=models.ForeignKey(blank=True, help_text='Empty: everywhere.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.territory'),
        ),
        migrations.AddConstraint(
            model_name='rolegrant',
            constraint=models.UniqueConstraint(fields=('user', 'role', 'territory'), name='one_grant_per_role_and_place', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='rolegrant',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['resident', 'agent', 'dispatcher', 'technician', 'storekeeper', 'supervisor', 'administrator'])), name='role_is_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rolegrant',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'accounts.rolegrant\', \'insert\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT n.id::text, (NULL)::uuid, (n.territory_id)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(n)) WHERE key IN (\'granted_at\', \'granted_by_id\', \'id\', \'role\', \'territory_id\', \'user_id\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM new_rows n) AS changed;\n    RETURN NULL;\n', hash='9df29be69d08d9d2fe7ecbcb5a913648e35d2816', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_0335d', referencing='REFERENCING NEW TABLE AS new_rows ', table='accounts_rolegrant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rolegrant',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'accounts.rolegrant\', \'delete\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT o.id::text, (NULL)::uuid, (o.territory_id)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(value, NULL)) FROM jsonb_each(to_jsonb(o)) WHERE key IN (\'granted_at\', \'granted_by_id\', \'id\', \'role\', \'territory_id\', \'user_id\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM old_rows o) AS changed;\n    RETURN NULL;\n', hash='51aefcd2496033518e05545d7ddc7ef419cefd2c', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_deff9', referencing='REFERENCING OLD TABLE AS old_rows ', table='accounts_rolegrant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rolegrant',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> 'actor')::uuid, (said.it ->> 'on_behalf_of')::uuid,\n           (said.it ->> 'device')::uuid, coalesce(said.it ->> 'request', ''), coalesce(said.it ->> 'door', ''),\n           'accounts.rolegrant', 'update', changed.*\n    FROM (SELECT coalesce(nullif(current_setting('fieldsvc.audit', true), ''), '{}')::jsonb AS it) AS said,\n         (SELECT * FROM (SELECT n.id::text, (NULL)::uuid, (n.territory_id)::uuid, CASE WHEN o.granted_at IS DISTINCT FROM n.granted_at THEN jsonb_build_object('granted_at', jsonb_build_array(o.granted_at, n.granted_at)) ELSE '{}' END || CASE WHEN o.granted_by_id IS DISTINCT FROM n.granted_by_id THEN jsonb_build_object('granted_by_id', jsonb_build_array(o.granted_by_id, n.granted_by_id)) ELSE '{}' END || CASE WHEN o.id IS DISTINCT FROM n.id THEN jsonb_build_object('id', jsonb_build_array(o.id, n.id)) ELSE '{}' END || CASE WHEN o.role IS DISTINCT FROM n.role THEN jsonb_build_object('role', jsonb_build_array(o.role, n.role)) ELSE '{}' END || CASE WHEN o.territory_id IS DISTINCT FROM n.territory_id THEN jsonb_build_object('territory_id', jsonb_build_array(o.territory_id, n.territory_id)) ELSE '{}' END || CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END AS changes FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS both_rows WHERE changes <> '{}') AS changed;\n    RETURN NULL;\n", hash='7b56ccdc7405e0838aeb91b15bc69d2737b9930a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_7d353', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='accounts_rolegrant', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='signinhit',
            index=models.Index(fields=['key', '-at'], name='sign_in_hits_by_key'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='skill',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'accounts.skill\', \'insert\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT n.id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(n)) WHERE key IN (\'code\', \'id\', \'name\', \'name_zh\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM new_rows n) AS changed;\n    RETURN NULL;\n', hash='9f13ee587377e92c6ba97c3e4eb279b20853cd92', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_ee42f', referencing='REFERENCING NEW TABLE AS new_rows ', table='accounts_skill', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='skill',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'accounts.skill\', \'delete\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT o.id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(value, NULL)) FROM jsonb_each(to_jsonb(o)) WHERE key IN (\'code\', \'id\', \'name\', \'name_zh\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM old_rows o) AS changed;\n    RETURN NULL;\n', hash='6cb137de1e870407b4c5b0b7eb707834a85b6089', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_f5828', referencing='REFERENCING OLD TABLE AS old_rows ', table='accounts_skill', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='skill',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> 'actor')::uuid, (said.it ->> 'on_behalf_of')::uuid,\n           (said.it ->> 'device')::uuid, coalesce(said.it ->> 'request', ''), coalesce(said.it ->> 'door', ''),\n           'accounts.skill', 'update', changed.*\n    FROM (SELECT coalesce(nullif(current_setting('fieldsvc.audit', true), ''), '{}')::jsonb AS it) AS said,\n         (SELECT * FROM (SELECT n.id::text, (NULL)::uuid, (NULL)::uuid, CASE WHEN o.code IS DISTINCT FROM n.code THEN jsonb_build_object('code', jsonb_build_array(o.code, n.code)) ELSE '{}' END || CASE WHEN o.id IS DISTINCT FROM n.id THEN jsonb_build_object('id', jsonb_build_array(o.id, n.id)) ELSE '{}' END || CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END || CASE WHEN o.name_zh IS DISTINCT FROM n.name_zh THEN jsonb_build_object('name_zh', jsonb_build_array(o.name_zh, n.name_zh)) ELSE '{}' END AS changes FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS both_rows WHERE changes <> '{}') AS changed;\n    RETURN NULL;\n", hash='f0cb8d5250d0ad9be01f669b03d75c64cef00a95', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_a8237', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='accounts_skill', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='territory',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'accounts.territory\', \'insert\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT n.id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(n)) WHERE key IN (\'code\', \'id\', \'is_active\', \'name\', \'name_zh\', \'time_zone\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM new_rows n) AS changed;\n    RETURN NULL;\n', hash='95e14b1e2f81c814d2abe3bf4a1bd52c3f611b44', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_d753a', referencing='REFERENCING NEW TABLE AS new_rows ', table='accounts_territory', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='territory',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'accounts.territory\', \'delete\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT o.id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(value, NULL)) FROM jsonb_each(to_jsonb(o)) WHERE key IN (\'code\', \'id\', \'is_active\', \'name\', \'name_zh\', \'time_zone\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM old_rows o) AS changed;\n    RETURN NULL;\n', hash='12ac961b949035aa9c2211ae3571a45a3d3cb911', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_c032e', referencing='REFERENCING OLD TABLE AS old_rows ', table='accounts_territory', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='territory',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> 'actor')::uuid, (said.it ->> 'on_behalf_of')::uuid,\n           (said.it ->> 'device')::uuid, coalesce(said.it ->> 'request', ''), coalesce(said.it ->> 'door', ''),\n           'accounts.territory', 'update', changed.*\n    FROM (SELECT coalesce(nullif(current_setting('fieldsvc.audit', true), ''), '{}')::jsonb AS it) AS said,\n         (SELECT * FROM (SELECT n.id::text, (NULL)::uuid, (NULL)::uuid, CASE WHEN o.code IS DISTINCT FROM n.code THEN jsonb_build_object('code', jsonb_build_array(o.code, n.code)) ELSE '{}' END || CASE WHEN o.id IS DISTINCT FROM n.id THEN jsonb_build_object('id', jsonb_build_array(o.id, n.id)) ELSE '{}' END || CASE WHEN o.is_active IS DISTINCT FROM n.is_active THEN jsonb_build_object('is_active', jsonb_build_array(o.is_active, n.is_active)) ELSE '{}' END || CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END || CASE WHEN o.name_zh IS DISTINCT FROM n.name_zh THEN jsonb_build_object('name_zh', jsonb_build_array(o.name_zh, n.name_zh)) ELSE '{}' END || CASE WHEN o.time_zone IS DISTINCT FROM n.time_zone THEN jsonb_build_object('time_zone', jsonb_build_array(o.time_zone, n.time_zone)) ELSE '{}' END AS changes FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS both_rows WHERE changes <> '{}') AS changed;\n    RETURN NULL;\n", hash='08b9435461f92dadf964fab2ab74cb485685f12b', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_7c77c', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='accounts_territory', when='AFTER')),
        ),
        migrations.AddField(
            model_name='user',
            name='skills',
            field=models.ManyToManyField(blank=True, related_name='people', to='accounts.skill'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Lower(django.db.models.functions.text.Concat('name', models.Value(' '), models.F('phone'))), name='gin_trgm_ops'), name='people_search'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=django.contrib.postgres.indexes.GinIndex(accounts.searching.HanPairs(django.db.models.functions.text.Lower(django.db.models.functions.text.Concat('name', models.Value(' '), models.F('phone')))), name='people_search_pairs'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(fields=('username',), name='one_person_per_username'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(fields=('phone',), name='one_person_per_phone'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('username', django.db.models.functions.text.Lower('username'))), name='username_in_small_letters', violation_error_message='Write the username in small letters.'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('phone__regex', '^\\+[1-9][0-9]{6,14}$')), name='phone_in_e164', violation_error_message='Write the phone number with its country code.'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('username__isnull', False), ('phone__isnull', False), _connector='OR'), name='person_can_sign_in', violation_error_message='Give a username or a phone number.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'accounts.user\', \'insert\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT n.id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(n)) WHERE key IN (\'email\', \'id\', \'is_active\', \'is_staff\', \'language\', \'name\', \'phone\', \'registered_at\', \'time_zone\', \'username\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM new_rows n) AS changed;\n    RETURN NULL;\n', hash='6b3e13954ff8f0b81d1ddcf34d4992f18c19e5df', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_6f624', referencing='REFERENCING NEW TABLE AS new_rows ', table='accounts_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'accounts.user\', \'delete\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT o.id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(value, NULL)) FROM jsonb_each(to_jsonb(o)) WHERE key IN (\'email\', \'id\', \'is_active\', \'is_staff\', \'language\', \'name\', \'phone\', \'registered_at\', \'time_zone\', \'username\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM old_rows o) AS changed;\n    RETURN NULL;\n', hash='63b9bd02d84ef7e935d2e2db8c3cfb5ced5dc467', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_5dfd0', referencing='REFERENCING OLD TABLE AS old_rows ', table='accounts_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> 'actor')::uuid, (said.it ->> 'on_behalf_of')::uuid,\n           (said.it ->> 'device')::uuid, coalesce(said.it ->> 'request', ''), coalesce(said.it ->> 'door', ''),\n           'accounts.user', 'update', changed.*\n    FROM (SELECT coalesce(nullif(current_setting('fieldsvc.audit', true), ''), '{}')::jsonb AS it) AS said,\n         (SELECT * FROM (SELECT n.id::text, (NULL)::uuid, (NULL)::uuid, CASE WHEN o.email IS DISTINCT FROM n.email THEN jsonb_build_object('email', jsonb_build_array(o.email, n.email)) ELSE '{}' END || CASE WHEN o.id IS DISTINCT FROM n.id THEN jsonb_build_object('id', jsonb_build_array(o.id, n.id)) ELSE '{}' END || CASE WHEN o.is_active IS DISTINCT FROM n.is_active THEN jsonb_build_object('is_active', jsonb_build_array(o.is_active, n.is_active)) ELSE '{}' END || CASE WHEN o.is_staff IS DISTINCT FROM n.is_staff THEN jsonb_build_object('is_staff', jsonb_build_array(o.is_staff, n.is_staff)) ELSE '{}' END || CASE WHEN o.language IS DISTINCT FROM n.language THEN jsonb_build_object('language', jsonb_build_array(o.language, n.language)) ELSE '{}' END || CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END || CASE WHEN o.password IS DISTINCT FROM n.password THEN jsonb_build_object('password', jsonb_build_array(NULL, NULL)) ELSE '{}' END || CASE WHEN o.phone IS DISTINCT FROM n.phone THEN jsonb_build_object('phone', jsonb_build_array(o.phone, n.phone)) ELSE '{}' END || CASE WHEN o.registered_at IS DISTINCT FROM n.registered_at THEN jsonb_build_object('registered_at', jsonb_build_array(o.registered_at, n.registered_at)) ELSE '{}' END || CASE WHEN o.time_zone IS DISTINCT FROM n.time_zone THEN jsonb_build_object('time_zone', jsonb_build_array(o.time_zone, n.time_zone)) ELSE '{}' END || CASE WHEN o.username IS DISTINCT FROM n.username THEN jsonb_build_object('username', jsonb_build_array(o.username, n.username)) ELSE '{}' END AS changes FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS both_rows WHERE changes <> '{}') AS changed;\n    RETURN NULL;\n", hash='27206466965a2ef283ad16179d47b8330b6d781a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_b852b', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='accounts_user', when='AFTER')),
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=sync.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('about', models.CharField(choices=[('terms', 'Terms of use'), ('in_app', 'Told at once by the app'), ('sms', 'Told by SMS'), ('email', 'Told by e-mail')], max_length=8)),
                ('given', models.BooleanField(help_text='False: taken back, or refused.')),
                ('wording', models.CharField(max_length=20)),
                ('language', models.CharField(max_length=2)),
                ('address', models.CharField(blank=True, max_length=254)),
                ('how', models.CharField(choices=[('sign_in', 'While registering'), ('self', 'In the app'), ('desk', 'Told to the desk'), ('link', 'By the link in a message')], max_length=8)),
                ('device_id', models.UUIDField(null=True)),
                ('occurred_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-occurred_at', '-id'],
                'indexes': [models.Index(models.F('person'), models.F('about'), models.OrderBy(models.F('occurred_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='consents_of_a_person')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='605ae12046e39086d47000bb520c931ba024eddf', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_eb45e', table='accounts_consent', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='PersonSkill',
            fields=[
            ],
            options={
                'proxy': True,
            },
            bases=('accounts.user_skills',),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='personskill',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'accounts.personskill\', \'insert\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT n.user_id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(n)) WHERE key IN (\'skill_id\', \'user_id\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM new_rows n) AS changed;\n    RETURN NULL;\n', hash='90e5444974b11eddb2c2b49de6bc652ba4ad8da4', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_2225e', referencing='REFERENCING NEW TABLE AS new_rows ', table='accounts_user_skills', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='personskill',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'accounts.personskill\', \'delete\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT o.user_id::text, (NULL)::uuid, (NULL)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(value, NULL)) FROM jsonb_each(to_jsonb(o)) WHERE key IN (\'skill_id\', \'user_id\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM old_rows o) AS changed;\n    RETURN NULL;\n', hash='1e49ed1010f7c6e8dd371ea3bad44dce24d399a7', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_de13b', referencing='REFERENCING OLD TABLE AS old_rows ', table='accounts_user_skills', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='personskill',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> 'actor')::uuid, (said.it ->> 'on_behalf_of')::uuid,\n           (said.it ->> 'device')::uuid, coalesce(said.it ->> 'request', ''), coalesce(said.it ->> 'door', ''),\n           'accounts.personskill', 'update', changed.*\n    FROM (SELECT coalesce(nullif(current_setting('fieldsvc.audit', true), ''), '{}')::jsonb AS it) AS said,\n         (SELECT * FROM (SELECT n.user_id::text, (NULL)::uuid, (NULL)::uuid, CASE WHEN o.skill_id IS DISTINCT FROM n.skill_id THEN jsonb_build_object('skill_id', jsonb_build_array(o.skill_id, n.skill_id)) ELSE '{}' END || CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END AS changes FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS both_rows WHERE changes <> '{}') AS changed;\n    RETURN NULL;\n", hash='6ec5b1c78aee3c23d703baf02855b04cbdd343e1', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_41846', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='accounts_user_skills', when='AFTER')),
        ),
    ]
