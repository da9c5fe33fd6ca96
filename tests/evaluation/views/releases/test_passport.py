"""The page of an item: its passport."""

from __future__ import annotations

import json

import pytest

from evaluation.models import ReleaseItem
from evaluation.services.releases.make import release_item
from tests.evaluation.publishing.content import hostile_rows
from tests.evaluation.released import built_release
from tests.evaluation.views.releases.pages import LABEL, page, person, shown

pytestmark = pytest.mark.django_db


def test_passport_page_tells_the_whole_chain(client, release):
    item = release.items.public().get(nation="GB", source_type="quoted")
    passport = json.loads(item.passport)
    client.force_login(person("researcher", "GB"))

    told = shown(page(client, "passport", LABEL, item.key))

    document = passport["document"]
    expected = [
        item.question,
        f'<a href="{document["url"]}" rel="noopener noreferrer nofollow">{document["url"]}</a>',
        document["digest"],
        document["outlet"],
        document["published"],
        f'<blockquote lang="en"><p>{item.told.evidence}</p></blockquote>',
        "Votes: 2 valid; agreement 1.00",
        "annotator-1, annotator-2",
        "superseded by 2",
        "rules-1, confidence 0.60",
        "Decided by annotators: 2 valid.",
        "2 of 2 votes",
        "differs: passed",
    ]
    assert [text for text in expected if text not in told] == []
    order = ["<h3>Document", "<h3>Span", "<h3>Decisions", "<h3>Triple", "<h3>Reviews"]
    assert sorted(order, key=told.index) == order
    assert "secret.name" not in told
    assert "style=" not in told


def test_passport_names_each_machine_once_with_what_it_did(client, release):
    item = release.items.public().get(nation="GB", source_type="quoted")
    made = {"stage": "triples", "version": "m-7", "engine": "openai", "prompt_digest": "ab" * 16}
    passport = json.loads(item.passport)
    passport["triple"]["made_by"] = passport["decisions"][0]["made_by"] = made
    ReleaseItem.objects.filter(pk=item.pk).update(passport=json.dumps(passport))
    client.force_login(person("researcher", "GB"))

    found = page(client, "passport", LABEL, item.key)

    assert found.context["machines"] == [(made, ["decision 1", "wrote question and reversal"])]
    assert f'<code title="{"ab" * 16}">{"ab" * 6}</code>' in shown(found)


def test_passport_file_has_the_stored_bytes(client, release):
    item = release.items.public().first()
    client.force_login(person("operator"))

    response = page(client, "passport-json", LABEL, item.key)

    assert (response.content, response["Content-Type"]) == (item.passport.encode(), "application/json")


def test_document_that_may_only_be_referred_to_shows_no_words(client, tmp_path):
    release = built_release(tmp_path, disclosure="reference")
    item = release.items.public().get(nation="GB", source_type="quoted")
    row = json.loads(item.row) | {"evidence": "Words that leaked into the row."}
    passport = json.loads(item.passport)
    passport["statement"]["text"] = "Words that leaked into the passport."
    ReleaseItem.objects.filter(pk=item.pk).update(row=json.dumps(row), passport=json.dumps(passport))
    client.force_login(person("researcher", "GB"))

    told = shown(page(client, "passport", LABEL, item.key))

    assert "Words that leaked" not in told
    assert "the source's licence lets none leave" in told


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://news.example/a?b=1&c=2", True),
        ("http://news.example/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//news.example/a", False),
        ("https:alert", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(client, release, url, is_link):
    item = release.items.public().get(nation="GB", source_type="quoted")
    row = json.loads(item.row) | {"url": url}
    ReleaseItem.objects.filter(pk=item.pk).update(row=json.dumps(row))
    client.force_login(person("researcher", "GB"))

    found = page(client, "passport", LABEL, item.key)

    assert bool(found.context["link"]) == is_link
    assert found.content.decode().count('rel="noopener') == is_link


def test_hostile_texts_stay_texts(client, release):
    rows = hostile_rows()
    ReleaseItem.objects.bulk_create(
        release_item(release, row, passport=json.dumps({"document": {"source": {"name": "<script>alert(2)"}},
                                                   "decisions": [{"label": "<script>alert(3)"}]}))
        for row in rows
    )  # fmt: skip
    client.force_login(person("researcher", "US"))

    pages = [page(client, "passport", LABEL, row.id).content.decode() for row in rows]

    assert [told.count("<script>") for told in pages] == [0] * len(rows)


@pytest.mark.parametrize(
    "passport",
    ["", "5", "[]", '{"decisions": 5, "document": [], "triple": "x", "reviews": {"a": 1}, "statement": 1}',
     '{"decisions": [5, {"votes": [1], "made_by": 3, "annotators": "x"}], "triple": {"checks": [1]}}'],
)  # fmt: skip
def test_item_of_elsewhere_with_any_passport_has_a_page(client, release, passport):
    item = release.items.public().get(nation="GB", source_type="quoted")
    ReleaseItem.objects.filter(pk=item.pk).update(passport=passport, triple=None)
    client.force_login(person("researcher", "GB"))

    found = page(client, "passport", LABEL, item.key)

    assert (found.status_code, item.statement in shown(found)) == (200, True)
    assert page(client, "passport-json", LABEL, item.key).status_code == (200 if passport else 404)
