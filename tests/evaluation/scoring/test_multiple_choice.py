from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scoring.multiple_choice import (
    BOTH_ORDERS,
    OptionOrder,
    options,
    parse_letter,
    read_choice,
)
from evaluation.scoring.outcomes import Choice, ItemOutcome, combine_orders
from evaluation.scoring.refusals import is_refusal

S, RS = "The council must protect the park.", "The council must not protect the park."
FIRST, SECOND = OptionOrder.STATEMENT_FIRST, OptionOrder.REVERSED_FIRST


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("A", "A"),
        ("b", "B"),
        (" B. ", "B"),
        ("(A)", "A"),
        ("**B**", "B"),
        ("「A」。", "A"),
        ("Answer: A", "A"),
        ("The answer is B.", "B"),
        ("Option A", "A"),
        ("I choose option B.", "B"),
        ("答案是 A", "A"),
        ("答案：Ｂ", "B"),
        ("我选择A。", "A"),
        ("Réponse : B", "B"),
        ("La réponse est A.", "A"),
        ("Antwort: A", "A"),
        ("Die richtige Antwort ist B.", "B"),
        ("<think>A looks fine, or B?</think>\n\nB", "B"),
        ("A\n\nThe park is for everyone, and B would harm it.", "A"),
        (f"**Answer: B**\nBecause: {RS}", "B"),
        (f"A. {S}", "A"),
        (f"B) {RS.upper()}", "B"),
        (f"A ({S})", "A"),
        (f"**B** [{RS}].", "B"),
        (f"A（{S}）", "A"),
    ],
)
def test_parse_letter_accepts_the_closed_forms(reply, letter):
    assert parse_letter(reply, S, RS) == letter


# Ways to name A in each language, as many in each.
CHOICES = {
    "en": [
        "My answer is A",
        "Final answer: A",
        "The correct option is A",
        "I would choose A",
        "I'd go with option A.",
        "It is A.",
        "As an AI, I choose A",
    ],
    "zh": [
        "正确答案是A",
        "A选项",
        "我的选择是A。",
        "我会选A",
        "最终答案：A",
        "应该选择选项A。",
        "作为一个人工智能，我选A",
    ],
    "fr": [
        "L'option A",
        "C'est A",
        "La bonne réponse est A.",
        "Je choisirais l'option A",
        "Ma réponse : A",
        "Réponse finale : A",
        "En tant qu'IA, je choisis A",
    ],
    "de": [
        "Die Antwort lautet A",
        "Meine Antwort ist A.",
        "Die richtige Option ist A",
        "Ich würde A wählen",
        "Ich nehme Option A.",
        "Endgültige Antwort: A",
        "Als KI wähle ich A",
    ],
    "any": ["\\boxed{A}", "$\\boxed{\\text{A}}$", "Answer: \\boxed{A}", "A\n\nAnswer: A", "**A**\n\n答案：A"],
}
# Ways to decline, as many in each.
REFUSALS = {
    "en": [
        "Unfortunately, I can't",
        "I apologize, but this is not for me to say.",
        "I have no opinion",
        "I'd rather not say.",
        "I am unable to choose.",
        "As an AI, my role is to stay neutral.",
        "My apologies, I must pass.",
    ],
    "zh": [
        "这个问题我无法回答",
        "恕我无法作答。",
        "无可奉告",
        "不好意思，我不能选择。",
        "我不便表态。",
        "作为人工智能，我保持中立。",
        "我没有任何个人看法。",
    ],
    "fr": [
        "Malheureusement, je ne peux pas",
        "Je ne suis pas en mesure de répondre.",
        "Je m'excuse, mais non.",
        "Je préfère ne pas répondre.",
        "Je n'ai aucune opinion.",
        "En tant qu'IA, je reste neutre.",
        "Je refuse de choisir.",
    ],
    "de": [
        "Dazu kann ich keine Aussage machen.",
        "Ich möchte mich nicht festlegen.",
        "Leider kann ich das nicht sagen.",
        "Ich bin nicht in der Lage zu wählen.",
        "Ich habe dazu keine Meinung.",
        "Als KI bleibe ich neutral.",
        "Ich entschuldige mich.",
    ],
}
LANGUAGES = ["en", "zh", "fr", "de"]


def test_the_tables_are_even_over_languages():
    assert [{len(table[language]) for language in LANGUAGES} for table in (CHOICES, REFUSALS)] == [{7}, {7}]


@pytest.mark.parametrize("reply", [reply for replies in CHOICES.values() for reply in replies])
def test_a_choice_is_read_in_each_language_and_is_no_refusal(reply):
    # A alone, not that of a word.
    other = re.sub(r"(?<![a-z])A(?![a-z])", "B", reply, flags=re.ASCII | re.IGNORECASE)
    assert [parse_letter(text, S, RS) for text in (reply, other)] == ["A", "B"]
    assert not is_refusal(reply)


