"""The list of releases and the page of one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.urls import reverse

from evaluation.models import Release
from evaluation.services.releases.statuses import move_release
from tests.evaluation.released import HOLDOUT, built_release
from tests.evaluation.views.releases.pages import ALL, LABEL, page, person, shown

pytestmark = pytest.mark.django_db


def test_list_has_versions_under_their_name_and_counts_public_items(client, release):
    client.force_login(person("researcher"))

    found = page(client, "releases")

    ((name, versions),) = found.context["names"]
    assert (name, [(row.label, items, nations) for row, items, nations in versions]) == (
        "harbour",
        [(LABEL, 17, list(ALL))],
    )
    assert release.digest[:12] in shown(found)


def test_list_without_a_release_says_what_to_do(client):
    client.force_login(person("researcher"))

    assert "manage.py make_release" in shown(page(client, "releases"))


def test_drafts_are_shown_with_rows_to_fix_to_who_makes_releases_only(client, release):
    triple = release.items.first().triple
    gates = [
        {"name": "all_qualified", "slice": "fr/quoted", "limit": 0, "value": 2, "passed": False,
         "rows": ["x"], "triples": [triple.pk]},
        {"name": "min_items", "slice": "cn/quoted", "limit": 1, "value": 3, "passed": True, "rows": [],
         "triples": []},
    ]  # fmt: skip
    Release.objects.create(name="pier", gates=gates)

    client.force_login(person("curator", "FR", is_staff=True))
    curators = shown(page(client, "releases"))
    client.force_login(person("researcher", "FR"))
    researchers = shown(page(client, "releases"))

    assert reverse("admin:annotation_triple_change", args=[triple.pk]) in curators
    assert "Items nobody qualified has decided, fr/quoted: 2 (limit 0)" in curators
    assert ("pier" in curators, "Number of items, cn/quoted" in curators) == (True, False)
    assert "pier" not in researchers


def test_release_page_tells_how_it_was_made(client, release):
    client.force_login(person("researcher", *ALL))

    found = page(client, "release", LABEL)

    told = shown(found)
    manifest = release.told
    expected = [
        release.digest,
        manifest.canary,
        "10 % of the items, scored on the server only",
        "from 2023-01-01 on",
        "A curator let it pass: No official text of France was open for reuse in 2026.",
        "1 item of us/official was reworded.",
        "1 more item never leaves the server",
        str(HOLDOUT["commitment"]),
        "manage.py verify_release harbour-1.2.0",
        "manage.py rebuild_release harbour@1.2.0",
        "@misc{navab-harbour-1-2-0,",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ]
    assert [text for text in expected if text not in told] == []
    assert "<script>alert" not in told
    assert found.context["counts"] == [
        ("CN", "quoted", [2, 0, 0], 2),
        ("CN", "official", [2, 0, 0], 2),
        ("DE", "quoted", [2, 0, 0], 2),
        ("DE", "official", [2, 0, 0], 2),
        ("FR", "quoted", [2, 0, 0], 2),
        ("GB", "quoted", [1, 0, 0], 1),
        ("GB", "official", [2, 0, 0], 2),
        ("US", "quoted", [2, 0, 0], 2),
        ("US", "official", [2, 0, 0], 2),
        ("all", "", [17, 0, 0], 17),
    ]


def test_release_page_tells_no_reason_to_override_where_no_gate_failed(client, release):
    client.force_login(person("researcher", *ALL))
    told = release.told
    passed = replace(told, gates=tuple({**gate, "passed": True} for gate in told.gates))
    Release.objects.update(manifest=json.dumps(passed.as_dict()))

    assert "A curator let it pass" not in shown(page(client, "release", LABEL))


def test_release_page_sets_gates_that_were_asked_for_apart_from_what_was_only_measured(client, release):
    client.force_login(person("curator", *ALL))

    found = page(client, "release", LABEL).context

    assert [(gate.title, gate.passed) for gate in found["gates"]] == [
        ("Number of items", False),
        ("Largest share of one outlet", True),
    ]
    assert [(gate.title, gate.detail) for gate in found["measured"]] == [
        ("Largest share of one year", "2024 has 4 of 4 items")
    ]


def test_release_page_links_the_rows_of_gates_for_curators_only(client, release):
    link = reverse("admin:annotation_triple_change", args=[release.gates[0]["triples"][0]])
    found = {}
    for group in ("curator", "researcher"):
        client.force_login(person(group, *ALL))
        found[group] = link in shown(page(client, "release", LABEL))

    assert found == {"curator": True, "researcher": False}


def test_withdrawn_release_says_so_and_why(client, tmp_path):
    release = built_release(tmp_path, status="published")
    move_release(release, "withdrawn", actor_name="test", note="Two articles were forged.")
    client.force_login(person("researcher"))

    told = shown(page(client, "release", LABEL))

    assert "This release has been withdrawn" in told
    assert "Two articles were forged." in told


def test_name_without_a_version_leads_to_the_newest_and_unknown_ones_nowhere(client, release):
    Release.objects.create(name="pier")  # a draft
    client.force_login(person("researcher"))

    found = page(client, "release", "harbour")

    assert (found.status_code, found.url) == (302, reverse("evaluation:release", args=[LABEL]))
    assert [
        page(client, "release", label).status_code for label in ("pier", "pier@", "harbour@9", "@", "x")
    ] == [404] * 5


def test_release_without_manifest_still_has_a_page(client, release):
    Release.objects.filter(pk=release.pk).update(manifest="", folder="/nowhere")
    client.force_login(person("researcher"))

    ((_, versions),) = page(client, "releases").context["names"]
    told = shown(page(client, "release", LABEL))

    assert versions == [(release, None, [])]
    assert "Neither recipe nor manifest is kept of this release." in told
    assert "The folder is not on this server." in told
