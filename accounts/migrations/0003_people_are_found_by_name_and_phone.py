import accounts.searching
import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_initial'),
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
        migrations.AddIndex(
            model_name='user',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Lower(django.db.models.functions.text.Concat('name', models.Value(' '), models.F('phone'))), name='gin_trgm_ops'), name='people_search'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=django.contrib.postgres.indexes.GinIndex(accounts.searching.HanPairs(django.db.models.functions.text.Lower(django.db.models.functions.text.Concat('name', models.Value(' '), models.F('phone')))), name='people_search_pairs'),
        ),
    ]
