"""The whole way: raw articles, a real Label Studio with two annotators, a release, a model scored on it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import (
    Conflict,
    Decision,
    DecisionKind,
    Event,
    JudgeType,
    Policy,
    Review,
    Statement,
    StudioProject,
    Triple,
    Vote,
)
from annotation.seed import seed_groups, seed_nations
from annotation.services.curation.triage import give_verdict
from annotation.services.studio.hints import wait_for_hints
from benchmarks.natural_rows import broken_evidence
from evaluation.models import Answer, EvalRun, Release, ReleaseItem
from pipeline.records import ConflictOutcome
from tests.factories import user
from tests.openai_server import openai_server
from tests.studio import Studio, StudioAnnotator

pytestmark = [pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]

SAMPLE = Path(__file__).resolve().parents[1] / "sample"


def command(name: str, *arguments: str, **options: Any) -> Any:
    """The last line of a command's output as JSON."""
    out = StringIO()
    call_command(name, *arguments, json=True, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue().splitlines()[-1])


def first_ten(kind: str, folder: Path) -> Path:
    """The sample's first ten articles of each nation: two people answer every question they lead to."""
    lines = (SAMPLE / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    few = [line for line in lines if int(json.loads(line)["id"].split("-")[1]) <= 10]
    path = folder / f"{kind}.jsonl"
    path.write_text("".join(few), encoding="utf-8")
    return path


def wait(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def label_for(decision: Decision) -> str:
    """What both annotators think: conflicts are genuine pluralities, else the machine is right."""
    return ConflictOutcome.PLURALITY if decision.kind == DecisionKind.CONFLICT else decision.label


def vote_on(reviews: list[Review], *people: StudioAnnotator) -> None:
    for review in reviews:
        for person in people:
            person.vote(review.remote_task_id, review.kind, label_for(review.decision))


def open_reviews(kind: str) -> list[Review]:
    return list(Review.objects.filter(kind=kind, status="pushed").select_related("decision"))


def test_raw_articles_become_a_release_on_which_a_model_is_scored(
    studio: Studio, settings: Any, live_server: Any, tmp_path: Path
) -> None:
    seed_nations(apps, "default")
    seed_groups(apps, "default")
    settings.NAVAB_PUBLIC_URL = live_server.url
    settings.RELEASES_DIR = tmp_path / "releases"
    curator = user("carl@example.org", group="curator", nations=("GB",))
    ann, bob = studio.annotators("ann", "bob")

    # In: files become documents; the rules judge; what is uncertain goes to people.
    for kind in ("press", "government", "parliament"):
        summary = command("ingest", str(first_ten(kind, tmp_path)), outlet_kind=kind)
        assert summary["read"] == summary["accepted"] + summary["duplicates"] + summary["rejected"]
    command("run_pipeline", nation=["GB"])
    pushed = command("push_reviews", nation="GB")
    assert pushed["problems"] == []
    assert pushed["pushed"] == pushed["queued"] == Review.objects.count()
    titles = set(StudioProject.objects.values_list("title", flat=True))
    assert titles == {f"NaVAB GB {kind}" for kind in ("screening", "statement", "conflict", "triple")}
    contested = Statement.objects.filter(nation="GB", status=StatementStatus.CONTESTED)
    assert contested.count() == 2

    # People: the hook alone brings the votes on the conflict; a pull has the last word on the rest.
    (conflict,) = open_reviews("conflict")
    vote_on([conflict], ann, bob)
    assert wait(lambda: Decision.objects.filter(supersedes=conflict.decision).exists())
    wait_for_hints()
    both_stand = Conflict.objects.get(relation="contradiction")
    assert {both_stand.first.status, both_stand.second.status} == {StatementStatus.CANDIDATE}
    for kind in ("screening", "statement"):
        vote_on(open_reviews(kind), ann, bob)
    pulled = command("pull_reviews")
    assert pulled["problems"] == []
    wait_for_hints()
    assert command("pull_reviews")["created"] == 0
    assert not Decision.objects.filter(kind=DecisionKind.ATTRIBUTION, status=DecisionStatus.ASKED).exists()

    # The two sides of the plurality have no triples yet: the next run makes them.
    before = Triple.objects.count()
    command("run_pipeline", nation=["GB"])
    assert Triple.objects.count() == before + 2
    command("push_reviews", nation="GB")
    Policy.objects.update(max_votes=2)  # two who differ are a dispute
    disputed, *agreed = open_reviews("triple")
    vote_on(agreed, ann, bob)
    better = "What should be done here?"
    ann.vote(disputed.remote_task_id, "triple", "valid", question=better)
    bob.vote(disputed.remote_task_id, "triple", "invalid")
    assert command("pull_reviews")["problems"] == []
    wait_for_hints()
    disputed.decision.refresh_from_db()
    assert disputed.decision.status == DecisionStatus.DISPUTED
    give_verdict(disputed.decision, "valid", curator=curator)

    # Gold: every approved triple has votes or a curator behind it, and every move has its actor.
    approved = Statement.objects.filter(status=StatementStatus.APPROVED)
    assert approved.count() == len(agreed) + 1
    judges = Decision.objects.settled().filter(kind=DecisionKind.TRIPLE)
    assert set(judges.values_list("judge_type", flat=True)) == {JudgeType.ANNOTATORS, JudgeType.CURATOR}
    assert not Event.objects.filter(actor_name="").exists()
    assert Vote.objects.filter(annotator=ann.user).count() == Vote.objects.filter(annotator=bob.user).count()
    assert broken_evidence() == 0

    # Out: a release that loads, and a model scored on it by both methods.
    made = command("make_release", "first")
    assert made["items"] == approved.exclude(source_type="unknown").count() > 0
    folder = Path(made["folder"])
    _check_folder(folder, made["items"])
    with openai_server(models=("candidate", "judge")) as server:
        scored = command("evaluate", "first", model="candidate", judge="judge", base_url=server.base_url)
        asked = len(server.requests)
        again = command("evaluate", "first", model="candidate", judge="judge", base_url=server.base_url)
        assert len(server.requests) == asked
    assert again["runs"] == scored["runs"]
    assert {run["method"] for run in scored["runs"]} == {"mc", "aj"}
    for run in scored["runs"]:
        overall = run["summary"][-1]
        assert overall["items"] == made["items"]
        assert 0 <= overall["low"] <= overall["rate"] <= overall["high"] <= 1
    assert ReleaseItem.objects.count() == made["items"]
    assert Answer.objects.filter(run__method="mc").count() == 2 * made["items"]
    assert EvalRun.objects.count() == 2
    reader = Client()
    reader.force_login(curator)
    assert "candidate" in reader.get("/results/", {"release": "first"}).content.decode()
    assert Release.objects.get().status == "candidate"


def _check_folder(folder: Path, items: int) -> None:
    from datasets import load_dataset

    loaded = load_dataset(str(folder), "gb", cache_dir=str(folder.parent / "cache"))
    assert sum(split.num_rows for split in loaded.values()) == items
    assert set(loaded) <= {"quoted", "official"}
    done = subprocess.run(["sha256sum", "--check", "--quiet", "checksums.sha256"], cwd=folder)
    assert done.returncode == 0
