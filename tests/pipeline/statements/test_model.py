"""Extraction by a language model: everything is read, and nothing stands without evidence."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.client import ChatReply
from pipeline.engines.fake import QueueModel
from pipeline.engines.openai import OpenAIModel
from pipeline.records import DocumentRecord, ExtractedStatement
from pipeline.statements.chunks import chunks
from pipeline.statements.evidence import find_passage
from pipeline.statements.language import chinese_script, same_language
from pipeline.statements.model import StatementsModel
from tests.openai_server import Answer, Recorded, openai_server
from tests.tiny_model import read_blocks

TEXT = "It rained on Monday. The council must protect the park. “We should\nnot sell land”, she said."


def document(text: str = TEXT, language: str = "en", key: int = 1) -> DocumentRecord:
    return DocumentRecord(key, "GB", language, text, "Parks")


def reply(*found: tuple[str, str]) -> str:
    items = [{"statement": one, "evidence": evidence, "rationale": "a duty"} for one, evidence in found]
    return json.dumps({"statements": items}, ensure_ascii=False)


def test_statements_have_the_true_offsets_of_their_evidence() -> None:
    model = QueueModel(
        [
            reply(
                ("The council must protect the park.", "The council must protect the park."),
                ("Land should not be sold.", '"We should not sell land"'),
            )
        ]
    )

    [result] = StatementsModel(model).run([document()])

    assert result.outputs == (
        ExtractedStatement("The council must protect the park.", 21, 55, 0.5, "a duty"),
        ExtractedStatement("Land should not be sold.", 56, 81, 0.5, "a duty"),
    )
    assert TEXT[56:81] == "“We should\nnot sell land”"
    assert result.error == ""


def test_statement_without_evidence_is_dropped_and_counted() -> None:
    model = QueueModel(
        [
            reply(
                ("The council must protect the park.", "The council must protect the park."),
                ("Taxes must fall.", "Taxes must fall at once."),
                ("The park matters.", "park"),
            )
        ]
    )

    [result] = StatementsModel(model).run([document()])

    [kept] = result.outputs
    assert kept.rationale == "a duty (dropped beside it: 2 evidence not in the document)"
    assert "Taxes must fall" in result.raw


def test_document_with_only_invented_evidence_is_an_error() -> None:
    model = QueueModel([reply(("Taxes must fall.", "Taxes must fall at once."))])

    [result] = StatementsModel(model).run([document()])

    assert result.outputs == ()
    assert result.error == "no statement could be used: 1 evidence not in the document"
    assert result.raw == reply(("Taxes must fall.", "Taxes must fall at once."))


def test_statement_in_another_language_is_dropped() -> None:
    text = "Il pleut. La commune doit protéger le parc pour tous les habitants. Elle doit agir sans attendre."
    model = QueueModel(
        [
            reply(
                ("The town must protect the park for all inhabitants.", text[10:68]),
                ("La commune doit agir sans attendre.", "Elle doit agir sans attendre."),
            )
        ]
    )

    [result] = StatementsModel(model).run([document(text, "fr")])

    [kept] = result.outputs
    assert kept.text == "La commune doit agir sans attendre."
    assert "1 not in the document's language (fr)" in kept.rationale


def test_second_statement_on_the_same_evidence_is_counted() -> None:
    evidence = "The council must protect the park."
    model = QueueModel([reply((evidence, evidence), ("The park must be protected.", evidence))])

    [result] = StatementsModel(model).run([document()])

    [kept] = result.outputs
    assert "1 same evidence as an earlier statement" in kept.rationale


def test_document_without_values_has_no_statements_and_no_error() -> None:
    [result] = StatementsModel(QueueModel([reply()])).run([document()])

    assert (result.outputs, result.error) == ((), "")


def test_empty_document_is_not_asked_about() -> None:
    model = QueueModel()

    [result] = StatementsModel(model).run([document(" \n ")])

    assert (result.outputs, result.error, model.requests) == ((), "", [])


def test_long_document_is_read_to_its_end() -> None:
    sentences = [f"Town number {n} must protect its own park and its river." for n in range(60)]
    text = "\n\n".join(sentences)

    def answer(asked: Recorded) -> str:
        last = read_blocks(asked.prompt)["text"][0].strip().split("\n\n")[-1]
        return reply((last, last))

    with openai_server(answer) as server:
        [result] = StatementsModel(OpenAIModel(server.base_url, "", "tiny"), chunk=500).run([document(text)])

    shown = [read_blocks(asked.prompt)["text"][0] for asked in server.requests]
    assert [sentence for sentence in sentences if not any(sentence in part for part in shown)] == []
    assert len(result.outputs) == len(server.requests) > 5
    assert all(text[found.start : found.end] == found.text for found in result.outputs)
    assert result.outputs[-1].text == sentences[-1]


def test_part_whose_reply_was_cut_off_is_asked_for_in_halves() -> None:
    sentences = [f"Town number {n} must protect its own park and its river." for n in range(30)]

    def answer(asked: Recorded) -> Answer | str:
        lines = read_blocks(asked.prompt)["text"][0].strip().split("\n")
        if len(lines) > 15:
            return Answer('{"statements": [', finish_reason="length")
        return reply(*((line, line) for line in lines))

    with openai_server(answer) as server:
        [result] = StatementsModel(OpenAIModel(server.base_url, "", "tiny")).run(
            [document("\n".join(sentences))]
        )

    assert result.error == ""
    assert [found.text for found in result.outputs] == sentences


def test_failure_of_one_part_is_the_document_s_error_and_keeps_the_rest_of_the_replies() -> None:
    text = "A first duty must be kept by all of us. " * 3
    model = QueueModel([reply((text[:39], text[:39])), ChatReply(text="garbled", error="no use")])

    [result] = StatementsModel(model, chunk=80).run([document(text)])

    assert result.outputs == ()
    assert result.error == "characters 79-120: no use"
    assert result.raw == f"{reply((text[:39], text[:39]))}\ngarbled"


def test_confidence_is_the_mean_token_probability_where_served() -> None:
    evidence = "The council must protect the park."
    with openai_server([reply((evidence, evidence))]) as server:
        [result] = StatementsModel(OpenAIModel(server.base_url, "", "tiny")).run([document()])

    assert 0.89 < result.outputs[0].confidence < 0.99


@given(st.text(alphabet="ab .。\n", max_size=200), st.integers(min_value=1, max_value=60))
def test_chunks_are_the_text(text: str, size: int) -> None:
    ranges = chunks(text, size)

    assert "".join(text[start:end] for start, end in ranges) == text
    assert all(0 < end - start <= size for start, end in ranges)


def test_chunks_end_at_paragraphs_then_sentences() -> None:
    text = "One sentence here. Another one.\n\nA third paragraph. It goes on and on."

    assert [text[start:end] for start, end in chunks(text, 40)] == [
        "One sentence here. Another one.\n\n",
        "A third paragraph. It goes on and on.",
    ]
    assert [text[33:][start:end] for start, end in chunks(text[33:], 30)] == [
        "A third paragraph.",
        " It goes on and on.",
    ]


def squeezed(text: str) -> str:
    return "".join(text.split()).replace("’", "'")


@given(st.text(max_size=60), st.text(alphabet="abcdefghij kl\nmn'’", min_size=30, max_size=80), st.data())
def test_find_passage_finds_what_is_there(before: str, text: str, data: st.DataObject) -> None:
    whole = before + text
    start = data.draw(st.integers(len(before), len(whole) - 25))
    quote = whole[start : start + 25]

    found = find_passage("  ".join(quote.split()), whole)

    if found is not None:
        assert squeezed(whole[slice(*found)]) == squeezed(quote)
    else:
        assert sum(character.isalnum() for character in quote) < 10


def test_find_passage_refuses_what_is_too_short_or_elsewhere() -> None:
    assert find_passage("the", "the council must act") is None
    assert find_passage("the council must rest", "the council must act") is None
    assert find_passage("保护环境", "我们应该保护环境。") == (4, 8)


def test_same_language_tells_languages_and_scripts_apart() -> None:
    french = "La commune doit protéger le parc et la rivière pour les générations futures."
    found = [
        same_language("La ville doit protéger les parcs de la région.", french, "fr"),
        same_language("The town must protect the parks of the region.", french, "fr"),
        same_language("Die Stadt muss die Parks der Region schützen.", french, "fr"),
        same_language("城市必须保护公园。", french, "fr"),
        same_language("各国应当尊重主权", "各国应当尊重主权。这是国际关系的基础。", "zh"),
        same_language("各國應當尊重主權與領土", "各国应当尊重主权。这是国际关系的基础。", "zh"),
        same_language("Countries must respect sovereignty.", "各国应当尊重主权。", "zh"),
        same_language("123", french, "fr"),
    ]

    assert found == [True, False, False, False, True, False, False, False]


def test_chinese_script_is_told_by_characters_only_one_script_has() -> None:
    assert [chinese_script(text) for text in ("这是国际关系", "這是國際關係", "人口", "park")] == [
        "Hans",
        "Hant",
        "",
        "",
    ]


def test_statement_said_twice_is_kept_once() -> None:
    text = "The council must protect the park. It rained. “The council must protect the park!”, she said."
    model = QueueModel(
        [
            reply(
                ("The council must protect the park.", "The council must protect the park."),
                ("The council must protect the park", "The council must protect the park!"),
            )
        ]
    )

    [result] = StatementsModel(model).run([document(text)])

    assert [found.start for found in result.outputs] == [0]
    assert "1 same words as an earlier statement" in result.outputs[0].rationale


def test_statement_of_a_paragraph_is_dropped() -> None:
    evidence = "The council must protect the park."
    model = QueueModel([reply((f"{evidence} " * 20, evidence), (evidence, evidence))])

    [result] = StatementsModel(model).run([document()])

    assert [found.text for found in result.outputs] == [evidence]
    assert "1 longer than 500 characters" in result.outputs[0].rationale
