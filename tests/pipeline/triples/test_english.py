"""Reversing English statements."""

from __future__ import annotations

import pytest

from pipeline.triples.english import opposites, past_of, reverse, third_person
from pipeline.triples.lexicon import required
from pipeline.triples.reversal import DIRECTION, MODAL, PLAIN, VERB


@pytest.mark.parametrize(
    ("statement", "denial", "confidence"),
    [
        ("The state should also not forget rural towns.", "The state should also forget rural towns.", MODAL),
        ("The plan, which must fail, is bad.", "The plan, which must fail, is not bad.", PLAIN),
        ("Towns that need help should ask.", "Towns that need help should not ask.", MODAL),
        ("They will have to wait.", "They will not have to wait.", PLAIN),
        ("Farmers have paid for the dam.", "Farmers have not paid for the dam.", PLAIN),
        ("The farmers have land.", "The farmers do not have land.", VERB),
        ("No child may go hungry.", "Every child may go hungry.", PLAIN),
        ("No parents should pay for lessons.", "All parents should pay for lessons.", PLAIN),
        ("The council strongly supports the dam.", "The council strongly opposes the dam.", DIRECTION),
        ("Mayors support the plan.", "Mayors oppose the plan.", DIRECTION),
        ("The council forbade the market.", "The council permitted the market.", DIRECTION),
        ("The town kept its mill.", "The town did not keep its mill.", VERB),
        ("Many value the river.", "Many do not value the river.", VERB),
        ("The mayor does not keep the promise.", "The mayor keeps the promise.", VERB),
        ("The mayor did not keep the promise.", "The mayor did keep the promise.", VERB),
        ("We never accept bribes.", "We accept bribes.", VERB),
        ("Let us build a dam.", "Let us not build a dam.", VERB),
        ("Let us not build a dam.", "Let us build a dam.", VERB),
        ("Let us hope that we can win.", "Let us not hope that we can win.", VERB),
        ("Do not build the dam.", "Build the dam.", VERB),
    ],
)
def test_reverse_denies_the_main_clause(statement: str, denial: str, confidence: float):
    found = reverse(statement)
    assert found is not None
    assert (found.text, found.confidence) == (denial, confidence)


@pytest.mark.parametrize(
    "statement",
    [
        "The council should not only build homes.",
        "The town can only wait.",
        "They could also never return.",
        "The dam is not this but that.",
        "The will of the people counts.",  # a noun
        "Rivers need care.",  # may be a noun
        "The mayor not defends the dam.",
        "The council does only little.",
        "They reply to letters.",  # no verb of the list
        "",
    ],
)
def test_reverse_leaves_alone_what_it_cannot_deny_cleanly(statement: str):
    assert reverse(statement) is None


@pytest.mark.parametrize("base", required("en").ordered["verbs"])
def test_denial_of_a_present_tense_leads_back(base: str):
    there = f"The mayor {third_person(base)} all of it."
    denied = f"The mayor does not {base} all of it."
    found = reverse(denied)
    assert found is not None
    assert found.text == there


def test_opposites_are_in_the_same_form_and_lead_back():
    table = opposites()
    assert [table[form] for form in ("support", "supports", "supported", "forbade", "allows")] == [
        "oppose",
        "opposes",
        "opposed",
        "permitted",
        "prohibits",
    ]
    assert [form for form, other in table.items() if other not in table] == []


@pytest.mark.parametrize(
    ("base", "past"),
    [
        ("permit", "permitted"),
        ("stop", "stopped"),
        ("invest", "invested"),
        ("share", "shared"),
        ("put", "put"),
    ],
)
def test_past_of_doubles_the_last_letter_where_it_must(base: str, past: str):
    assert past_of(base) == past
