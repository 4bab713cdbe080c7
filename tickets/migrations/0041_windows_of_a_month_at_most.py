import datetime

import django.db.models.expressions
import django.db.models.lookups
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models

TO_A_MONTH = """
    UPDATE tickets_visit SET window_end = window_start + interval '31 days'
    WHERE window_end - window_start > interval '31 days'
"""
# A list of visits by time looks no further back than so long: of a longer window it would not know. The audit keeps the
# end that was there.


class Migration(migrations.Migration):
    """Beside people at work: nothing is locked for longer than a moment."""

    atomic = False

    dependencies = [("tickets", "0040_segments_of_networks")]

    operations = [
        migrations.RunSQL(TO_A_MONTH, migrations.RunSQL.noop),
        AddConstraintNotValid(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.LessThanOrEqual(
                    django.db.models.expressions.CombinedExpression(models.F("window_end"), "-", models.F("window_start")),
                    datetime.timedelta(days=31),
                ),
                name="visit_window_is_no_longer_than_a_month",
            ),
        ),
        migrations.RunSQL(TO_A_MONTH, migrations.RunSQL.noop),  # what came between
        ValidateConstraint(model_name="visit", name="visit_window_is_no_longer_than_a_month"),
        AddIndexConcurrently(
            model_name="visit",
            index=models.Index(fields=["window_start", "window_end", "id"], name="visits_by_window"),
        ),
        RemoveIndexConcurrently(model_name="visit", name="visit_window"),
    ]
