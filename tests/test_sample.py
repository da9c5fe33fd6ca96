"""The sample: its files hold together, and the demo's steps lead from them to a leaderboard."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.http import QueryDict

from annotation.models import Decision
from evaluation.models import Answer, EvalRun, Outcome, Release
from evaluation.services.gold.fairness import choice_only_by_language
from launcher.demo import BASELINES, LEADERBOARD, RECIPE, REPLAYED
from pipeline.records import TripleValidity
from tests import factories

SAMPLE = Path(__file__).resolve().parents[1] / "sample"
KINDS = ("press", "government", "parliament")
NATIONS = {"CN", "DE", "FR", "GB", "US"}
RECORDINGS = sorted((SAMPLE / "recordings").glob("*.jsonl"))


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def articles() -> list[dict[str, Any]]:
    return [row for kind in KINDS for row in rows(SAMPLE / f"{kind}.jsonl")]


def test_articles_come_from_several_outlets_and_years_in_every_nation():
    outlets, years = defaultdict(set), defaultdict(set)
    for row in articles():
        outlets[row["country"]].add(row["outlet"])
        years[row["country"]].add(date.fromisoformat(row["date"]).year)
    assert len({row["id"] for row in articles()}) == len(articles())
    assert set(outlets) == NATIONS
    assert min(map(len, outlets.values())) >= 8
    assert min(map(len, years.values())) >= 5
    assert {row["licence"] for row in articles()} == {
        "Apache-2.0 (sample text written for NaVAB; places, people and outlets are invented)"
    }


def test_verdicts_are_on_words_of_the_articles_and_reword_them_whole():
    texts = [row["text"] for row in articles()]
    verdicts = rows(SAMPLE / "verdicts.jsonl")
    assert max(Counter(verdict["statement"] for verdict in verdicts).values()) == 1
    assert {verdict["label"] for verdict in verdicts} == {"valid", "invalid", "contested_here"}
    for verdict in verdicts:
        assert any(verdict["statement"] in text for text in texts), verdict["statement"]
        if verdict["label"] != TripleValidity.INVALID:
            assert verdict["question"].endswith(("?", "？")), verdict["question"]
            assert verdict["reversed_statement"] != verdict["statement"]
            assert verdict["reversed_statement"][-1].isalnum() == verdict["statement"][-1].isalnum()


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recordings_say_what_they_are(path):
    header = rows(path)[0]
    assert set(header) >= {"format", "model", "engine", "recorded_at", "revision", "licence", "about"}
    assert "recorded" in header["about"].casefold()


@pytest.mark.django_db
def test_the_demos_steps_lead_to_a_leaderboard(settings, tmp_path, client):
    settings.RELEASES_DIR = tmp_path
    curator = factories.user("curator@demo.example", group="curator", nations=tuple(sorted(NATIONS)))

    def manage(*arguments: str) -> str:
        out = StringIO()
        call_command(*arguments, stdout=out)
        return out.getvalue()

    for kind in KINDS:
        manage("ingest", str(SAMPLE / f"{kind}.jsonl"), "--outlet-kind", kind)
    manage("run_pipeline", "--engine", "rules")
    said = manage("load_sample_verdicts", str(SAMPLE / "verdicts.jsonl"), "--curator", curator.username)
    count = len(rows(SAMPLE / "verdicts.jsonl"))
    assert said.strip() == f"{count} triples settled by {count} sample verdicts"
    for again in (False, True):
        said = manage("make_release", "sample", *RECIPE, "--publish", "--if-changed")
        assert ("holds exactly this already" in said) == again
    for name in BASELINES:
        manage("evaluate", "sample", "--model", name)
    protocols = [option for kind in REPLAYED for option in ("--protocol", kind)]
    for path in RECORDINGS:
        manage("evaluate", "sample", "--replay", str(path), *protocols)

    release = Release.objects.get()
    assert release.status == "published"
    slices = Counter(release.items.evaluated().values_list("nation_id", "source_type"))
    assert {nation for nation, _ in slices} == NATIONS
    assert {kind for _, kind in slices} == {"quoted", "official"}
    assert min(slices.values()) >= 5
    assert all(found.is_fair for found in choice_only_by_language(release).values())
    for nation in NATIONS:
        assert Decision.objects.filter(nation=nation, kind="triple", status="open").exists()
    assert set(EvalRun.objects.values_list("status", flat=True)) == {"finished"}
    assert not Answer.objects.filter(outcome=Outcome.ERROR).exists()
    models = {rows(path)[0]["model"] for path in RECORDINGS} | set(BASELINES)
    assert len(models) >= 3
    client.force_login(curator)
    page = client.get("/results/", QueryDict(LEADERBOARD.partition("?")[2]))
    assert page.status_code == 200
    assert all(name in page.content.decode() for name in models)
