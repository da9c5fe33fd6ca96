from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Document
from evaluation.models import Answer, CandidateModel, EvalRun, Outcome, Release
from evaluation.services.releases.make import make_release
from evaluation.services.releases.statuses import withdraw_release
from evaluation.services.runs.baseline import description_of, train_baseline
from tests import factories
from tests.evaluation.gold import approve, approved_corpus, waiting_triple

pytestmark = pytest.mark.django_db


def run_command(*arguments: str) -> dict:
    out = StringIO()
    call_command("evaluate", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def test_evaluate_scores_the_ngram_baseline_by_both_methods(tmp_path):
    approved_corpus(per_slice=2)
    make_release(name="demo", output=tmp_path)
    result = run_command("demo", "--model", "ngram-baseline")
    assert [(run["method"], run["protocol"], run["judge"], run["status"]) for run in result["runs"]] == [
        ("mc", "likelihood_character", "", "finished"),
        ("aj", "free_answer", "word-overlap judge", "finished"),
    ]
    for run in result["runs"]:
        assert (run["answers"], run["errors"]) == (18, 0)
        slices = {(row["nation"], row["source_type"]): row["items"] for row in run["summary"]}
        assert slices["FR", "quoted"] == 2
        assert sum(slices[nation, kind] for nation, kind in slices if kind != "all") == 18
        assert {nation for nation, _ in slices} == {"CN", "DE", "FR", "GB", "US"}
        assert ("FR", "official") not in slices
    candidate = CandidateModel.objects.get()
    assert (candidate.name, candidate.backend, candidate.description) == (
        "ngram-baseline",
        "ngram",
        description_of("ngram-baseline"),
    )
    assert "order 5" in candidate.description


def test_evaluate_scores_the_bigram_baseline_as_a_model_of_its_own(tmp_path):
    approved_corpus(per_slice=2)
    make_release(name="demo", output=tmp_path)
    for name in ("ngram-baseline", "bigram-baseline"):
        run_command("demo", "--model", name, "--method", "mc")
    bigram, ngram = CandidateModel.objects.order_by("name")
    assert (bigram.name, ngram.name) == ("bigram-baseline", "ngram-baseline")
    assert "order 2" in bigram.description
    given = [
        list(Answer.objects.filter(run__candidate=model).order_by("item__key").values_list("probability"))
        for model in (bigram, ngram)
    ]
    assert len(given[0]) == len(given[1]) == 18
    assert given[0] != given[1]


def test_evaluate_baseline_repeats_exactly(tmp_path):
    approved_corpus(per_slice=1)
    make_release(name="demo", output=tmp_path)
    run_command("demo", "--model", "ngram-baseline")
    first = list(Answer.objects.order_by("pk").values_list("item__key", "reply", "outcome", "probability"))
    EvalRun.objects.all().delete()
    run_command("demo", "--model", "ngram-baseline")
    assert (
        list(Answer.objects.order_by("pk").values_list("item__key", "reply", "outcome", "probability"))
        == first
    )


def test_evaluate_baseline_resumes_where_a_limit_stopped(tmp_path):
    approved_corpus(per_slice=1)
    make_release(name="demo", output=tmp_path)
    part = run_command("demo", "--model", "ngram-baseline", "--method", "mc", "--limit", "4")["runs"][0]
    before = set(Answer.objects.values_list("pk", flat=True))
    whole = run_command("demo", "--model", "ngram-baseline", "--method", "mc")["runs"][0]
    assert (part["status"], part["answers"]) == ("stopped", 4)
    assert (whole["status"], whole["answers"], whole["run"]) == ("finished", 9, part["run"])
    assert before < set(Answer.objects.values_list("pk", flat=True))


def released_park(folder: Path) -> Release:
    """A release of one item from "The council must protect park 1. It rained on day 1."."""
    approve(waiting_triple("GB", 1))
    return make_release(name="demo", output=folder)


def test_train_baseline_leaves_out_duplicates_and_follows_the_documents(tmp_path):
    release = released_park(tmp_path)
    trained = train_baseline(release)
    first = Document.objects.get()
    factories.DocumentFactory(text=first.text, duplicate_of=first, duplicate_kind="exact")
    assert train_baseline(release).digest == trained.digest
    factories.DocumentFactory(text="Another text.")
    assert train_baseline(release).digest != trained.digest


def test_train_baseline_has_not_read_the_released_words(tmp_path):
    trained = train_baseline(released_park(tmp_path))
    assert trained.parameters == {
        "documents": {"en": 1},
        "characters": {"en": len(" It rained on day 1.")},
    }


def test_train_baseline_is_capped_per_language(tmp_path):
    release = released_park(tmp_path)
    for n in range(3):
        factories.DocumentFactory(text=f"The mayor may act on {n}.")
    parameters = train_baseline(release, characters=30).parameters
    assert parameters["characters"] == {"en": 30}


def test_evaluate_baseline_without_text_to_train_on_says_so(tmp_path):
    statement = "The council must protect park 1."
    approve(waiting_triple("GB", 1, document=factories.DocumentFactory(text=statement)))
    make_release(name="demo", output=tmp_path)
    with pytest.raises(CommandError, match="there is no text in language en to train ngram-baseline on"):
        run_command("demo", "--model", "ngram-baseline")


def test_evaluate_says_what_is_missing(tmp_path, settings):
    settings.OPENAI_BASE_URL = ""
    settings.NAVAB_MODELS = {**settings.NAVAB_MODELS, "judge": ""}
    approve(waiting_triple("GB", 1))
    release = make_release(name="demo", output=tmp_path)
    cases = {
        ("nope", "--model", "m"): "there is no release 'nope'; there are: demo@1.0.0",
        ("demo", "--model", "m"): "No endpoint for m: give --base-url or set OPENAI_BASE_URL; --weights is",
        ("demo", "--model", "m", "--base-url", "http://127.0.0.1:9/v1"): "No judge for answer judgement",
        (
            "demo",
            "--model",
            "m",
            "--base-url",
            "http://127.0.0.1:9/v1",
            "--judge",
            "M ",
        ): "may not judge its own",
        (
            "demo",
            "--model",
            "m",
            "--method",
            "mc",
            "--base-url",
            "http://127.0.0.1:9/v1",
            "--key-variable",
            "NAVAB_TEST_NO_SUCH_KEY",
        ): "The environment variable NAVAB_TEST_NO_SUCH_KEY is not set",
    }
    for arguments, message in cases.items():
        with pytest.raises(CommandError, match=message.replace("(", r"\(").replace(".", r"\.")):
            run_command(*arguments)
    withdraw_release(release=release, reason="test", actor=factories.user(group="curator"))
    with pytest.raises(
        CommandError,
        match=r"Release demo@1\.0\.0 is withdrawn; only a candidate or published release is scored",
    ):
        run_command("demo", "--model", "ngram-baseline")
    assert EvalRun.objects.count() == 0


def test_evaluate_prints_a_table(tmp_path):
    approve(waiting_triple("GB", 1))
    make_release(name="demo", output=tmp_path)
    out = StringIO()
    call_command("evaluate", "demo", "--model", "ngram-baseline", "--method", "mc", stdout=out)
    printed = out.getvalue()
    outcome = Answer.objects.get().outcome
    rate = {Outcome.STATEMENT: "1.000", Outcome.REVERSED: "0.000", Outcome.TIE: "0.500"}[outcome]
    line, pooled = [line for line in printed.splitlines() if "│ GB" in line]
    assert [part.strip() for part in line.strip("│").split("│")][:5] == ["GB", "quoted", "1", "1", rate]
    assert [part.strip() for part in pooled.strip("│").split("│")][:5] == ["GB", "all", "1", "1", rate]
