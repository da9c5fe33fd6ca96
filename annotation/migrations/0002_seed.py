"""Five nations, policies for all of them, groups and their permissions."""

from django.db import migrations

from annotation.seed import seed_groups, seed_nations


def seed(apps, schema_editor):
    using = schema_editor.connection.alias
    seed_nations(apps, using)
    seed_groups(apps, using)


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
