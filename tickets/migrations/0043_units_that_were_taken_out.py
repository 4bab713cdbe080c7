from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Beside people at work: nothing is locked for longer than a moment."""

    atomic = False

    dependencies = [("tickets", "0042_warranties")]

    operations = [
        AddIndexConcurrently(
            model_name="partuse",
            index=models.Index(
                models.F("removed_serial"),
                condition=models.Q(("removed_serial", ""), _negated=True),
                name="part_uses_by_removed_serial",
            ),
        ),
    ]
