"""Releases and items through the interface: recipe, counts, slices, passports; held back items never."""

from __future__ import annotations

import json

import pytest

from evaluation.models import Release, ReleaseItem
from evaluation.services.releases.make import release_item
from tests import factories
from tests.evaluation.publishing.content import hostile_rows
from tests.evaluation.released import built_release
from tests.queries import queries

pytestmark = pytest.mark.django_db
LABEL = "harbour@1.2.0"


@pytest.fixture
def release(tmp_path):
    return built_release(tmp_path)


def reader(client, group, *nations, **fields):
    client.force_login(factories.user(group=group, nations=nations, **fields))
    return client


def items(client, **query):
    return client.get("/api/release-items/", query | {"limit": 500}).json()["results"]


def test_release_tells_version_recipe_and_counts_and_no_secret(client, release):
    Release.objects.update(holdout_salt="secret salt")

    response = reader(client, "researcher").get(f"/api/releases/{release.pk}/")

    told = response.json()
    assert {name: told[name] for name in ("label", "version", "status", "origin", "previous", "digest")} == {
        "label": LABEL,
        "version": "1.2.0",
        "status": "candidate",
        "origin": "here",
        "previous": None,
        "digest": release.digest,
    }
    assert told["recipe"] == release.recipe
    assert told["counts"] == {
        "evaluation": {
            "cn/official": 2, "cn/quoted": 2, "de/official": 2, "de/quoted": 2, "fr/quoted": 2,
            "gb/official": 2, "gb/quoted": 1, "us/official": 2, "us/quoted": 2,
        },
        "preferences": {"train": 0, "test": 0},
        "holdout": 1,
    }  # fmt: skip
    assert "secret salt" not in response.content.decode()


def test_releases_are_found_by_name_version_and_status(client, release):
    Release.objects.create(name="pier")
    reader(client, "curator")

    found = {
        query: [row["label"] for row in client.get(f"/api/releases/?{query}").json()["results"]]
        for query in ("", "name=harbour", "name=harbour&version=1.2.0", "version=9", "status=draft")
    }

    assert found == {
        "": [LABEL, "pier"],
        "name=harbour": [LABEL],
        "name=harbour&version=1.2.0": [LABEL],
        "version=9": [],
        "status=draft": ["pier"],
    }


def test_drafts_are_for_those_who_make_releases(client):
    draft = Release.objects.create(name="pier")

    found = {
        group: (
            len(reader(client, group).get("/api/releases/").json()["results"]),
            client.get(f"/api/releases/{draft.pk}/").status_code,
        )
        for group in ("researcher", "curator")
    }

    assert found == {"researcher": (0, 404), "curator": (1, 200)}


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({}, 17),
        ({"release": "harbour"}, 17),
        ({"release": LABEL}, 17),
        ({"release": "harbour@1.0.0"}, 0),
        ({"release": "harbour@"}, 0),
        ({"nation": "CN"}, 4),
        ({"nation": "CN", "source_type": "quoted"}, 2),
        ({"part": "evaluation"}, 17),
        ({"part": "train"}, 0),
        ({"is_contested": "true"}, 1),
        ({"period": "recent"}, 1),
        ({"topic": "harbours"}, 1),
        ({"language": "fr"}, 2),
    ],
)
def test_items_are_narrowed_by_release_part_and_slice(client, release, query, number):
    item = release.items.public().first()
    ReleaseItem.objects.filter(pk=item.pk).update(is_contested=True, period="recent", topic="harbours")

    assert len(items(reader(client, "operator"), **query)) == number


@pytest.mark.parametrize("fields", [{"group": "operator"}, {"is_superuser": True}])
def test_items_held_back_are_told_to_nobody(client, release, fields):
    held = release.items.get(part="holdout")
    client.force_login(factories.user(**fields))

    assert held.key not in {item["key"] for item in items(client)}
    assert client.get("/api/release-items/", {"part": "holdout"}).status_code == 400
    assert [client.get(f"/api/release-items/{held.pk}/{tail}").status_code for tail in ("", "passport/")] == [
        404,
        404,
    ]


def test_items_and_passports_go_by_nation(client, release):
    foreign, own = (release.items.filter(nation=code).first() for code in ("CN", "FR"))
    reader(client, "researcher", "FR")

    assert {item["nation"] for item in items(client)} == {"FR"}
    assert items(client, nation="CN") == []
    statuses = [
        client.get(f"/api/release-items/{item.pk}/{tail}").status_code
        for item in (foreign, own)
        for tail in ("", "passport/")
    ]
    assert statuses == [404, 404, 200, 200]


def test_passport_is_what_is_stored(client, release):
    item = release.items.public().first()
    reader(client, "operator")

    assert client.get(f"/api/release-items/{item.pk}/passport/").json() == json.loads(item.passport)
    ReleaseItem.objects.filter(pk=item.pk).update(passport="")
    assert client.get(f"/api/release-items/{item.pk}/passport/").status_code == 404


@pytest.mark.parametrize(
    "path", ["releases/", "releases/{release}/", "release-items/", "release-items/{item}/passport/"]
)
def test_interface_needs_login_and_permission_and_is_only_read(client, release, path):
    address = "/api/" + path.format(release=release.pk, item=release.items.public().first().pk)

    anonymous = client.get(address).status_code
    annotator = reader(client, "annotator", "CN").get(address).status_code
    written = reader(client, "", is_superuser=True).post(address).status_code

    assert (anonymous, annotator, written) == (403, 403, 405)


@pytest.mark.parametrize("path", ["releases", "release-items"])
def test_queries_do_not_grow_with_rows(client, release, path):
    reader(client, "operator")
    before = queries(client, f"/api/{path}/")
    ReleaseItem.objects.bulk_create(release_item(release, row) for row in hostile_rows())
    for n in range(3):
        other = Release.objects.get(pk=release.pk)
        other.pk, other.version, other.previous = None, f"2.{n}.0", release
        other.save()

    assert queries(client, f"/api/{path}/") == before


def test_schema_describes_the_passport(client, release):
    schema = reader(client, "researcher").get("/api/schema/", {"format": "json"}).json()

    assert "/api/release-items/{id}/passport/" in schema["paths"]
    assert "counts" in schema["components"]["schemas"]["Release"]["properties"]
