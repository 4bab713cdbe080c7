from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations


class Migration(migrations.Migration):
    """An index of words may have a column besides, such as the territory: see `search_indexes`."""

    dependencies = [
        ("accounts", "0006_audit_of_skills"),
    ]

    operations = [
        BtreeGinExtension(),
    ]
