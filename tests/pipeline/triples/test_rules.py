"""The triples stage on rules."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import DocumentRecord, StatementRecord
from pipeline.stage import Scope
from pipeline.triples.lexicon import LANGUAGES, lexicons_digest
from pipeline.triples.question import find_topic, make_question
from pipeline.triples.rules import REVISION, TriplesRules, draft_triple


def statement(key: int, text: str, language: str) -> StatementRecord:
    document = DocumentRecord(key, "GB", language, text)
    return StatementRecord(key, text, language, (0, len(text)), document)


def test_stage_yields_one_result_per_statement_and_errors_for_bad_ones():
    items = [
        statement(1, "The state should fund public schools.", "en"),
        statement(2, "  ", "en"),
        statement(3, "Sí a la paz.", "es"),
    ]
    results = list(TriplesRules().run(items))
    assert [(result.key, len(result.outputs), result.error) for result in results] == [
        (1, 1, ""),
        (2, 0, "empty statement"),
        (3, 0, "no rules for language 'es'"),
    ]


def test_stage_names_itself_and_its_word_lists():
    stage = TriplesRules()
    assert (stage.name, stage.scope, stage.version) == (
        "triples",
        Scope.ITEM,
        f"rules-{REVISION}+{lexicons_digest()}",
    )


def test_draft_is_less_sure_of_a_failed_check_and_says_which():
    draft = draft_triple("Yes.", "en")
    assert draft.confidence <= 0.2
    assert "length_ratio" in draft.rationale


@pytest.mark.parametrize(
    ("language", "text", "topic"),
    [
        ("en", "The government should protect religious freedom.", "religious freedom"),
        ("fr", "L'État doit protéger la liberté d'expression.", "la liberté d'expression"),
        ("de", "Die Würde des Menschen ist unantastbar.", "Würde des Menschen"),
        ("zh", "我们支持新的税收政策。", "新的税收政策"),
        (
            "en",
            "The state should fund rural clinics, because every citizen has rights.",
            "fund rural clinics",
        ),
        ("de", "Der Bund soll ein Tempolimit einführen, weil das Leben aller zählt.", "Tempolimit"),
        ("zh", "全社会应当关心独居老人，让他们有尊严地生活。", "独居老人"),
    ],
)
def test_find_topic_leaves_the_side_out(language: str, text: str, topic: str):
    assert find_topic(text, language) == topic


@pytest.mark.parametrize("language", LANGUAGES)
def test_make_question_asks_even_without_a_topic(language: str):
    assert make_question("…", language)[-1] in "?\uff1f"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Parliament must defend the independence of the courts."),
        ("fr", "Le Parlement doit défendre l'indépendance des tribunaux."),
        ("de", "Das Parlament muss die Unabhängigkeit der Gerichte verteidigen."),
        ("zh", "议会必须捍卫法院的独立地位。"),
    ],
)
def test_draft_passes_every_check_on_a_plain_statement(language: str, text: str):
    draft = draft_triple(text, language)
    assert [name for name, holds in draft.checks.items() if not holds] == []
    assert draft.confidence >= 0.5


@given(st.text(max_size=60), st.sampled_from(LANGUAGES))
def test_stage_never_raises_and_keeps_confidence_in_bounds(text: str, language: str):
    (result,) = TriplesRules().run([statement(1, text, language)])
    assert bool(result.outputs) != bool(result.error)
    assert all(0.0 <= draft.confidence <= 1.0 for draft in result.outputs)


def test_stage_drafts_hundreds_a_second():
    texts = [f"The council of district {key} should build {key} new schools." for key in range(300)]
    items = [statement(key, text, "en") for key, text in enumerate(texts)]
    begun = time.process_time()
    assert len(list(TriplesRules().run(items))) == 300
    assert time.process_time() - begun < 2.0