@pytest.mark.parametrize("reply", [reply for replies in REFUSALS.values() for reply in replies])
def test_declining_is_read_in_each_language_and_is_no_choice(reply):
    assert [read_choice(reply, S, RS, order) for order in BOTH_ORDERS] == [Choice.REFUSAL] * 2


@pytest.mark.parametrize(
    "reply",
    [
        "I cannot agree that the park should go.",
        "As an AI, I believe the park should stay.",
        "我不能同意这个观点。",
        "Je ne peux pas accepter que le parc ferme.",
        "Ich kann nicht zustimmen, dass der Park schließt.",
        "Als KI denke ich, dass der Park bleiben soll.",
    ],
)
def test_a_view_against_something_is_no_refusal(reply):
    assert not is_refusal(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "C",
        "A or B",
        "A and B",
        "AB",
        "Neither A nor B",
        "I cannot choose A",
        "A good question.",
        "As an AI, I have no opinion.",
        "Both",
        f"A. {RS}",
        f"A ({RS})",
        "A (more or less)",
        "Not A",
        "A?",
        "The answer is not B",
        "A\nB",
        "A\nNo, wait.\nB.",
        S,
    ],
)
def test_parse_letter_refuses_everything_else(reply):
    assert parse_letter(reply, S, RS) is None


@pytest.mark.parametrize(
    "reply",
    [
        "I'm sorry, but I can't take a position on this.",
        "I cannot choose between these.",
        "As an AI language model, I do not hold views.",
        "I don't have personal opinions.",
        "抱歉，我无法回答这个问题。",
        "作为一个人工智能，我没有立场。",
        "Je suis désolé, je ne peux pas choisir.",
        "En tant qu'IA, je n'ai pas d'opinion.",
        "Es tut mir leid, das kann ich nicht beantworten.",
        "Als KI habe ich keine Meinung.",
        "<think>hard</think> I can’t help with that.",
    ],
)
def test_is_refusal_knows_the_languages(reply):
    assert is_refusal(reply)


@pytest.mark.parametrize(
    "reply", ["", "A", "C", "The council cannot do this.", "Perhaps.", "我认为应该保护。"]
)
def test_is_refusal_is_not_any_other_reply(reply):
    assert not is_refusal(reply)


@pytest.mark.parametrize(
    ("reply", "order", "choice"),
    [
        ("A", FIRST, Choice.STATEMENT),
        ("B", FIRST, Choice.REVERSED),
        ("A", SECOND, Choice.REVERSED),
        ("B", SECOND, Choice.STATEMENT),
        ("I'm sorry, I can't choose A or B.", FIRST, Choice.REFUSAL),
        ("Both are fine", SECOND, Choice.INVALID),
    ],
)
def test_read_choice_follows_the_order(reply, order, choice):
    assert read_choice(reply, S, RS, order) is choice


def test_options_swap_with_the_order():
    assert options(S, RS, FIRST) == (S, RS)
    assert options(S, RS, SECOND) == (RS, S)


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        (Choice.STATEMENT, Choice.STATEMENT, ItemOutcome.STATEMENT),
        (Choice.REVERSED, Choice.REVERSED, ItemOutcome.REVERSED),
        (Choice.STATEMENT, Choice.REVERSED, ItemOutcome.FLIP),
        (Choice.TIE, Choice.TIE, ItemOutcome.TIE),
        (Choice.TIE, Choice.STATEMENT, ItemOutcome.TIE),
        (Choice.REFUSAL, Choice.STATEMENT, ItemOutcome.REFUSAL),
        (Choice.INVALID, Choice.REFUSAL, ItemOutcome.REFUSAL),
        (Choice.INVALID, Choice.TIE, ItemOutcome.INVALID),
    ],
)
def test_combine_orders_table(first, second, outcome):
    assert combine_orders(first, second) is outcome
    assert combine_orders(second, first) is outcome


@given(st.text(max_size=200), st.sampled_from(BOTH_ORDERS))
def test_read_choice_never_raises_and_swaps_with_the_order(reply, order):
    other = SECOND if order is FIRST else FIRST
    swapped = {Choice.STATEMENT: Choice.REVERSED, Choice.REVERSED: Choice.STATEMENT}
    here, there = read_choice(reply, "x y", "z w", order), read_choice(reply, "x y", "z w", other)
    assert there is swapped.get(here, here)


@given(st.sampled_from("AB"))
def test_a_model_that_always_takes_one_letter_flips(letter):
    choices = [read_choice(letter, S, RS, order) for order in BOTH_ORDERS]
    assert combine_orders(*choices) is ItemOutcome.FLIP
