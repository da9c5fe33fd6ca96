"""Pages of releases: who may open them, what is held back, and in how many queries."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from evaluation.models import Release, ReleaseItem
from evaluation.services.releases.make import release_item
from tests import factories
from tests.evaluation.publishing.content import hostile_rows
from tests.evaluation.released import built_release
from tests.evaluation.views.releases.pages import ALL, LABEL, every_page, page, person, shown
from tests.queries import queries

pytestmark = pytest.mark.django_db


def test_anonymous_people_are_sent_to_the_login(client, release):
    answers = {name: page(client, name, *args) for name, args in every_page(release).items()}

    assert {name: found.status_code for name, found in answers.items()} == dict.fromkeys(answers, 302)
    assert {found.url.split("?")[0] for found in answers.values()} == {reverse("login")}


@pytest.mark.parametrize(
    ("group", "nations", "statuses"),
    [
        ("annotator", ("FR",), [403, 403, 403, 403, 403, 403]),
        ("researcher", ("FR",), [200, 200, 403, 200, 404, 404]),
        ("researcher", (), [200, 200, 403, 200, 404, 404]),
        ("researcher", ("CN",), [200, 200, 403, 200, 200, 200]),
        ("researcher", ALL, [200] * 6),
        ("curator", ("FR",), [200, 200, 403, 200, 404, 404]),
        ("operator", (), [200] * 6),
    ],
)
def test_who_may_open_what_of_a_candidate(client, release, group, nations, statuses):
    client.force_login(person(group, *nations))

    found = [page(client, name, *args).status_code for name, args in every_page(release).items()]

    assert found == statuses


def test_annotators_given_the_permission_see_items_of_their_nation_only(client, release):
    annotator = person("annotator", "FR")
    annotator.user_permissions.add(Permission.objects.get(codename="view_releaseitem"))
    client.force_login(annotator)
    foreign, own = (release.items.filter(nation=code).first().key for code in ("CN", "FR"))

    listed = page(client, "release-items", LABEL).context["page"]
    talked = page(client, "release-items", LABEL, nation="CN").context["page"]

    assert [page(client, "passport", LABEL, key).status_code for key in (foreign, own)] == [404, 200]
    assert {item.nation_id for item in listed} == {item.nation_id for item in talked} == {"FR"}


def test_published_release_is_downloaded_by_anybody_with_the_permission(client, tmp_path):
    built_release(tmp_path, status="published")
    client.force_login(person("researcher", "FR"))

    assert page(client, "release-folder", LABEL).status_code == 200


@pytest.mark.parametrize("group", ["researcher", "curator"])
def test_items_held_back_are_in_no_list_and_have_no_page(client, release, group):
    held = release.items.get(part="holdout")
    client.force_login(person(group, *ALL))

    listed = page(client, "release-items", LABEL, nation="GB", type="quoted").context["page"]

    assert [page(client, name, LABEL, held.key).status_code for name in ("passport", "passport-json")] == [
        404
    ] * 2
    assert (len(listed), held.key in {item.key for item in listed}) == (1, False)
    pages = [page(client, *where) for where in (("releases",), ("release", LABEL), ("release-items", LABEL))]
    assert [held.statement in shown(found) for found in pages] == [False] * 3


@pytest.mark.parametrize("fields", [{"is_superuser": True}, {"group": "operator"}])
def test_items_held_back_are_shown_one_by_one_to_who_runs_the_place(client, release, fields):
    held = release.items.get(part="holdout")
    client.force_login(factories.user(**fields))

    found = page(client, "passport", LABEL, held.key)

    assert (found.status_code, "Do not copy it." in shown(found)) == (200, True)
    assert held.key not in {item.key for item in page(client, "release-items", LABEL).context["page"]}


def test_query_counts_grow_neither_with_releases_nor_with_items(client, tmp_path):
    release = built_release(tmp_path, per_slice=1)
    key = release.items.public().get(nation="GB", source_type="official").key
    client.force_login(person("curator", *ALL, is_staff=True))
    addresses = [
        reverse("evaluation:releases"),
        reverse("evaluation:release", args=[LABEL]),
        reverse("evaluation:release-items", args=[LABEL]),
        reverse("evaluation:passport", args=[LABEL, key]),
    ]
    before = [queries(client, address) for address in addresses]
    ReleaseItem.objects.bulk_create(release_item(release, row) for row in hostile_rows())
    for n in range(3):
        other = Release.objects.get(pk=release.pk)
        other.pk, other.version, other.previous = None, f"2.{n}.0", release
        other.save()
        Release.objects.create(name=f"draft{n}", gates=release.gates)

    after = [queries(client, address) for address in addresses]

    assert (after[0] - before[0], after[1:]) == (0, before[1:])
    assert max(after) <= 14


def test_pages_ask_no_other_host_and_hold_no_inline_script_or_style(client, release):
    client.force_login(person("operator", is_staff=True))
    pages = [page(client, name, *args).content.decode() for name, args in every_page(release).items()
             if name in ("releases", "release", "release-items", "passport")]  # fmt: skip

    loads = re.compile(r'<(?:script|img|link|iframe|style)\b[^>]*(?:src|href)="(?!/)')
    assert [loads.findall(told) for told in pages] == [[]] * 4
    assert [re.findall(r"style=|<style|<script|onclick", told) for told in pages] == [[]] * 4
