"""Attribution by a language model, with the article in view."""

from __future__ import annotations

import json
from datetime import date
from typing import get_args

import pytest

from pipeline.attribution.model import WHOLE, AttributionModel, AttributionReply, article_view, is_named
from pipeline.engines.fake import QueueModel
from pipeline.engines.openai import OpenAIModel
from pipeline.records import DocumentRecord, OutletKind, SourceType, StatementRecord
from tests.openai_server import openai_server
from tests.tiny_model import read_blocks

TEXT = "“We must protect the park,” said Ann Smith. The mayor did not reply."


def statement(**fields: object) -> StatementRecord:
    document = DocumentRecord(1, "GB", "en", TEXT, "Parks", "The Times", published=date(2024, 5, 1), **fields)  # type: ignore[arg-type]
    return StatementRecord(4, "We must protect the park.", "en", (1, 25), document)


def reply(label: str, speaker: str = "") -> str:
    return json.dumps({"label": label, "speaker": speaker, "rationale": "why"})


def attributed(text: str, item: StatementRecord | None = None):
    [result] = AttributionModel(QueueModel([text]), samples=1).run([item or statement()])
    [output] = result.outputs
    return output


def test_labels_are_those_of_the_record() -> None:
    assert set(get_args(AttributionReply.model_fields["label"].annotation)) == {str(s) for s in SourceType}


def test_attribution_sees_article_and_metadata() -> None:
    model = QueueModel([reply("unknown")])

    list(AttributionModel(model, samples=1).run([statement(outlet_kind=OutletKind.PARTY, speaker="Bo Lee")]))

    assert read_blocks(model.requests[0].messages[0]["content"]) == {
        "statement": ["We must protect the park."],
        "evidence": ["We must protect the park"],
        "title": ["Parks"],
        "outlet": ["The Times"],
        "kind of outlet": ["party"],
        "recorded speaker": ["Bo Lee"],
        "published": ["2024-05-01"],
        "article": [TEXT],
    }


def test_quoted_speaker_who_is_in_the_article_is_kept() -> None:
    found = attributed(reply("quoted", "Ann Smith"))

    assert (found.judgement.label, found.speaker, found.judgement.rationale) == ("quoted", "Ann Smith", "why")


def test_quoted_speaker_who_is_the_recorded_one_is_kept() -> None:
    assert attributed(reply("quoted", "Bo Lee"), statement(speaker="Bo Lee")).speaker == "Bo Lee"


@pytest.mark.parametrize("speaker", ["", "Bo Lee", "Ann Smit", "x" * 400])
def test_quoted_without_a_speaker_of_the_article_is_unknown(speaker: str) -> None:
    found = attributed(reply("quoted", speaker))

    assert (found.judgement.label, found.speaker) == ("unknown", "")
    assert found.judgement.confidence <= 0.5
    assert "no speaker can be named" in found.judgement.rationale


def test_unknown_never_becomes_official_and_has_no_speaker() -> None:
    found = attributed(reply("unknown", "Ann Smith"), statement(outlet_kind=OutletKind.GOVERNMENT))

    assert (found.judgement.label, found.speaker) == ("unknown", "")


def test_official_stays_official_without_its_invented_speaker() -> None:
    found = attributed(reply("official", "Bo Lee"))

    assert (found.judgement.label, found.speaker) == ("official", "")
    assert "'Bo Lee' is not in the article" in found.judgement.rationale


def test_attribution_keeps_an_unusable_reply() -> None:
    [result] = AttributionModel(QueueModel(['{"label": "government"}'])).run([statement()])

    assert (result.outputs, result.raw) == ((), '{"label": "government"}')
    assert result.error.startswith("reply does not fit the schema: label: ")


def test_attribution_runs_against_an_endpoint() -> None:
    with openai_server() as server:
        [result] = AttributionModel(OpenAIModel(server.base_url, "", "tiny")).run([statement()])

    [found] = result.outputs
    assert (found.judgement.label, found.speaker) == ("quoted", "Ann Smith")
    assert found.judgement.evidence == {"confidence_from": "logprobs"}


def test_article_view_of_a_long_article_holds_its_beginning_and_the_evidence() -> None:
    text = "LEAD" + "a" * 30_000 + "EVIDENCE" + "b" * 30_000
    at = text.index("EVIDENCE")

    view = article_view(text, (at, at + 8))

    assert len(view) <= WHOLE
    assert view.startswith("LEAD")
    assert "EVIDENCE" in view


def test_article_view_does_not_repeat_the_beginning() -> None:
    text = "LEAD" + "b" * 30_000

    assert article_view(text, (0, 4)).count("LEAD") == 1
    assert article_view(TEXT, (1, 25)) == TEXT


def test_is_named_wants_whole_words_but_not_in_chinese() -> None:
    english = DocumentRecord(1, "GB", "en", "Little was said by ANN  Smith.")
    chinese = DocumentRecord(2, "CN", "zh", "外交部发言人毛宁表示，各国应当尊重主权。")

    assert [is_named(name, english) for name in ("Li", "ann smith", "", "Smith")] == [
        False,
        True,
        False,
        True,
    ]
    assert [is_named(name, chinese) for name in ("毛宁", "王毅")] == [True, False]
