"""Runs that stop: endpoints away, budgets spent, batches, the cache; and what the next call makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import (
    BatchedRequest,
    CachedReply,
    Derivation,
    Document,
    Run,
    Statement,
)
from annotation.services.stages import base
from annotation.services.stages.run import run_pipeline
from pipeline.engines.client import EndpointUnavailableError
from pipeline.engines.ledger import BudgetSpentError
from pipeline.flow import Engines
from tests.annotation.services.stages.pipeline_runs import SAMPLE, command, done, forget_work, state
from tests.openai_server import Recorded, error, openai_server

pytestmark = pytest.mark.django_db


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
    with pytest.raises(CommandError, match="model tiny cannot be asked: NotReachedError"):
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
    forget_work()
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
        forget_work()
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
