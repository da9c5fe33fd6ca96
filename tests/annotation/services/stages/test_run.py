"""The flow over real rows, on both engines: what is pending is done once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q

from annotation.models import (
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
from annotation.services.stages.run import run_pipeline
from benchmarks.natural_rows import broken_evidence
from pipeline.flow import NAMES, Engines
from tests import factories
from tests.annotation.services.stages.pipeline_runs import command, done, state
from tests.openai_server import Recorded, error, openai_server

pytestmark = pytest.mark.django_db


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
