"""Guidelines: locked, the same in every language, in the words of the screens; and that they were read."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from annotation import guidelines
from annotation.guidelines import (
    LOCK,
    current_version,
    files,
    guideline,
    locked_digests,
)
from annotation.guidelines.__main__ import main
from annotation.label_studio.configs import languages, words
from annotation.models import GuidelineReading, ProjectKind
from annotation.services.people.guidelines import has_read, mark_read
from pipeline.locked import file_digest
from tests import factories
from tests.annotation.people import NOON, read, said
from tests.annotation.votes import triple_review
from tests.queries import queries

KINDS = [kind.value for kind in ProjectKind]
TEXTS = [(kind, language) for kind in KINDS for language in languages()]
QUOTED = re.compile("“([^”]+)”|„([^“]+)“|« ([^»]+) »")


def test_every_guideline_is_locked_and_unchanged():
    assert locked_digests() == {path.name: file_digest(path) for path in files()}


def test_lock_refuses_a_changed_guideline_and_takes_a_new_one(tmp_path, monkeypatch, capsys):
    (tmp_path / "one.v1.toml").write_text("first")
    for module in ("annotation.guidelines", "annotation.guidelines.__main__"):
        monkeypatch.setattr(f"{module}.LOCK", tmp_path / LOCK.name)
    monkeypatch.setattr(guidelines, "FOLDER", tmp_path)
    assert main() == 0
    locked = locked_digests()

    (tmp_path / "one.v1.toml").write_text("second")
    (tmp_path / "one.v2.toml").write_text("third")
    file_digest.cache_clear()

    assert main() == 1
    assert "one.v1.toml is locked" in capsys.readouterr().err
    assert locked_digests()["one.v1.toml"] == locked["one.v1.toml"]
    assert sorted(locked_digests()) == ["one.v1.toml", "one.v2.toml"]


def test_every_kind_has_a_guideline_and_the_newest_counts(tmp_path, monkeypatch):
    assert [current_version(kind) for kind in KINDS] == ["v1"] * 4

    for number in (2, 10, 9):
        (tmp_path / f"triple.v{number}.toml").write_text("")
    monkeypatch.setattr(guidelines, "FOLDER", tmp_path)

    assert current_version("triple") == "v10"


@pytest.mark.parametrize("kind", KINDS)
def test_every_language_says_as_much(kind):
    texts = [guideline(kind, language) for language in languages()]

    assert [text.language for text in texts] == ["de", "en", "fr", "zh"]
    assert {(len(text.rules), len(text.examples)) for text in texts} == {
        (len(texts[0].rules), len(texts[0].examples))
    }
    parts = [
        part
        for text in texts
        for part in (text.title, text.purpose, *text.rules, *(e.why for e in text.examples))
    ]
    assert (len(set(parts)), min(map(len, parts)) > 3) == (len(parts), True)


@pytest.mark.parametrize(("kind", "language"), TEXTS)
def test_options_are_quoted_in_the_words_of_the_screen(kind, language):
    screen = {
        word
        for name, word in words(language).items()
        if name.startswith((f"{kind}.", "common.")) and not name.endswith("_hint")
    }
    # A rule may name an option by one side of its comma, colon or bracket.
    parts = {part.strip(" )）") for word in screen for part in re.split("[:：,，(（]", word)}

    quoted = {
        next(filter(None, found))
        for rule in guideline(kind, language).rules
        for found in QUOTED.findall(rule)
    }

    assert quoted - screen - parts == set()


def test_a_language_without_a_text_gets_english():
    assert guideline("triple", "pt") == guideline("triple", "en")


@pytest.mark.parametrize("version", ["v0", "v2", "../guidelines/triple.v1", "v1.toml/..", "<b>"])
def test_there_is_no_other_version(version):
    with pytest.raises(LookupError):
        guideline("triple", "en", version)


# Reading


@pytest.fixture
def reader(client):
    found = factories.user(group="annotator", nations=("GB",), has_read=False)
    client.force_login(found)
    return found


@pytest.mark.django_db
def test_reading_is_recorded_once_with_its_version_and_language(client, reader):
    address = reverse("annotation:guideline", args=["triple"])

    before = client.get(address)
    first = client.post(address, {"version": "v1"}, headers={"accept-language": "de"})
    client.post(address, {"version": "v1"})

    assert (before.context["has_read"], first["Location"]) == (False, "/my-work/")
    rows = GuidelineReading.objects.values_list("person__user", "kind", "version", "language")
    assert list(rows) == [(reader.pk, "triple", "v1", "de")]
    assert has_read(reader.person, "triple")
    assert not has_read(reader.person, "conflict")


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["", "v2", "../triple.v1", "<script>", "v1\x00"])
def test_nothing_else_can_be_said_to_have_been_read(client, reader, version):
    response = client.post(reverse("annotation:guideline", args=["triple"]), {"version": version})

    assert (response.status_code, GuidelineReading.objects.count()) == (404, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/quiz/GB/", "/quiz/GB/"),
        ("https://elsewhere.example/", "/my-work/"),
        ("//elsewhere.example/", "/my-work/"),
        ("/\\elsewhere.example", "/my-work/"),
        ("javascript:alert(1)", "/my-work/"),
        ("", "/my-work/"),
    ],
)
def test_reading_leads_on_within_this_site_only(client, reader, wanted, leads_to):
    address = reverse("annotation:guideline", args=["triple"])

    shown = client.get(address, {"next": wanted}).context["next"]
    response = client.post(address, {"version": "v1", "next": wanted})

    assert (shown, response["Location"]) == (leads_to if leads_to != "/my-work/" else "", leads_to)


@pytest.mark.django_db
def test_there_is_no_guideline_of_an_unknown_kind(client, reader):
    assert client.get("/guidelines/weather/").status_code == 404


@pytest.mark.django_db
def test_guideline_page_takes_as_many_queries_for_every_kind(client, reader):
    counts = {queries(client, reverse("annotation:guideline", args=[kind])) for kind in KINDS}

    assert len(counts) == 1


@pytest.mark.django_db
def test_a_vote_records_the_version_its_annotator_had_read(reader, clock):
    before, after = triple_review(), triple_review()
    early = said(reader, "valid", at=NOON)
    mark_read(reader.person, "triple", "v1", "en")
    GuidelineReading.objects.update(read_at=clock.forward(minutes=5))

    read(before, early)
    read(after, said(reader, "valid", at=clock.forward(minutes=5)))

    assert (before.votes.get().guideline, after.votes.get().guideline) == ("", "v1")


@pytest.mark.django_db
def test_marking_an_unknown_version_is_refused():
    person = factories.user().person

    with pytest.raises(LookupError, match=r"there is no guideline triple\.v9\.toml"):
        mark_read(person, "triple", "v9", "en")
