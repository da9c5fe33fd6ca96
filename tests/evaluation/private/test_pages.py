"""Who may not see private items learns nothing of single ones: not their words, nor what a model answered.

Every page, file, picture and answer of the interface is read in two worlds that differ only in what models
answered to private items. For those who may not see them both must be the same, to the byte.
"""

from __future__ import annotations

import pytest
from django.apps import apps

from annotation.seed import seed_groups
from evaluation.urls import urlpatterns
from tests import factories
from tests.evaluation.private.worlds import Worlds, read

pytestmark = pytest.mark.django_db

OUTSIDERS = {
    "annotator": {"group": "annotator", "nations": ("FR", "GB")},
    "curator": {"group": "curator", "nations": ("FR", "GB")},
    "researcher": {"group": "researcher", "nations": ("FR", "GB")},
    "researcher of no nation": {"group": "researcher"},
}
KEEPERS = {"operator": {"group": "operator"}, "superuser": {"is_superuser": True}}
# What keepers see change with the answers to private items.
TELLING = {
    "results", "leaderboard-csv", "leaderboard-svg", "slice", "slice-csv", "slice-svg", "model", "model-csv",
    "model-svg", "run", "run-svg", "answers", "csv", "item-answers", "item-answers-csv", "item-answers-svg",
    "api-runs", "api-run", "admin:evaluation_evalrun", "admin:evaluation_answer",
}  # fmt: skip


@pytest.fixture
def seeded():
    seed_groups(apps, "default")


def told_of(worlds, pages):
    """Addresses whose body has a word of a private item. A refusal may repeat what was asked for."""
    words = [secret.encode() for secret in worlds.secrets()]
    return [
        address
        for address, (status, body) in pages.items()
        if status == 200 and any(word in body for word in words)
    ]


def told(client, worlds, submission, reversed_items):
    """What a person is told in a world, by address."""
    worlds.turn(reversed_items)
    pages = worlds.addresses(submission)
    return {address: read(client, address) for found in pages.values() for address in found}


def everything(client, worlds, fields, *both):
    person = factories.user(is_staff=True, **fields)
    client.force_login(person)
    submission = worlds.submission_of(person)
    return submission, [told(client, worlds, submission, reversed_items) for reversed_items in both]


def test_every_page_is_read_here():
    worlds = Worlds(private=1)
    person = factories.user()
    written_by_post = {"give-up-token"}
    names = {pattern.name for pattern in urlpatterns} - written_by_post
    assert names <= worlds.addresses(worlds.submission_of(person)).keys()


@pytest.mark.parametrize("who", OUTSIDERS)
def test_few_private_items_are_told_of_in_no_way(client, seeded, who):
    worlds = Worlds(private=3)
    every = {item.pk for item in worlds.private}
    _, (one, other) = everything(client, worlds, OUTSIDERS[who], set(), every)
    assert [address for address in one if one[address] != other[address]] == []
    assert told_of(worlds, one) == []
    assert {status for status, _ in one.values()} <= {200, 302, 403, 404, 409}


def test_which_of_many_private_items_a_model_answered_how_is_not_told(client, seeded):
    worlds = Worlds(private=40)
    quoted = [item.pk for item in worlds.private if item.nation_id == "GB" and item.source_type == "quoted"]
    both = set(quoted[:7]), set(quoted[-7:])
    _, (one, other) = everything(client, worlds, OUTSIDERS["researcher"], *both)
    assert [address for address in one if one[address] != other[address]] == []
    assert told_of(worlds, one) == []


@pytest.mark.parametrize("who", KEEPERS)
def test_who_keeps_the_server_sees_them(client, seeded, who):
    worlds = Worlds(private=3)
    every = {item.pk for item in worlds.private}
    submission, (one, other) = everything(client, worlds, KEEPERS[who], set(), every)
    pages = worlds.addresses(submission)
    changed = {name for name, found in pages.items() if any(one[at] != other[at] for at in found)}
    assert changed >= TELLING
