"""Pages of releases, their items and passports: what they tell, to whom, and in how many queries."""

from __future__ import annotations

import hashlib
import json
import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.models import Release, ReleaseItem
from evaluation.publishing.recipe import Balance, Gates, Recipe
from evaluation.services.releases.make import release_item
from evaluation.services.releases.statuses import move_release
from evaluation.views.release_words import gate_lines, recipe_words
from tests import factories
from tests.evaluation.publishing.content import hostile_rows
from tests.evaluation.released import HOLDOUT, built_release

pytestmark = pytest.mark.django_db
LABEL = "harbour@1.2.0"
ALL = ("CN", "DE", "FR", "GB", "US")


@pytest.fixture
def release(tmp_path):
    return built_release(tmp_path)


def person(group, *nations, **fields):
    return factories.user(group=group, nations=nations, **fields)


def page(client, name, *args, **query):
    return client.get(reverse(f"evaluation:{name}", args=args), query)


def shown(response):
    return re.sub(r"\s+", " ", response.content.decode())


def every_page(release):
    item = release.items.public().get(nation="CN", source_type="official", statement__contains="100")
    return {
        "releases": [],
        "release": [LABEL],
        "release-folder": [LABEL],
        "release-items": [LABEL],
        "passport": [LABEL, item.key],
        "passport-json": [LABEL, item.key],
    }


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


def test_folder_arrives_whole_and_verifies_and_holds_nothing_else(client, release, tmp_path):
    stray = tmp_path / "harbour-1.2.0" / "notes.txt"
    stray.write_text("not of the release")
    client.force_login(person("operator"))

    response = page(client, "release-folder", LABEL)
    data = response.getvalue()

    assert response["Content-Disposition"] == 'attachment; filename="harbour-1.2.0.zip"'
    with ZipFile(BytesIO(data)) as archive:
        files = {name.removeprefix("harbour-1.2.0/"): archive.read(name) for name in archive.namelist()}
    assert sorted(files) == ["README.md", "checksums.sha256", "data/gb/quoted.jsonl"]
    assert hashlib.sha256(files["checksums.sha256"]).hexdigest() == release.digest
    lines = files["checksums.sha256"].decode().splitlines()[1:]
    assert [line.split("  ")[0] for line in lines] == [
        hashlib.sha256(files[line.split("  ")[1]]).hexdigest() for line in lines
    ]


def test_folder_is_streamed_in_pieces_and_always_the_same(client, release):
    client.force_login(person("operator"))

    pieces = list(page(client, "release-folder", LABEL).streaming_content)

    assert len(pieces) >= 4
    assert max(map(len, pieces)) < 300_000
    assert b"".join(pieces) == page(client, "release-folder", LABEL).getvalue()


@pytest.mark.parametrize("harm", ["checksums", "file", "folder"])
def test_folder_that_is_not_what_was_written_is_not_handed_out(client, release, tmp_path, harm):
    folder = tmp_path / "harbour-1.2.0"
    if harm == "checksums":
        (folder / "checksums.sha256").chmod(0o644)
        (folder / "checksums.sha256").write_text("other")
    elif harm == "file":
        (folder / "README.md").unlink()
    else:
        folder.rename(tmp_path / "elsewhere")
    client.force_login(person("operator"))

    response = page(client, "release-folder", LABEL)

    assert response.status_code == 409
    assert "rebuild_release harbour@1.2.0" in response.content.decode()


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({}, 17),
        ({"nation": "CN"}, 4),
        ({"type": "official"}, 8),
        ({"nation": "FR", "type": "quoted"}, 2),
        ({"part": "evaluation"}, 17),
        ({"part": "train"}, 0),
        ({"part": "holdout"}, 17),
        ({"language": "en"}, 7),
        ({"contested": "yes"}, 1),
        ({"contested": "no"}, 16),
        ({"period": "recent"}, 1),
        ({"topic": "HARBOUR"}, 1),
        ({"topic": "%"}, 0),
        ({"nation": "XX"}, 17),
        ({"page": "no"}, 17),
    ],
)
def test_items_are_narrowed_by_slice(client, release, query, number):
    item = release.items.public().first()
    ReleaseItem.objects.filter(pk=item.pk).update(is_contested=True, period="recent", topic="old harbours")
    client.force_login(person("operator"))

    assert page(client, "release-items", LABEL, **query).context["page"].paginator.count == number


