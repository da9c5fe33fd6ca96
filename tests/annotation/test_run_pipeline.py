"""The flow over real rows, on both engines: what is pending is done once, and any stop is made good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q

from annotation.models import (
    BatchedRequest,
    CachedReply,
    Conflict,
    Decision,
    Derivation,
    Document,
    DocumentTag,
    Nation,
    Run,
    Statement,
    TagRound,
    Topic,
    TopicMembership,
    Triple,
)
from annotation.models.run import MAX_ATTEMPTS
from annotation.services.run_pipeline import run_pipeline
from annotation.services.stages import base
from benchmarks.natural_rows import broken_evidence, digest_of, natural_rows
from pipeline.engines.client import EndpointUnavailableError
from pipeline.engines.ledger import BudgetSpentError
from pipeline.flow import NAMES, Engines
from tests import factories
from tests.openai_server import Recorded, error, openai_server

pytestmark = pytest.mark.django_db

SAMPLE = Path(__file__).resolve().parents[2] / "sample"
MODEL_TASKS = ("topics", "screening", "statements", "attribution", "conflicts", "triples")


def command(name: str, *arguments: str, **options: Any) -> Any:
    """The last line of a command's output as JSON."""
    out = StringIO()
    call_command(name, *arguments, json=True, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.fixture
def corpus() -> None:
    """The sample corpus."""
    for kind in ("press", "government", "parliament"):
        summary = command("ingest", str(SAMPLE / f"{kind}.jsonl"), outlet_kind=kind)
        assert summary["rejected"] == 0


@pytest.fixture
def model_settings(settings: Any) -> Any:
    """Settings that lead the openai engine to a server."""

    def use(base_url: str) -> None:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = base_url, "key"
        settings.NAVAB_MODELS = dict.fromkeys(MODEL_TASKS, "tiny")

    return use


def state() -> dict[str, dict[str, Any]]:
    """What the tables say, without ids and times."""
    return {name: digest_of(rows) for name, rows in natural_rows().items()}


def done(reports: list[dict[str, Any]]) -> dict[str, int]:
    """Items done by stage, all nations together."""
    counts = dict.fromkeys(NAMES[1:], 0)
    for report in reports:
        counts[report["stage"]] += report["counts"].get("items", 0)
    return counts


@pytest.mark.usefixtures("corpus")
def test_rules_take_the_sample_corpus_from_documents_to_triples() -> None:
    reports = command("run_pipeline", engine="rules")

    assert {report["nation"] for report in reports} == {"CN", "DE", "FR", "GB", "US"}
    assert all(done(reports).values())
    assert broken_evidence() == 0
    clustered = TopicMembership.objects.filter(is_current=True).values("document")
    tagged = DocumentTag.objects.filter(is_current=True).values("document")
    silent = Document.objects.originals().exclude(Q(pk__in=clustered) | Q(pk__in=tagged))
    unassigned = sum(report["counts"].get("unassigned", 0) for report in reports)
    assert silent.count() == unassigned
    assert all(1 <= len(topic.label.replace("、", " ").split()) <= 5 for topic in Topic.objects.all())
    assert TagRound.objects.exists()
    languages = Statement.objects.values_list("language", "document__language")
    assert {language for language, _ in languages} == {"zh", "de", "fr", "en"}
    assert all(own == articles for own, articles in languages)
    assert Triple.objects.exclude(statement__status="candidate").count() == 0
    contradictions = Conflict.objects.filter(relation="contradiction")
    assert set(contradictions.values_list("nation", flat=True)) == {"CN", "DE", "FR", "GB", "US"}
    assert set(contradictions.values_list("first__status", "second__status")) == {("contested",) * 2}
    assert not Decision.objects.filter(kind="triple", status="settled").exists()
    assert set(Run.objects.values_list("status", flat=True)) == {"finished"}


@pytest.mark.usefixtures("corpus")
def test_second_run_finds_nothing_pending() -> None:
    command("run_pipeline")
    before, runs = state(), Run.objects.count()

    reports = command("run_pipeline")

    assert [report["counts"] for report in reports if report["counts"]] == []
    assert (state(), Run.objects.count()) == (before, runs)


@pytest.mark.usefixtures("corpus")
def test_openai_engine_runs_every_stage_and_keeps_prompt_and_reply(model_settings: Any) -> None:
    with openai_server() as server:
        model_settings(server.base_url)
        reports = command("run_pipeline", engine="openai", nation=["GB", "CN"])
        asked = len(server.requests)
        assert command("run_pipeline", engine="openai", nation=["GB", "CN"])[0]["counts"] == {}
        assert len(server.requests) == asked

    assert all(done(reports).values())
    assert broken_evidence() == 0
    assert {statement.document.language for statement in Statement.objects.all()} == {"en", "zh"}
    items = Derivation.objects.filter(Q(document__isnull=False) | Q(statement__isnull=False))
    assert items.filter(error="").exists()
    assert items.filter(Q(raw_reply="") | Q(prompt_digest="")).count() == 0
    assert set(Decision.objects.values_list("judge_type", flat=True)) == {"model"}
    assert Triple.objects.exists()


@pytest.mark.usefixtures("corpus")
def test_failed_item_is_tried_again_up_to_a_limit_and_never_stops_the_rest(model_settings: Any) -> None:
    def reply(recorded: Recorded) -> Any:
        if "wind farm off Westmarch" in recorded.prompt and "statements" in str(recorded.schema):
            return error(403, "this article is too much")
        return None

    with openai_server(reply) as server:
        model_settings(server.base_url)
        first = command("run_pipeline", engine="openai", nation=["GB"])
        for _ in range(MAX_ATTEMPTS):
            last = command("run_pipeline", engine="openai", nation=["GB"], stage="statements")

    statements = next(report for report in first if report["stage"] == "statements")
    assert statements["counts"]["failed"] == 1
    assert statements["counts"]["statements"] > 0
    (failure,) = Derivation.objects.given_up()
    assert (failure.attempts, failure.is_finished) == (MAX_ATTEMPTS, False)
    assert "this article is too much" in failure.error
    assert last[0]["counts"] == {}


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize(("status", "message"), [(401, "HTTP 401"), (404, "HTTP 404")])
def test_endpoint_that_answers_nobody_stops_the_run_and_costs_no_try(
    model_settings: Any, status: int, message: str
) -> None:
    served = 0

    def reply(recorded: Recorded) -> Any:
        nonlocal served
        served += 1
        return error(status, "go away") if served > 12 else None

    with openai_server(reply) as server:
        model_settings(server.base_url)
        with pytest.raises(
            CommandError, match=f"model tiny cannot be asked: {message}.*run the same command"
        ):
            command("run_pipeline", engine="openai", nation=["GB"])
    assert not Derivation.objects.exclude(error="").exists()
    assert Run.objects.filter(status="failed").count() == 1

    with openai_server() as server:
        model_settings(server.base_url)
        reports = command("run_pipeline", engine="openai", nation=["GB"])
    assert all(done(reports)[stage] for stage in ("statements", "attribution", "conflicts", "triples"))


def test_endpoint_that_is_away_is_a_clear_error(model_settings: Any) -> None:
    model_settings("http://127.0.0.1:9/v1")
    summary = command("ingest", str(SAMPLE / "press.jsonl"))
    assert summary["accepted"]
    with pytest.raises(CommandError, match="model tiny cannot be asked: APIConnectionError"):
        command("run_pipeline", engine="openai", nation=["GB"])
    assert not Derivation.objects.exists()


@pytest.mark.usefixtures("corpus")
def test_budget_stops_the_run_keeps_what_was_answered_and_a_larger_one_goes_on(model_settings: Any) -> None:
    with openai_server() as server:
        model_settings(server.base_url)
        with pytest.raises(CommandError, match=r"budget of this run is gone: \d+ tokens of 9000 are spent"):
            command("run_pipeline", engine="openai", nation=["GB"], token_budget=9_000)
        assert Run.objects.filter(status="failed").count() == 1
        asked = len(server.requests)
        spent = [run.parameters["spent"] for run in Run.objects.all() if "spent" in run.parameters]
        assert sum(one["requests"] for one in spent) == asked
        assert sum(one["tokens_in"] + one["tokens_out"] for one in spent) >= 9_000
        assert Derivation.objects.exists()
        assert not Derivation.objects.exclude(error="").exists()

        reports = command("run_pipeline", engine="openai", nation=["GB"])

    assert all(done(reports)[stage] for stage in ("attribution", "conflicts", "triples"))
    questions = [(one.prompt, one.body.get("seed")) for one in server.requests]
    assert len(questions) == len(set(questions)) > asked


@pytest.mark.usefixtures("corpus")
def test_replies_are_paid_for_once_even_when_all_work_is_forgotten(model_settings: Any) -> None:
    with openai_server() as server:
        model_settings(server.base_url)
        command("run_pipeline", engine="openai", nation=["GB"], stage="statements")
        asked = len(server.requests)
        found = Statement.objects.count()
        Statement.objects.all().delete()
        Derivation.objects.all().delete()

        command("run_pipeline", engine="openai", nation=["GB"], stage="statements")

    assert (len(server.requests), Statement.objects.count()) == (asked, found)
    spent = Run.objects.order_by("-pk")[0].parameters["spent"]
    assert spent == {"requests": 0, "cached": asked, "tokens_in": 0, "tokens_out": 0, "cost": 0.0}


def test_budget_of_money_without_prices_is_a_clear_error() -> None:
    with pytest.raises(CommandError, match="prices"):
        call_command("run_pipeline", engine="openai", money_budget=5.0)


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize("stage", ["statements", "attribution", "conflicts", "triples"])
def test_stage_stopped_between_batches_ends_as_if_undisturbed(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("run_pipeline", nation=["US"])
    undisturbed = {name: rows["digest"] for name, rows in state().items() if name != "events"}
    _forget_work()
    monkeypatch.setattr(base, "BATCH", 2)
    monkeypatch.setattr("annotation.services.stages.conflicts._BATCH", 2)
    seen = 0

    def stop(name: str, number: int, total: int) -> None:
        nonlocal seen
        seen += name == f"US {stage}" and number > 0
        if seen == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run_pipeline(nations=["US"], engines=Engines(), progress=stop))
    stopped = Run.objects.get(stage=stage, status="stopped")
    assert stopped.finished_at is not None

    command("run_pipeline", nation=["US"])

    assert {name: rows["digest"] for name, rows in state().items() if name != "events"} == undisturbed


@pytest.mark.usefixtures("corpus")
def test_without_the_cache_every_reply_is_asked_for(model_settings: Any, settings: Any) -> None:
    settings.NAVAB_REPLY_CACHE = False
    with openai_server() as server:
        model_settings(server.base_url)
        command("run_pipeline", engine="openai", nation=["GB"], stage="topics")

    assert (len(server.requests) > 0, CachedReply.objects.count()) == (True, 0)


@pytest.mark.usefixtures("corpus")
def test_answers_before_a_stop_are_kept_without_the_cache_too(model_settings: Any, settings: Any) -> None:
    settings.NAVAB_REPLY_CACHE, settings.NAVAB_CONCURRENCY = False, 1
    settings.NAVAB_PRICE_IN, settings.NAVAB_PRICE_OUT = 2.0, 8.0
    with openai_server() as server:
        model_settings(server.base_url)
        with pytest.raises(CommandError, match="tokens of 1500 are spent"):
            command("run_pipeline", engine="openai", nation=["GB"], stage="statements", token_budget=1_500)
        stopped = Run.objects.get(stage="statements")
        answered = Derivation.objects.count()
        command("run_pipeline", engine="openai", nation=["GB"], stage="statements")

    spent, documents = stopped.parameters["spent"], Document.objects.originals().filter(nation="GB").count()
    assert (stopped.counts["items"], spent["requests"]) == (answered, answered)
    assert 0 < answered < documents == len(server.requests)
    assert spent["cost"] == pytest.approx((2 * spent["tokens_in"] + 8 * spent["tokens_out"]) / 1e6, abs=1e-6)
    assert set(Derivation.objects.values_list("attempts", "error")) == {(1, "")}


@pytest.mark.parametrize("stop", [BudgetSpentError, EndpointUnavailableError])
def test_results_before_a_stop_are_passed_on(stop: type[Exception]) -> None:
    def results() -> Iterator[int]:
        yield from range(5)
        raise stop

    passed_on: list[list[int]] = []
    with pytest.raises(stop):
        passed_on.extend(base.in_batches(results(), 2))

    assert passed_on == [[0, 1], [2, 3], [4]]


@pytest.mark.usefixtures("corpus")
def test_batches_end_as_direct_questions_do(model_settings: Any) -> None:
    with openai_server() as server:
        model_settings(server.base_url)
        command("run_pipeline", engine="openai", nation=["GB"])
        direct = state()
        _forget_work()
        CachedReply.objects.all().delete()
        asked = len(server.requests)
        command("run_pipeline", engine="openai", nation=["GB"], batch=True)

    assert state() == direct
    single = [recorded.task for recorded in server.requests[asked:] if not recorded.batch]
    assert set(single) == {"topic_label"}
    assert not BatchedRequest.objects.exists()


def test_batches_need_the_openai_engine_and_the_cache(model_settings: Any, settings: Any) -> None:
    model_settings("http://127.0.0.1:9/v1")
    with pytest.raises(CommandError, match="--batch is for the openai engine"):
        call_command("run_pipeline", engine="rules", batch=True)
    settings.NAVAB_REPLY_CACHE = False
    with pytest.raises(CommandError, match="batches need the cache of replies"):
        call_command("run_pipeline", engine="openai", batch=True)


def test_nation_whose_language_has_no_lexicon_fails_by_item_and_stops_nobody(tmp_path: Path) -> None:
    Nation.objects.create(code="IT", name="Italy", languages=["it"], script="Latn")
    text = "Il governo deve proteggere il parco perché ogni bambino ha diritto a un ambiente sano e pulito."
    file = tmp_path / "it.jsonl"
    file.write_text(json.dumps({"text": text, "nation": "Italy"}))
    assert command("ingest", str(file))["accepted"] == 1

    reports = command("run_pipeline", nation=["IT", "GB"])

    failed = {report["stage"]: report["counts"] for report in reports if report["counts"].get("failed")}
    assert failed == {"statements": {"items": 1, "failed": 1}}
    assert "no language profile for 'it'" in Derivation.objects.get(stage="statements").error


def test_nation_without_documents_is_nothing_pending() -> None:
    for _ in range(2):
        reports = command("run_pipeline", nation=["FR"])
        assert [report["counts"] for report in reports if report["counts"]] == []


def test_unknown_nation_and_ingest_as_a_stage_are_clear_errors() -> None:
    with pytest.raises(CommandError, match="unknown nation XX; there are CN, DE, FR, GB, US"):
        call_command("run_pipeline", nation=["XX"])
    with pytest.raises(CommandError, match="ingest reads files"):
        call_command("run_pipeline", stage="ingest")


def test_openai_engine_without_an_endpoint_names_the_setting(settings: Any) -> None:
    settings.OPENAI_BASE_URL = ""
    with pytest.raises(CommandError, match="needs OPENAI_BASE_URL"):
        call_command("run_pipeline", engine="openai")


def test_stages_lists_the_seven_in_order_with_their_versions() -> None:
    rows = command("stages")

    assert tuple(row["name"] for row in rows) == NAMES
    assert len(rows) == 7
    assert all(row["version"] for row in rows)


def _forget_work() -> None:
    """Empty all tables that stages write."""
    from annotation.models import ConflictGroup, Event, Tag

    for model in (
        Event,
        Decision,
        Triple,
        Conflict,
        ConflictGroup,
        Statement,
        Derivation,
        Topic,
        DocumentTag,
        TagRound,
        Tag,
    ):
        model.objects.all().delete()
    Run.objects.exclude(stage="ingest").delete()


def test_statement_that_may_be_unfaithful_is_put_to_people_with_its_attribution() -> None:
    outlet = factories.OutletFactory(nation=factories.nation("GB"), kind="government")
    doubted, plain = (
        factories.StatementFactory(
            document__outlet=outlet, document__nation=outlet.nation, confidence=confidence, speaker=""
        )
        for confidence in (0.3, 0.6)
    )

    list(run_pipeline(nations=["GB"], stage="attribution", engines=Engines(), progress=lambda *_: None))

    found = {row.statement_id: row for row in Decision.objects.filter(kind="attribution")}
    assert {pk: (row.label, row.status) for pk, row in found.items()} == {
        doubted.pk: ("official", "open"),
        plain.pk: ("official", "settled"),
    }
    assert found[doubted.pk].rationale.endswith("the statement may not say what its evidence says")
