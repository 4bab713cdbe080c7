import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

import accounts.searching

SITE_TEXT = django.db.models.functions.text.Lower(
    django.db.models.functions.text.Concat(
        "name", models.Value(" "), models.F("complex"), models.Value(" "), models.F("address")
    )
)
FORMER = "{name}_before"
WORDS = {
    "sites_search": ("site", django.contrib.postgres.indexes.OpClass(SITE_TEXT, name="gin_trgm_ops")),
    "sites_search_pairs": ("site", accounts.searching.HanPairs(SITE_TEXT)),
    "tickets_search": (
        "ticket",
        django.contrib.postgres.indexes.OpClass(models.F("search_text"), name="gin_trgm_ops"),
    ),
    "tickets_search_pairs": ("ticket", accounts.searching.HanPairs(models.F("search_text"))),
}


def needs_no_index(model: str, name: str, index: str, **field: object) -> migrations.SeparateDatabaseAndState:
    """A foreign key with which another index begins. Altered by Django it would be checked anew, row by row."""
    key = models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, **field)
    return migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {index}", migrations.RunSQL.noop)],
        state_operations=[migrations.AlterField(model, name, key)],
    )


class Migration(migrations.Migration):
    """Beside people at work: nothing is locked for longer than a moment, and searches keep an index all the time."""

    atomic = False

    dependencies = [
        ("accounts", "0007_words_within_a_territory"),
        ("tickets", "0033_conflicts_have_a_territory"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *(migrations.RenameIndex(model, FORMER.format(name=name), old_name=name) for name, (model, _) in WORDS.items()),
        *(
            AddIndexConcurrently(
                model, django.contrib.postgres.indexes.GinIndex(models.F("territory"), text, name=name)
            )
            for name, (model, text) in WORDS.items()
        ),
        *(RemoveIndexConcurrently(model, FORMER.format(name=name)) for name, (model, _) in WORDS.items()),
        AddIndexConcurrently(
            "ticket",
            models.Index(
                models.F("territory"),
                models.OrderBy(models.F("reported_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="tickets_of_a_territory",
            ),
        ),
        RemoveIndexConcurrently("ticket", "tickets_most_urgent_first"),
        AddIndexConcurrently(
            "ticket", models.Index(models.F("priority"), models.F("id"), name="tickets_most_urgent_first")
        ),
        AddIndexConcurrently(
            "ticketclock",
            models.Index(
                models.F("due_at"),
                models.F("ticket"),
                condition=models.Q(("met_at", None), ("stopped_at", None)),
                name="open_clocks_by_due",
            ),
        ),
        needs_no_index(
            "ticket",
            "territory",
            "tickets_ticket_territory_id_7e48d1ee",
            related_name="tickets",
            to="accounts.territory",
        ),
        needs_no_index(
            "ticket",
            "service_type",
            "tickets_ticket_service_type_id_7334e42d",
            related_name="tickets",
            to="tickets.servicetype",
        ),
        needs_no_index(
            "ticket",
            "site",
            "tickets_ticket_site_id_b292d504",
            blank=True,
            null=True,
            related_name="tickets",
            to="tickets.site",
        ),
        needs_no_index(
            "ticket",
            "asset",
            "tickets_ticket_asset_id_14916b40",
            blank=True,
            null=True,
            related_name="tickets",
            to="tickets.asset",
        ),
        needs_no_index(
            "ticketclock",
            "ticket",
            "tickets_ticketclock_ticket_id_69387033",
            related_name="clocks",
            to="tickets.ticket",
        ),
        needs_no_index(
            "ticketevent",
            "ticket",
            "tickets_ticketevent_ticket_id_b572d14b",
            related_name="events",
            to="tickets.ticket",
        ),
        needs_no_index("note", "ticket", "tickets_note_ticket_id_d19e6b0b", related_name="notes", to="tickets.ticket"),
        needs_no_index(
            "visit", "ticket", "tickets_visit_ticket_id_8f4cc294", related_name="visits", to="tickets.ticket"
        ),
        needs_no_index(
            "visit",
            "technician",
            "tickets_visit_technician_id_a7ba8fd2",
            related_name="visits",
            to=settings.AUTH_USER_MODEL,
        ),
    ]
