"""A qualification has a score or a curator, in truth."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0009_people_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='qualification',
            name='qualification_by_quiz_or_by_a_curator',
        ),
        migrations.AddConstraint(
            model_name='qualification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('granted_by', None), ('score__gte', 0), ('score__isnull', False), ('score__lte', 1)), models.Q(('granted_by__isnull', False), ('score', None)), _connector='OR'), name='qualification_by_quiz_or_by_a_curator'),
        ),
    ]