def test_pages_of_items_keep_their_filters(client, tmp_path):
    release = built_release(tmp_path, per_slice=1)
    rows = hostile_rows() * 3
    ReleaseItem.objects.bulk_create(release_item(release, row, passport="") for row in _numbered(rows))
    client.force_login(person("operator"))

    first = page(client, "release-items", LABEL, nation="US", type="quoted")
    second = page(client, "release-items", LABEL, nation="US", type="quoted", page="2")

    assert (first.context["page"].paginator.count, len(second.context["page"])) == (34, 9)
    assert '?nation=US&amp;type=quoted&amp;page=2" rel="next"' in first.content.decode()
    assert '?nation=US&amp;type=quoted&amp;page=1" rel="prev"' in second.content.decode()
    assert "<script>alert" not in first.content.decode() + second.content.decode()


def _numbered(rows):
    from dataclasses import replace

    return [replace(row, id=f"{n:032x}") for n, row in enumerate(rows)]


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
    before = [_queries(client, address) for address in addresses]
    ReleaseItem.objects.bulk_create(release_item(release, row) for row in hostile_rows())
    for n in range(3):
        other = Release.objects.get(pk=release.pk)
        other.pk, other.version, other.previous = None, f"2.{n}.0", release
        other.save()
        Release.objects.create(name=f"draft{n}", gates=release.gates)

    after = [_queries(client, address) for address in addresses]

    assert (after[0] - before[0], after[1:]) == (0, before[1:])
    assert max(after) <= 14


def _queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_pages_ask_no_other_host_and_hold_no_inline_script_or_style(client, release):
    client.force_login(person("operator", is_staff=True))
    pages = [page(client, name, *args).content.decode() for name, args in every_page(release).items()
             if name in ("releases", "release", "release-items", "passport")]  # fmt: skip

    loads = re.compile(r'<(?:script|img|link|iframe|style)\b[^>]*(?:src|href)="(?!/)')
    assert [loads.findall(told) for told in pages] == [[]] * 4
    assert [re.findall(r"style=|<style|<script|onclick", told) for told in pages] == [[]] * 4


def test_recipe_in_words_tells_every_field():
    recipe = Recipe(
        nations=("CN", "XX"),
        source_types=("official",),
        published_from="2020-01-01",
        with_contested=False,
        conflict_reduction=False,
        balance=(str(Balance.OUTLETS), str(Balance.NATIONS)),
        slice_size=50,
        holdout_share=0.125,
        seed=3,
        gates=Gates(max_year_share=0.25, min_alpha=0.6, all_qualified=False),
    )

    assert dict(recipe_words(recipe, {"CN": "China"})) == {
        "Nations": "China (CN), XX",
        "Types": "official",
        "Time window": "published from 2020-01-01; undated items are left out",
        "Contested items": "left out",
        "Conflict reduction": "off: what it set aside is in, too (the ablation)",
        "Balance": "no outlet has more than its share of a slice; every slice of a type is as small as the "
        "smallest",
        "Slice size": "at most 50 per nation and type",
        "Recent period": "not marked",
        "Held back": "12.5 % of the items, scored on the server only",
        "Preference pairs": "none",
        "Seed": "3",
        "Gates": "no year above 25% of a slice; alpha of at least 0.6 in every nation",
    }


def test_gate_lines_show_failures_first_and_a_limited_number_of_rows():
    gates = [
        {"name": "min_items", "slice": "cn/quoted", "limit": 4, "value": 9, "passed": True, "triples": []},
        {"name": "min_alpha", "slice": "FR", "limit": 0.6, "value": None, "passed": False, "rows": ["a"] * 23,
         "triples": list(range(1, 24))},
    ]  # fmt: skip

    failed, passed = gate_lines(gates, with_rows=True)
    bare, _ = gate_lines(gates)

    assert (failed.title, failed.slice, failed.value, failed.limit) == (
        "Krippendorff's alpha",
        "FR",
        "–",
        "0.6",
    )
    assert (len(failed.triples), failed.more, passed.more) == (20, 3, 0)
    assert (bare.triples, bare.more) == ([], 0)
