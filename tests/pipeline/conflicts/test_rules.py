"""The rules judge of pairs."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.conflicts import PairJudgeRules
from pipeline.conflicts.lexicon import LANGUAGES, lexicon, lexicons_digest
from pipeline.conflicts.rules import CAP, judge_pair
from pipeline.records import ConflictItem, Relation
from pipeline.text.profile import profiles_digest


def pair(first: str, second: str, language: str = "en", **dates: date) -> tuple[ConflictItem, ConflictItem]:
    return (
        ConflictItem(1, first, language, "b", as_of=dates.get("one")),
        ConflictItem(2, second, language, "b", as_of=dates.get("two")),
    )


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("en", "The state must fund public schools.", "The state must not fund public schools."),
        ("en", "We support the carbon tax.", "We oppose the carbon tax."),
        ("fr", "L'État doit financer les écoles.", "L'État ne doit pas financer les écoles."),
        ("fr", "Le parti soutient la réforme des retraites.", "Le parti rejette la réforme des retraites."),
        ("de", "Der Staat soll Schulen finanzieren.", "Der Staat soll Schulen nicht finanzieren."),
        ("de", "Die Partei will die Steuern erhöhen.", "Die Partei will die Steuern senken."),
        ("zh", "我们支持新的税收政策。", "我们反对新的税收政策。"),
        ("zh", "政府应该资助学校。", "政府不应该资助学校。"),
    ],
)
def test_judge_pair_sees_negation_and_opposites_on_one_target(language: str, first: str, second: str):
    found = judge_pair(*pair(first, second, language))
    assert found.relation is Relation.CONTRADICTION
    assert 0.5 <= found.confidence <= CAP
    assert found.rationale


def test_judge_pair_takes_not_supporting_and_opposing_for_agreement():
    found = judge_pair(*pair("We do not support the carbon tax.", "We oppose the carbon tax."))
    assert found.relation is Relation.COMPATIBLE


def test_judge_pair_does_not_take_distance_for_conflict():
    found = judge_pair(*pair("Fish live in rivers.", "We never oppose free trade."))
    assert (found.relation, found.confidence) == (Relation.COMPATIBLE, 0.5)


def test_judge_pair_knows_duplicates_by_normal_form():
    found = judge_pair(*pair("Peace, now!", "peace NOW"))
    assert (found.relation, found.confidence) == (Relation.DUPLICATE, 0.99)


def test_judge_pair_moves_a_change_of_mind_to_different_times():
    items = pair(
        "We support nuclear power.", "We oppose nuclear power.", one=date(1998, 1, 1), two=date(2022, 1, 1)
    )
    assert judge_pair(*items).relation is Relation.DIFFERENT_TIME


def test_judge_pair_reads_no_longer_as_different_times():
    items = pair("The party backs nuclear power plants.", "The party no longer backs nuclear power plants.")
    assert judge_pair(*items).relation is Relation.DIFFERENT_TIME


def test_judge_pair_separates_other_numbers_by_scope():
    items = pair("Companies pay a tax of 20 percent.", "Companies pay a tax of 30 percent.")
    assert judge_pair(*items).relation is Relation.DIFFERENT_SCOPE


def test_judge_pair_has_no_opinion_across_languages_or_without_lexicon():
    english, _ = pair("We support the tax.", "")
    french = ConflictItem(2, "Nous refusons l'impôt.", "fr", "b")
    spanish = [ConflictItem(key, text, "es", "b") for key, text in ((1, "Sí a la paz"), (2, "No a la paz"))]
    found = [judge_pair(english, french), judge_pair(*spanish)]
    assert [(one.relation, one.confidence) for one in found] == [(Relation.COMPATIBLE, 0.5)] * 2


def test_judge_judges_no_pair_twice_and_orders_keys():
    first, second = pair("We support the tax.", "We oppose the tax.")
    edges = list(PairJudgeRules().judge([(second, first, 0.7), (first, second, 0.7)]))
    assert [(edge.first, edge.second, edge.sign) for edge in edges] == [(1, 2, -1)]


def test_judge_refuses_a_statement_paired_with_itself():
    first, _ = pair("We support the tax.", "")
    with pytest.raises(ValueError, match="itself"):
        list(PairJudgeRules().judge([(first, first, 1.0)]))


def test_version_names_the_word_lists():
    assert PairJudgeRules().version == f"rules-3+{lexicons_digest()}+{profiles_digest()}"
    assert len(lexicons_digest()) == 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_lexicons_are_complete(language: str):
    words = lexicon(language)
    assert words is not None
    assert words.language == language
    assert min(len(words.poles) + len(words.pole_prefixes), len(words.negation), len(words.stop)) >= 10


WORDS = ["we", "must", "not", "support", "oppose", "never", "all", "some", "tax", "5", "2020", "no", "longer"]
TEXT = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)


@given(TEXT, TEXT)
def test_judge_pair_is_symmetric_and_bounded(first: str, second: str):
    one, other = pair(first, second)
    there, back = judge_pair(one, other), judge_pair(other, one)
    assert there.relation is back.relation
    assert there.confidence == pytest.approx(back.confidence)
    assert 0.0 <= there.confidence <= 1.0
