"""A release is made of what people approved, under gates, version after version."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotation.lifecycle import ReleaseStatus
from annotation.models import Triple, Vote
from evaluation.models import Release, ReleaseEvent
from evaluation.publishing.recipe import Gates, Recipe
from evaluation.services.releases.freezing import freeze
from evaluation.services.releases.make import GateError, ReleaseError, make_release
from tests import factories
from tests.evaluation.gold import annotators, approve, approved_corpus, waiting_triple
from tests.evaluation.services.releases.folders import read_folder, rows_of

pytestmark = pytest.mark.django_db


def test_make_release_freezes_items_and_moves_status(tmp_path):
    triples = approved_corpus(per_slice=1)
    release = make_release(name="first", output=tmp_path)
    assert (release.status, release.label) == (ReleaseStatus.CANDIDATE, "first@1.0.0")
    assert release.folder == str(tmp_path / "first-1.0.0")
    assert set(release.items.values_list("triple_id", flat=True)) == {triple.pk for triple in triples}
    event = ReleaseEvent.objects.get(release=release)
    assert (event.old, event.new, event.actor_name, event.note) == (
        "draft",
        "candidate",
        "make_release",
        "1.0.0: 9 items",
    )


def test_make_release_again_refuses_when_nothing_changed(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="taken", output=tmp_path)
    before = read_folder(release.folder)
    with pytest.raises(ReleaseError, match=r"Release taken@1\.0\.0 holds exactly this already"):
        make_release(name="taken", output=tmp_path / "elsewhere")
    assert read_folder(release.folder) == before
    assert Release.objects.count() == 1


def test_make_release_again_is_the_next_version_with_the_same_canary(tmp_path):
    approve(waiting_triple("GB", 1))
    first = make_release(name="line", output=tmp_path)
    approve(waiting_triple("GB", 2))
    second = make_release(name="line", output=tmp_path)
    assert (second.label, second.previous) == ("line@1.1.0", first)
    assert second.told.canary == first.told.canary
    assert second.told.changes != ()
    assert Release.objects.named("line").get() == second
    assert Release.objects.named("line@1.0.0").get() == first


def test_make_release_refuses_a_taken_folder(tmp_path):
    approved_corpus(per_slice=1)
    (tmp_path / "folder-1.0.0").mkdir()
    with pytest.raises(ReleaseError, match="exists already; choose another name or --output folder"):
        make_release(name="folder", output=tmp_path)
    assert Release.objects.count() == 0


def test_make_release_empty_says_what_is_missing(tmp_path):
    for n in range(3):
        waiting_triple("GB", n)
    with pytest.raises(ReleaseError, match=r"0 approved triples; 3 wait for people: manage.py push_reviews"):
        make_release(name="empty", output=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_make_release_refuses_bad_names_and_nations(tmp_path):
    factories.nation("GB")
    with pytest.raises(ReleaseError, match="Small letters"):
        make_release(name="../evil", output=tmp_path)
    with pytest.raises(ReleaseError, match=r"Unknown nation XX; known: .*GB"):
        make_release(name="ok", recipe=Recipe(nations=("xx",)), output=tmp_path)


def test_make_release_takes_only_the_nations_asked_for(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="one", recipe=Recipe(nations=("de",)), output=tmp_path)
    assert set(release.items.values_list("nation_id", flat=True)) == {"DE"}


def test_make_release_leaves_out_what_people_have_not_approved(tmp_path):
    approved = approve(waiting_triple("GB", 1), dict.fromkeys(annotators(), "valid"))
    waiting_triple("GB", 2)
    unattributed = waiting_triple("GB", 3, source_type="unknown")
    approve(unattributed)
    release = make_release(name="strict", output=tmp_path)
    assert list(release.items.values_list("triple_id", flat=True)) == [approved.pk]


def test_make_release_uses_the_corrected_triple_and_its_votes(tmp_path):
    decision = waiting_triple("GB", 1)
    people = annotators()
    triple = approve(
        decision, dict.fromkeys(people, "valid"), value={"question": "Should park 1 be protected?"}
    )
    release = make_release(name="fixed", output=tmp_path)
    (row,) = rows_of(read_folder(release.folder)["data/gb/quoted.jsonl"])
    assert triple.revises_id == decision.triple_id
    assert row["question"] == "Should park 1 be protected?"
    assert row["votes"] == {"valid": 2, "invalid": 0, "contested_here": 0, "no_longer_current": 0}
    assert row["annotators"] == ["annotator-1", "annotator-2"]


def test_make_release_that_fails_a_gate_stays_a_draft_with_rows_to_fix(tmp_path):
    approved_corpus(per_slice=2)
    recipe = Recipe(nations=("GB",), gates=Gates(max_outlet_share=0.4))
    with pytest.raises(GateError, match=r"max_outlet_share of gb/quoted is 0\.5, limit 0\.4"):
        make_release(name="strict", recipe=recipe, output=tmp_path)
    draft = Release.objects.get()
    assert (draft.status, draft.items.count(), list(tmp_path.iterdir())) == ("draft", 0, [])
    failed = [gate for gate in draft.gates if not gate["passed"]]
    assert [(gate["slice"], len(gate["rows"])) for gate in failed] == [("gb/official", 2), ("gb/quoted", 2)]
    assert set(failed[0]["triples"]) <= set(Triple.objects.values_list("pk", flat=True))

    release = make_release(name="strict", recipe=recipe, output=tmp_path, override="a test of two outlets")
    assert (release.pk, release.status, release.version) == (draft.pk, "candidate", "1.0.0")
    assert "a test of two outlets" in (Path(release.folder) / "README.md").read_text()


def test_make_release_says_when_somebody_else_made_the_version_meanwhile(tmp_path, monkeypatch):
    approve(waiting_triple("GB", 1))

    def overtaken(release: Release, *rest: object) -> object:
        frozen = freeze(release, *rest)
        Release.objects.create(
            name="twice",
            version=release.version,
            status="candidate",
            digest="0" * 64,
            frozen_at=timezone.now(),
        )
        return frozen

    monkeypatch.setattr("evaluation.services.releases.make.freeze", overtaken)
    with pytest.raises(ReleaseError, match=r"twice@1\.0\.0 was made meanwhile"):
        make_release(name="twice", output=tmp_path)


def test_make_release_refuses_items_nobody_qualified_judged(tmp_path):
    approve(waiting_triple("GB", 1), dict.fromkeys(annotators(), "valid"))
    Vote.objects.update(qualification=None)
    with pytest.raises(GateError, match="all_qualified of gb/quoted"):
        make_release(name="unqualified", output=tmp_path)


def test_make_release_says_when_a_slice_has_nothing_left(tmp_path):
    approved_corpus(per_slice=2)
    recipe = Recipe(nations=("FR", "GB"), gates=Gates(min_items=1))
    with pytest.raises(GateError, match="min_items of fr/official is 0, limit 1: 1 of 1 items are missing"):
        make_release(name="hole", recipe=recipe, output=tmp_path)


def test_make_release_command_prints_one_last_json_line(tmp_path):
    approve(waiting_triple("GB", 1))
    out = StringIO()
    call_command("make_release", "cli", "--output", str(tmp_path), "--json", stdout=out)
    release = Release.objects.get()
    assert json.loads(out.getvalue().splitlines()[-1]) == {
        "name": "cli",
        "version": "1.0.0",
        "status": "candidate",
        "items": 1,
        "slices": {"GB/quoted": 1},
        "parts": {"evaluation": 1},
        "digest": release.digest,
        "folder": str(tmp_path / "cli-1.0.0"),
        "left_out": {},
        "held_back_without_gold": 0,
        "choice_only": {"en": {"accuracy": 0.5, "low": 0.0, "high": 1.0, "items": 1}},  # too few to tell
    }


def test_make_release_command_reports_errors(tmp_path):
    with pytest.raises(CommandError, match="0 approved triples; no valid triple waits either"):
        call_command("make_release", "cli", "--output", str(tmp_path))
