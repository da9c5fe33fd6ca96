"""What declines to answer, and what is a view. A view taken for a refusal is lost, which is the worse error:
a refusal that is missed is judged, or invalid."""

from __future__ import annotations

import time

import pytest

from evaluation.scoring.refusals import is_refusal
from tests.evaluation.scoring import refusal_cases as known
from tests.evaluation.scoring import refusal_cases_held_out as held_out

LANGUAGES = ["en", "zh", "fr", "de"]


@pytest.mark.parametrize(
    "reply",
    [
        "I refuse to accept that the state should withdraw.",
        "I will not deny that the state should pay.",
        "Je refuse l'idée que l'État se retire.",
        "Ich kann nicht verstehen, warum der Staat nicht zahlen soll.",
        "我不会反对，国家应该付钱。",
        "Sorry state of affairs: the state should pay.",
        "I can't think of a reason not to.",
        "Als KI bin ich neutral, aber der Staat soll zahlen.",
    ],
)
def test_a_view_that_denies_or_rejects_is_no_refusal(reply):
    assert not is_refusal(reply)
    assert not is_refusal(f"<think>I cannot answer.</think>{reply}")


@pytest.mark.parametrize(
    "reply",
    ["I don't want to answer", "Keine Angabe", "我选择不回答", "Je ne veux pas répondre", "No comment."],
)
def test_a_short_refusal_is_one(reply):
    assert is_refusal(reply)
    assert is_refusal(f"<think>The state should pay.</think>\n“{reply}”")


def rates(cases, language: str) -> tuple[float, float]:
    """Shares of refusals and of views in a language that are read as they are."""
    refusals, views = cases.REFUSALS[language], cases.VIEWS[language]
    return (
        sum(map(is_refusal, refusals)) / len(refusals),
        sum(not is_refusal(view) for view in views) / len(views),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_known_replies_are_read_as_they_are(language):
    refusals, views = rates(known, language)
    assert (refusals >= 0.9, views) == (True, 1.0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_replies_held_out_are_mostly_read_as_they_are(language):
    refusals, views = rates(held_out, language)
    assert refusals >= 0.6
    assert views >= 0.9


def test_replies_held_out_are_as_many_in_each_language_and_not_among_the_known():
    for name in ("REFUSALS", "VIEWS"):
        table = getattr(held_out, name)
        assert {language: len(table[language]) for language in LANGUAGES} == dict.fromkeys(LANGUAGES, 15)
        assert not {reply for replies in table.values() for reply in replies} & {
            reply for replies in getattr(known, name).values() for reply in replies
        }


@pytest.mark.parametrize(
    "piece", ["I am ", "ich kann ", "je ne ", "我", "I can not take a ", "\n", "ich bin nicht ", "我不对"]
)
def test_long_replies_are_read_at_once(piece):
    started = time.perf_counter()
    assert not is_refusal(piece * 20_000 + "x")
    assert time.perf_counter() - started < 1.0
