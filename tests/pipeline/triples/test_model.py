"""The language model as writer of triples."""

from __future__ import annotations

import json

import pytest

from pipeline.engines.fake import QueueModel
from pipeline.engines.openai import OpenAIModel
from pipeline.records import DocumentRecord, StatementRecord
from pipeline.triples.model import TriplesModel
from tests.openai_server import openai_server


def statement(text: str, language: str = "en") -> StatementRecord:
    return StatementRecord(9, text, language, (0, len(text)), DocumentRecord(1, "GB", language, text))


PARK = statement("The council must protect the old park.")


def reply(question: str, reversed_statement: str) -> str:
    return json.dumps({"question": question, "reversed_statement": reversed_statement})


def test_draft_is_held_against_the_checks() -> None:
    model = QueueModel(
        [reply("What should the council do about the park?", "The council need not protect the old park.")]
    )

    [result] = TriplesModel(model).run([PARK])

    [draft] = result.outputs
    assert draft.question == "What should the council do about the park?"
    assert draft.reversed_statement == "The council need not protect the old park."
    assert (draft.confidence, draft.rationale) == (0.5, "confidence not measured")
    assert [name for name, holds in draft.checks.items() if not holds] == []


def test_draft_that_fails_a_check_is_kept_and_says_so() -> None:
    model = QueueModel([reply("Tell me.", PARK.text)])

    [result] = TriplesModel(model).run([PARK])

    [draft] = result.outputs
    assert draft.confidence <= 0.2
    assert draft.checks["differs"] is False
    assert draft.checks["question_is_question"] is False
    assert draft.rationale.startswith("fails ")


def test_empty_question_is_an_error_with_its_reply_kept() -> None:
    model = QueueModel([reply(" ", "x")])

    [result] = TriplesModel(model).run([PARK])

    assert (result.outputs, result.raw) == ((), reply(" ", "x"))
    assert "question" in result.error


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The council must protect the old park.", "en"),
        ("Le conseil doit protéger le vieux parc.", "fr"),
        ("Der Rat muss den alten Park schützen.", "de"),
        ("各国必须尊重别国的主权。", "zh"),
    ],
)
def test_tiny_model_drafts_pass_the_checks_in_every_language(text: str, language: str) -> None:
    with openai_server() as server:
        [result] = TriplesModel(OpenAIModel(server.base_url, "", "tiny")).run([statement(text, language)])

    [draft] = result.outputs
    assert [name for name, holds in draft.checks.items() if not holds] == []
    assert draft.rationale == "confidence from logprobs"
