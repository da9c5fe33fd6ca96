"""Local weights scored here, and by lm-evaluation-harness from the release's folder: the same numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import timezone

from evaluation.models import Answer, CandidateModel, EvalRun, Release, ReleaseItem
from evaluation.publishing.rows import ReleaseRow
from evaluation.services.releases.make import release_item
from tests import factories
from tests.clients import run_client
from tests.evaluation.publishing import content
from tests.evaluation.services.runs.evaluating import evaluated
from tests.evaluation.training.tiny import model_folder, release_folder

pytestmark = [pytest.mark.django_db, pytest.mark.clients]

HARNESS = """
import json, sys
import lm_eval
from lm_eval.tasks import TaskManager
tasks = TaskManager(include_path=sys.argv[1] + "/lm_eval", include_defaults=False)
done = lm_eval.simple_evaluate(
    model="hf", model_args={"pretrained": sys.argv[2], "dtype": "float32"}, tasks=["navab"], device="cpu",
    batch_size=4, task_manager=tasks, bootstrap_iters=0, log_samples=True,
)
samples = {
    task: [
        {
            "id": row["doc"]["id"],
            "target": int(row["target"]),
            "values": [float(reply[0]) for reply in row["filtered_resps"]],
        }
        for row in rows
    ]
    for task, rows in done["samples"].items()
}
print(json.dumps({"results": done["results"], "samples": samples}, default=str))
"""
METRICS = {
    "likelihood_sum": "acc,none",
    "likelihood_character": "acc_norm,none",
    "likelihood_pmi": "acc_mutual_info,none",
}


def stored(rows: list[ReleaseRow]) -> Release:
    """The rows as a release of the database."""
    release = Release.objects.create(
        name="demo", version="1.0.0", status="candidate", digest="0" * 64, frozen_at=timezone.now()
    )
    for code in {row.nation for row in rows}:
        factories.nation(code)
    ReleaseItem.objects.bulk_create(release_item(release, row) for row in rows)
    return release


@pytest.fixture
def rows() -> list[ReleaseRow]:
    """Five nations in four languages, and items whose texts try to be code."""
    return [*content.rows(6), *content.hostile_rows()]


def test_the_harness_gives_the_same_log_likelihoods_and_accuracies(tmp_path: Path, rows: list[ReleaseRow]):
    stored(rows)
    folder = release_folder(tmp_path / "release", evaluation=rows)
    weights = model_folder(tmp_path / "tiny", with_chat=False)
    printed = run_client("-c", HARNESS, folder, weights, cwd=tmp_path, timeout=500)
    theirs = json.loads(printed.splitlines()[-1])
    ours = {
        run["protocol"]: run
        for run in evaluated(
            *(part for kind in METRICS for part in ("--protocol", kind)), "--weights", str(weights)
        )
    }

    for run in ours.values():
        assert (run["status"], run["errors"]) == ("finished", 0)
    details = dict(
        Answer.objects.filter(run=ours["likelihood_pmi"]["run"]).values_list("item__key", "details")
    )
    compared = 0
    for samples in theirs["samples"].values():
        for sample in samples:
            names = ["statement", "reversed"] if sample["target"] == 0 else ["reversed", "statement"]
            mine = details[sample["id"]]
            expected = [mine[name]["log_likelihood"] for name in (*names, *(f"{n}_alone" for n in names))]
            assert sample["values"] == pytest.approx(expected, abs=1e-4)
            compared += len(expected)
    assert compared == 4 * len(rows)
    for kind, metric in METRICS.items():
        rates = {
            f"navab_{row['nation'].lower()}_{row['source_type']}": row["rate"]
            for row in ours[kind]["summary"]
            if row["source_type"] != "all"
        }
        assert rates == {task: pytest.approx(theirs["results"][task][metric]) for task in rates}
        assert len(rates) == len(theirs["samples"])


def test_local_weights_are_scored_by_letters_beside_a_control_for_likelihoods(
    tmp_path: Path, rows: list[ReleaseRow]
):
    stored(rows[:6])
    weights = model_folder(tmp_path / "small-model", with_chat=True)
    letters, likelihood = evaluated(
        "--protocol", "letters_logprob", "--protocol", "likelihood_token", "--weights", str(weights)
    )

    assert (letters["status"], letters["answers"], letters["errors"]) == ("finished", 12, 0)
    assert (letters["control"], likelihood["status"]) == ({}, "finished")
    assert likelihood["control"]["name"].startswith("small-model, random weights, seed ")
    assert (likelihood["control"]["items"], likelihood["control"]["line"]) == (6, 0.5)
    run = EvalRun.objects.get(pk=letters["run"])
    assert (run.parameters["chat_template"], run.parameters["dtype"]) == (True, "float32")
    assert CandidateModel.objects.get().backend == "local"
    # Random weights write no letter and hold none for likely: that is no choice, and no error either.
    answers = list(run.answers.all())
    assert {(answer.outcome, answer.probability) for answer in answers} == {("invalid", None)}
    assert all(0 < answer.details["mass"] < 0.5 for answer in answers)
    # What was answered is not asked again, nor is the control.
    again = evaluated("--protocol", "likelihood_token", "--weights", str(weights))[0]
    assert (again["run"], again["control"]) == (likelihood["run"], likelihood["control"])


def test_other_weights_under_the_same_name_are_another_run(tmp_path: Path, rows: list[ReleaseRow]):
    stored(rows[:2])
    runs = [
        evaluated(
            "--protocol",
            "likelihood_sum",
            "--model",
            "mine",
            "--weights",
            str(model_folder(tmp_path / str(seed), with_chat=False, seed=seed)),
        )[0]["run"]
        for seed in (1, 2)
    ]
    assert runs[0] != runs[1]


def test_a_recorded_local_model_replays_to_the_same_figures(tmp_path: Path, rows: list[ReleaseRow]):
    stored(rows[:6])
    weights = model_folder(tmp_path / "tiny", with_chat=True)
    record = str(tmp_path / "answers.jsonl")
    kinds = ("--protocol", "letters_logprob", "--protocol", "likelihood_pmi")
    asked = evaluated(*kinds, "--weights", str(weights), "--record", record)
    EvalRun.objects.all().delete()
    replayed = evaluated(*kinds, "--replay", record)
    assert [run["summary"] for run in replayed] == [run["summary"] for run in asked]
