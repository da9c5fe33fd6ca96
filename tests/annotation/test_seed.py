"""What a migrated database begins with."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

from annotation import seed
from annotation.models import Nation, Policy
from annotation.models.person import GROUPS
from annotation.services.decisions.routing import DEFAULT_POLICIES

pytestmark = pytest.mark.django_db


def test_seed_makes_five_nations_with_their_languages():
    found = dict(Nation.objects.values_list("code", "languages"))

    assert found == {"CN": ["zh", "en"], "DE": ["de", "en"], "FR": ["fr", "en"], "GB": ["en"], "US": ["en"]}


def test_seed_aliases_name_one_nation_each():
    names = [name.casefold() for nation in Nation.objects.all() for name in {nation.name, *nation.aliases}]

    assert len(names) == len(set(names))
    assert {"uk", "deutschland", "china"} <= set(names)


def test_seed_policies_equal_the_built_in_defaults():
    found = {
        row.kind: (row.threshold, row.audit_rate, row.votes_required)
        for row in Policy.objects.filter(nation=None)
    }

    assert found == {
        str(kind): (policy.threshold, policy.audit_rate, policy.votes_required)
        for kind, policy in DEFAULT_POLICIES.items()
    }


def test_seed_groups_hold_exactly_their_permissions():
    found = {
        group.name: {
            (row.content_type.app_label, row.content_type.model, row.codename.split("_")[0])
            for row in group.permissions.select_related("content_type")
        }
        for group in Group.objects.all()
    }

    assert found == seed.GROUPS
    assert set(found) == set(GROUPS)


def test_seed_permissions_are_of_tables_there_are():
    seeded = Permission.objects.filter(group__isnull=False).select_related("content_type").distinct()

    assert [str(row) for row in seeded if row.content_type.model_class() is None] == []


def test_seed_twice_changes_nothing_people_changed():
    Nation.objects.filter(pk="FR").update(name="République")
    Policy.objects.filter(kind="triple").update(votes_required=5, max_votes=7)

    seed.seed_nations(apps, "default")

    assert Nation.objects.get(pk="FR").name == "République"
    assert Policy.objects.get(kind="triple").votes_required == 5
    assert (Nation.objects.count(), Policy.objects.count()) == (5, 5)


def test_annotators_may_change_nothing():
    verbs = {codename.split("_")[0] for codename in _codenames("annotator")}

    assert verbs == {"view"}


def test_operators_cannot_delete_users_or_change_groups():
    auth = {name for name in _codenames("operator") if name.endswith(("_user", "_group", "_permission"))}

    assert auth == {"view_user", "add_user", "change_user", "view_group"}


def _codenames(group):
    return set(Group.objects.get(name=group).permissions.values_list("codename", flat=True))
