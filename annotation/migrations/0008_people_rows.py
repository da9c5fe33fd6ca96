"""Rows of before: a pseudonym each, the common server, accounts there, votes that were blind to nothing."""

from django.db import migrations
from django.db.models import F

from annotation.models.person import new_pseudonym


def fill(apps, schema_editor):
    using = schema_editor.connection.alias
    people = apps.get_model("annotation", "Person").objects.using(using)
    for person in people.all():
        person.pseudonym = new_pseudonym()
        person.save(update_fields=["pseudonym"])
    projects = apps.get_model("annotation", "StudioProject").objects.using(using)
    with_account = people.filter(studio_user_id__isnull=False)
    if projects.exists() or with_account.exists():
        server = apps.get_model("annotation", "StudioServer").objects.using(using).create(name="")
        projects.update(server=server)
        accounts = apps.get_model("annotation", "StudioAccount").objects.using(using)
        for person in with_account.select_related("user"):
            accounts.create(
                person=person,
                server=server,
                installation=server.installation,
                remote_id=person.studio_user_id,
                address=person.user.username,
            )
    policies = apps.get_model("annotation", "Policy").objects.using(using)
    policies.filter(max_votes__lt=F("votes_required")).update(max_votes=F("votes_required"))
    audited = apps.get_model("annotation", "Review").objects.using(using).filter(decision__is_audit=True)
    audited.update(purpose="audit")
    votes = apps.get_model("annotation", "Vote").objects.using(using)
    votes.update(revealed_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [("annotation", "0007_people")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
