"""What every row has by now is required; groups get their permissions on the new tables."""

import django.db.models.deletion
from django.db import migrations, models

import annotation.models.person
from annotation.seed import seed_groups


def seed(apps, schema_editor):
    seed_groups(apps, schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("annotation", "0008_people_rows")]

    operations = [
        migrations.RemoveField(model_name="person", name="studio_user_id"),
        migrations.AlterField(
            model_name="person",
            name="pseudonym",
            field=models.CharField(
                default=annotation.models.person.new_pseudonym,
                editable=False,
                help_text="Name in Label Studio.",
                max_length=16,
                unique=True,
            ),
        ),
        migrations.AlterField(
            model_name="studioproject",
            name="server",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="projects",
                to="annotation.studioserver",
            ),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_votes__gte", models.F("votes_required"))),
                name="policy_max_votes_enough",
            ),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
