import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import sync.ids


class Migration(migrations.Migration):

    dependencies = [("tickets", "0043_units_that_were_taken_out")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='serviceaccount',
            name='audit_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='serviceaccount',
            name='audit_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='serviceaccount',
            name='audit_update',
        ),
        migrations.AddField(
            model_name="serviceaccount",
            name="contract_until",
            field=models.DateField(blank=True, help_text="The last day; empty: until further notice.", null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serviceaccount',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'tickets.serviceaccount\', \'insert\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT n.id::text, (NULL)::uuid, (SELECT territory_id FROM tickets_site WHERE id = n.site_id)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value)) FROM jsonb_each(to_jsonb(n)) WHERE key IN (\'contract_until\', \'customer_class\', \'holder_id\', \'holder_name\', \'household\', \'id\', \'number\', \'phone\', \'site_id\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM new_rows n) AS changed;\n    RETURN NULL;\n', hash='352e04e04741bb10f723323bfc63cfedc2dcde36', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_881b6', referencing='REFERENCING NEW TABLE AS new_rows ', table='tickets_serviceaccount', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serviceaccount',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> 'actor')::uuid, (said.it ->> 'on_behalf_of')::uuid,\n           (said.it ->> 'device')::uuid, coalesce(said.it ->> 'request', ''), coalesce(said.it ->> 'door', ''),\n           'tickets.serviceaccount', 'update', changed.*\n    FROM (SELECT coalesce(nullif(current_setting('fieldsvc.audit', true), ''), '{}')::jsonb AS it) AS said,\n         (SELECT * FROM (SELECT n.id::text, (NULL)::uuid, (SELECT territory_id FROM tickets_site WHERE id = n.site_id)::uuid, CASE WHEN o.contract_until IS DISTINCT FROM n.contract_until THEN jsonb_build_object('contract_until', jsonb_build_array(o.contract_until, n.contract_until)) ELSE '{}' END || CASE WHEN o.customer_class IS DISTINCT FROM n.customer_class THEN jsonb_build_object('customer_class', jsonb_build_array(o.customer_class, n.customer_class)) ELSE '{}' END || CASE WHEN o.holder_id IS DISTINCT FROM n.holder_id THEN jsonb_build_object('holder_id', jsonb_build_array(o.holder_id, n.holder_id)) ELSE '{}' END || CASE WHEN o.holder_name IS DISTINCT FROM n.holder_name THEN jsonb_build_object('holder_name', jsonb_build_array(o.holder_name, n.holder_name)) ELSE '{}' END || CASE WHEN o.household IS DISTINCT FROM n.household THEN jsonb_build_object('household', jsonb_build_array(o.household, n.household)) ELSE '{}' END || CASE WHEN o.id IS DISTINCT FROM n.id THEN jsonb_build_object('id', jsonb_build_array(o.id, n.id)) ELSE '{}' END || CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END || CASE WHEN o.phone IS DISTINCT FROM n.phone THEN jsonb_build_object('phone', jsonb_build_array(o.phone, n.phone)) ELSE '{}' END || CASE WHEN o.site_id IS DISTINCT FROM n.site_id THEN jsonb_build_object('site_id', jsonb_build_array(o.site_id, n.site_id)) ELSE '{}' END AS changes FROM new_rows n FULL JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o) AS both_rows WHERE changes <> '{}') AS changed;\n    RETURN NULL;\n", hash='f47272de0222980391e06d4941ee863e2b74e6a2', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_0684f', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='tickets_serviceaccount', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serviceaccount',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO sync_auditentry (\n        at, actor_id, on_behalf_of_id, device_id, request_id, door, kind, action, row_id, root_id, territory_id, changes\n    )\n    SELECT clock_timestamp(), (said.it ->> \'actor\')::uuid, (said.it ->> \'on_behalf_of\')::uuid,\n           (said.it ->> \'device\')::uuid, coalesce(said.it ->> \'request\', \'\'), coalesce(said.it ->> \'door\', \'\'),\n           \'tickets.serviceaccount\', \'delete\', changed.*\n    FROM (SELECT coalesce(nullif(current_setting(\'fieldsvc.audit\', true), \'\'), \'{}\')::jsonb AS it) AS said,\n         (SELECT o.id::text, (NULL)::uuid, (SELECT territory_id FROM tickets_site WHERE id = o.site_id)::uuid, coalesce((SELECT jsonb_object_agg(key, jsonb_build_array(value, NULL)) FROM jsonb_each(to_jsonb(o)) WHERE key IN (\'contract_until\', \'customer_class\', \'holder_id\', \'holder_name\', \'household\', \'id\', \'number\', \'phone\', \'site_id\') AND value NOT IN (\'null\', \'""\', \'[]\', \'{}\')), \'{}\') AS changes FROM old_rows o) AS changed;\n    RETURN NULL;\n', hash='9e4f63aa4494ad55af5bf5550eab216d1bed0db1', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_89080', referencing='REFERENCING OLD TABLE AS old_rows ', table='tickets_serviceaccount', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name="serviceaccount",
            index=models.Index(
                models.F("contract_until"),
                condition=models.Q(("contract_until__isnull", False)),
                name="accounts_by_end_of_contract",
            ),
        ),
        migrations.CreateModel(
            name="AppointmentReminder",
            fields=[
                ("id", models.UUIDField(default=sync.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("window_start", models.DateTimeField()),
                ("reminded_at", models.DateTimeField()),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("ticket"), models.F("window_start"), name="one_reminder_per_window"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContractReminder",
            fields=[
                ("id", models.UUIDField(default=sync.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("contract_until", models.DateField()),
                ("days", models.SmallIntegerField()),
                ("reminded_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.serviceaccount",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("account"),
                        models.F("contract_until"),
                        models.F("days"),
                        name="one_reminder_of_a_contract",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WarrantyReminder",
            fields=[
                ("id", models.UUIDField(default=sync.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("days", models.SmallIntegerField()),
                ("reminded_at", models.DateTimeField()),
                (
                    "warranty",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.warranty",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("warranty"), models.F("days"), name="one_reminder_of_a_warranty"
                    )
                ],
            },
        ),
    ]
