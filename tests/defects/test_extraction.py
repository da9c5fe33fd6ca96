"""A document gives as many statements as it takes positions, all of it is read, and each is found in it.

The defect: one statement is forced out of every article, a report of plain events included; only its
beginning is read; nobody looks whether the article says so; and what a French, German or Chinese article
says comes out in English or in the other Chinese script.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from annotation.models import Derivation, Statement
from pipeline.engines.replies import clean
from pipeline.records import DocumentRecord, ExtractedStatement
from pipeline.statements.language import chinese_script
from pipeline.statements.model import StatementsModel
from pipeline.statements.rules import StatementsRules, extract
from tests import factories
from tests.defects.engines import AnsweringModel, FakeEngines, run_stage

# By language and script: who may owe it, what is owed, and plain events, a value named among them.
WRITTEN = {
    "en": (
        ("Every government", "Every court", "Every school", "Every town", "Every company"),
        " must respect human rights and justice.",
        ("The bridge opened on Monday.", "The minister of justice met the council on freedom on Monday."),
    ),
    "fr": (
        ("Tout gouvernement", "Tout tribunal", "Toute école", "Toute commune", "Toute entreprise"),
        " doit respecter l'égalité et la justice.",
        ("Le pont a ouvert lundi.", "La ministre de la justice a visité le conseil de la liberté lundi."),
    ),
    "de": (
        ("Jeder Staat", "Jedes Gericht", "Jede Schule", "Jede Gemeinde", "Jedes Unternehmen"),
        " muss die Menschenwürde und die Freiheit achten.",
        (
            "Die Brücke öffnete am Montag.",
            "Die Ministerin für Justiz besuchte am Montag den Rat der Freiheit.",
        ),
    ),
    "zh-Hans": (
        ("各国政府", "所有法院", "各级学校", "每个城市", "所有企业"),
        "必须维护社会公平正义和人权。",
        ("大桥星期一通车。", "司法部长星期一访问了自由委员会。"),
    ),
    "zh-Hant": (
        ("各國政府", "所有法院", "各級學校", "每個城市", "所有企業"),
        "必須維護社會公平正義和人權。",
        ("大橋星期一通車。", "司法部長星期一訪問了自由委員會。"),
    ),
}
KINDS = st.sampled_from(sorted(WRITTEN))


def positions(kind: str) -> list[str]:
    """Sentences that each take a position of its own."""
    who, owed, _ = WRITTEN[kind]
    return [subject + owed for subject in who]


def document(text: str, kind: str) -> DocumentRecord:
    return DocumentRecord(1, "GB", kind[:2], text, "Title")


def joined(sentences: list[str], kind: str) -> str:
    return ("" if kind.startswith("zh") else " ").join(sentences)


def reply(*found: tuple[str, str]) -> str:
    items = [{"statement": one, "evidence": evidence, "rationale": "a duty"} for one, evidence in found]
    return json.dumps({"statements": items}, ensure_ascii=False)


def reader(*wanted: str) -> AnsweringModel:
    """A model that copies those of the wanted sentences which stand in the part it is shown."""
    return AnsweringModel(lambda blocks: reply(*((one, one) for one in wanted if one in blocks["text"][0])))


def read(record: DocumentRecord, model: AnsweringModel) -> tuple[ExtractedStatement, ...]:
    [result] = StatementsModel(model).run([record])
    assert result.error == ""
    return result.outputs


def squeezed(text: str) -> str:
    return "".join(text.split())


# As many as there are


@settings(deadline=None)
@given(KINDS, st.lists(st.integers(0, 1), max_size=12), st.permutations(range(5)), st.integers(0, 5))
def test_document_gives_as_many_statements_as_it_takes_positions(
    kind: str, events: list[int], order: list[int], count: int
) -> None:
    chosen = [positions(kind)[place] for place in order[:count]]
    sentences = [WRITTEN[kind][2][event] for event in events]
    for number, sentence in enumerate(chosen):
        sentences.insert(2 * number, sentence)
    record = document(joined(sentences, kind), kind)

    [result] = StatementsRules().run([record])

    in_order = [sentence for sentence in sentences if sentence in chosen]
    assert [found.text for found in result.outputs] == in_order
    assert [found.text for found in read(record, reader(*in_order))] == in_order


@pytest.mark.django_db
@pytest.mark.parametrize(
    "engines", [None, FakeEngines(model=reader(*positions("en")))], ids=["rules", "model"]
)
def test_report_of_events_is_finished_without_a_statement(engines: FakeEngines | None) -> None:
    event, meeting = WRITTEN["en"][2]
    plain = factories.DocumentFactory(text=f"{event} {meeting} It rained.")
    rich = factories.DocumentFactory(text=" ".join([event, *positions("en")]))

    run_stage("GB", "statements", engines)

    assert set(Derivation.objects.values_list("document", "is_finished")) == {
        (plain.pk, True),
        (rich.pk, True),
    }
    assert list(Statement.objects.values_list("document", "text")) == [
        (rich.pk, one) for one in positions("en")
    ]


# All of it is read

LENGTHS = st.integers(0, 40_000)  # characters
GAPS = st.sampled_from([" ", "\n", "\n\n", "\r\n"])


@settings(deadline=None, max_examples=60)
@given(KINDS, LENGTHS, LENGTHS, GAPS, st.text(max_size=60))
@example("en", 40_000, 0, " ", "")
@example("zh-Hant", 2_100, 12_000, "\n", "")
def test_position_is_found_wherever_it_stands(kind: str, before: int, after: int, gap: str, odd: str) -> None:
    position, event = positions(kind)[0], WRITTEN[kind][2][0] + gap
    start = f"{odd}\n\n{event * (before // len(event))}"
    text = f"{start}{position}{gap}{event * (after // len(event))}"
    expected = (len(start), len(start) + len(position), position)

    by_rules = [(found.start, found.end, found.text) for found in extract(text, kind[:2])]
    by_model = [
        (found.start, found.end, found.text) for found in read(document(text, kind), reader(position))
    ]

    assert (by_rules, by_model) == ([expected], [expected])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=12), st.integers(1, 4_000), st.integers(10, 9_000))
def test_every_character_of_a_document_is_shown_to_the_model(
    pieces: list[str], times: int, size: int
) -> None:
    text = "".join(pieces) * max(1, times // (1 + len("".join(pieces)))) + "The end."
    model = reader()

    [result] = StatementsModel(model, chunk=size).run([document(text, "en")])

    assert result.error == ""
    assert squeezed("".join(model.shown("text"))) == squeezed(text)


# Each is looked up in the document

ODD = st.lists(
    st.sampled_from(
        [*(one for kind in sorted(WRITTEN) for one in positions(kind)[:2]), *'“”"«»„‘’「」\n\t\r-–—;. ']
    )
    | st.text(max_size=20),
    max_size=12,
).map("".join)
# Marks a model may write in another shape.
PLAIN = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'", "–": "-", "—": "-", "‑": "-"}
)


def reshaped(quote: str, number: int) -> str:
    """A quotation as a model may copy it: as it stands, with other white space, or with other marks."""
    return (quote, "  ".join(quote.split()), quote.translate(PLAIN))[number % 3]


@settings(deadline=None, max_examples=200)
@given(KINDS, ODD)
def test_evidence_of_the_rules_is_a_slice_of_the_text(kind: str, text: str) -> None:
    for found in extract(text, kind[:2]):
        assert 0 <= found.start < found.end <= len(text)
        assert found.text == " ".join(text[found.start : found.end].split())


@settings(deadline=None, max_examples=200)
@given(KINDS, ODD, st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200), ODD), max_size=6))
def test_statement_of_the_model_stands_on_words_of_the_text_or_is_dropped(
    kind: str, text: str, claimed: list[tuple[int, int, str]]
) -> None:
    quotes = [
        reshaped(text[start : start + length], number) or made_up
        for number, (start, length, made_up) in enumerate(claimed)
    ]
    model = AnsweringModel(lambda blocks: reply(*((quote, quote) for quote in quotes)))

    [result] = StatementsModel(model).run([document(text, kind)])

    said = {squeezed(clean(quote)).translate(PLAIN) for quote in quotes}
    for found in result.outputs:
        assert 0 <= found.start < found.end <= len(text)
        assert squeezed(text[found.start : found.end]).translate(PLAIN) in said


# It is in the document's own language and script


@settings(deadline=None)
@given(KINDS, KINDS, st.integers(0, 4), st.integers(0, 4))
def test_statement_in_another_language_or_script_is_dropped(
    kind: str, other: str, one: int, rewritten: int
) -> None:
    evidence = positions(kind)[one]
    says = positions(other)[rewritten]
    text = joined([WRITTEN[kind][2][0], *positions(kind)[:one], evidence], kind)
    model = AnsweringModel(lambda blocks: reply((says, evidence)))

    [result] = StatementsModel(model).run([document(text, kind)])

    assert [found.text for found in result.outputs] == ([says] if kind == other else [])


@settings(deadline=None)
@given(KINDS, st.permutations(range(5)))
def test_rules_keep_language_and_script(kind: str, order: list[int]) -> None:
    text = joined([positions(kind)[place] for place in order], kind)

    found = extract(text, kind[:2])

    assert [one.text for one in found] == [positions(kind)[place] for place in order]
    if kind.startswith("zh"):
        assert {chinese_script(one.text) for one in found} == {kind[3:]}


@pytest.mark.django_db
def test_only_what_the_document_says_in_its_own_language_becomes_a_row() -> None:
    said, also = positions("fr")[:2]
    article = factories.DocumentFactory(
        nation=factories.nation("FR"), text=f"{WRITTEN['fr'][2][0]}\n{said}\n{also}"
    )
    model = AnsweringModel(
        lambda blocks: reply(
            (positions("en")[1], also),
            (positions("fr")[2], positions("fr")[2]),
            (said, said),
        )
    )

    run_stage("FR", "statements", FakeEngines(model=model))

    row = Statement.objects.get()
    assert (row.text, row.language, row.evidence) == (said, "fr", said)
    assert article.text[row.span_start : row.span_end] == said
    assert positions("en")[1] in row.derivation.raw_reply
