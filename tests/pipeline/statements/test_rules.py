import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.records import DocumentRecord
from pipeline.statements.rules import StatementsRules, extract
from pipeline.text import LANGUAGES


def texts(text: str, language: str = "en", cap: int = 12) -> list[str]:
    return [found.text for found in extract(text, language, cap)]


@pytest.mark.parametrize(
    ("language", "event", "position"),
    [
        ("en", "The bridge opened on Monday.", "Every government must respect human rights and justice."),
        ("fr", "Le pont a ouvert lundi.", "Tout gouvernement doit respecter l'égalité et la justice."),
        (
            "de",
            "Die Brücke öffnete am Montag.",
            "Jeder Staat muss die Menschenwürde und die Freiheit achten.",
        ),
        ("zh", "大桥星期一通车。", "各国政府必须维护社会公平正义和人权。"),
        ("zh", "大橋星期一通車。", "各國政府必須維護社會公平正義和人權。"),
    ],
)
def test_extract_takes_positions_not_events_in_the_own_language(language, event, position):
    text = f"{event}\n{event}{position}" if language == "zh" else f"{event}\n{event} {position}"
    assert texts(text, language) == [position]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Human rights must be respected everywhere",
        "Must we not defend justice and human rights?",
        "Thank you, and let us defend justice and peace.",
        "(Members agreed that justice and peace must be defended.)",
        "That the clause on justice must be read a second time.",
        "Justice must win.",
        "JUSTICE AND PEACE MUST BE DEFENDED EVERYWHERE.",
        "(a) Justice and peace must be defended everywhere.",
        "It was said that the law on equality was passed on Monday.",
    ],
)
def test_extract_leaves_out_what_is_no_statement(text):
    assert texts(text) == []


def test_extract_reads_the_whole_document():
    last = "We must protect the freedom and dignity of every person."
    text = "The train was late again on that day.\n" * 5000 + last
    (found,) = extract(text, "en")
    assert (found.text, text[found.start : found.end]) == (last, last)


def test_extract_keeps_each_sentence_once_and_white_space_single():
    text = "We must defend human\nrights and justice.\nWe must defend  human rights and justice."
    assert texts(text) == ["We must defend human rights and justice."]


def test_extract_cap_keeps_the_best_in_document_order():
    weak = [
        f"Town number {name} must keep the peace and the law for all." for name in ("one", "two", "three")
    ]
    strong = "We believe that every nation must respect justice, equality and human dignity."
    assert texts("\n".join([weak[0], strong, *weak[1:]]), cap=2) == [weak[0], strong]


def test_extract_takes_the_first_clause_of_a_long_motion():
    clause = "That this House believes that human rights and equality must be protected by law"
    assert texts(f"{clause}; {'notes the report of the committee and its annexes; ' * 12}and ends.") == [
        clause
    ]


def test_statements_reports_unknown_language_and_goes_on():
    items = [
        DocumentRecord(1, "XX", "la", "Salve."),
        DocumentRecord(2, "GB", "en", "Every child has the right to education and safety."),
    ]
    first, second = StatementsRules().run(items)
    assert (first.key, first.outputs, first.error.startswith("no language profile")) == (1, (), True)
    assert (second.key, len(second.outputs), second.error) == (2, 1, "")


def test_statements_cap_must_be_positive():
    with pytest.raises(ValueError, match="cap must be at least 1"):
        StatementsRules(cap=0)


PIECES = [
    "We must defend justice and human rights. ",
    "“",
    "”",
    "\n",
    "Rain. ",
    "必须维护公平正义与人权。",
    "; ",
    "é",
]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LANGUAGES), st.lists(st.sampled_from(PIECES), max_size=15).map("".join))
def test_extract_evidence_is_the_statement(language, text):
    for found in extract(text, language):
        assert found.text == " ".join(text[found.start : found.end].split())


@pytest.mark.parametrize(
    ("language", "text", "claim"),
    [
        (
            "en",
            '"The state must protect free speech, because liberty is a right," said Ann Lee, a judge.',
            "The state must protect free speech, because liberty is a right",
        ),
        (
            "fr",
            "« L'État doit protéger la liberté, car elle est un droit », a déclaré Anne Roux, juge.",
            "L'État doit protéger la liberté, car elle est un droit",
        ),
        (
            "de",
            "„Der Staat muss die Freiheit schützen, denn sie ist ein Recht“, sagte Richterin Anna Rot.",
            "Der Staat muss die Freiheit schützen, denn sie ist ein Recht",
        ),
        ("zh", "“国家必须保护公民的自由和权利。”法官李明说。", "国家必须保护公民的自由和权利。"),
        (
            "en",
            'Ann Lee, a judge, said: "The state must protect free speech, because liberty is a right."',
            "The state must protect free speech, because liberty is a right.",
        ),
    ],
)
def test_extract_takes_a_quoted_claim_without_its_frame(language, text, claim):
    [found] = extract(text, language)

    assert found.text == claim
    assert text[found.start : found.end] == claim


def test_extract_keeps_the_sentence_where_only_a_part_of_the_claim_is_quoted():
    text = 'The state must protect what she called "the right to free speech" in every school.'

    assert texts(text) == [text]


def test_extract_drops_a_mark_whose_other_half_is_in_another_sentence():
    text = '"The state must protect free speech and liberty. It rained on Monday," said Ann Lee.'

    assert texts(text) == ["The state must protect free speech and liberty."]
