"""Keywords of clusters."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.topics.keywords import Term, class_terms, rerank, terms_of

WORDS = ["river", "River", "flood", "dam", "school", "teacher", "the", "of", "12"]
TEXT = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The river dam held.", ["river", "dam", "held", "river dam", "dam held"]),
        ("en", "The river and the dam", ["river", "dam"]),
        ("de", "Die neue Talsperre", ["neue", "Talsperre", "neue Talsperre"]),
        ("fr", "L'école du village voisin", ["école", "village", "voisin", "village voisin"]),
        ("zh", "农村教育。", ["农村", "教育", "农村教育"]),
    ],
)
def test_terms_are_content_words_and_pairs_of_neighbours(
    language: str, text: str, expected: list[str]
) -> None:
    assert sorted(terms_of(text, language)) == sorted(expected)


def test_class_terms_weighs_a_share_by_its_rarity_elsewhere() -> None:
    found = class_terms(["river, river, dam", "dam, school"], [0, 1], "en")

    # Three terms and two: two and a half on average.
    assert {
        label: [(term.text, pytest.approx(term.weight)) for term in terms] for label, terms in found.items()
    } == {
        0: [("river", 2 / 3 * log(1 + 2.5 / 2)), ("dam", 1 / 3 * log(1 + 2.5 / 2))],
        1: [("school", 1 / 2 * log(1 + 2.5 / 1)), ("dam", 1 / 2 * log(1 + 2.5 / 2))],
    }


def test_class_terms_takes_outliers_for_background() -> None:
    without = class_terms(["river, dam"], [0], "en")
    beside = class_terms(["river, dam", "dam, dam"], [0, -1], "en")

    assert [term.text for term in without[0]] == ["dam", "river"]
    assert [term.text for term in beside[0]] == ["river", "dam"]
    assert list(beside) == [0]


def test_class_terms_of_a_larger_class_stand_in_two_documents() -> None:
    texts = ["river, Anna, Anna, Anna", "river, dam", "dam, flood"]

    assert [term.text for term in class_terms(texts, [0, 0, 0], "en")[0]] == ["dam", "river"]
    assert [term.text for term in class_terms(texts[:2], [0, 0], "en")[0]] == ["Anna", "river", "dam"]


def test_class_terms_counts_spellings_as_one_and_shows_the_commonest() -> None:
    found = class_terms(["Dam, dam, DAM, dam", "flood, Flood"], [0, 0], "en")

    assert [term.text for term in found[0]] == ["dam", "Flood"]


def test_class_terms_are_the_best_so_many() -> None:
    found = class_terms(["dam, dam, dam, river, river, flood"], [0], "en", count=2)

    assert [term.text for term in found[0]] == ["dam", "river"]


def test_class_without_any_word_has_no_terms() -> None:
    assert class_terms(["12 %", "river"], [0, 1], "en")[0] == []


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, st.integers(-1, 2)), max_size=8), st.randoms(use_true_random=False))
def test_class_terms_do_not_depend_on_the_order_of_documents(rows: list[tuple[str, int]], shuffler) -> None:
    shuffled = list(rows)
    shuffler.shuffle(shuffled)

    found, again = (
        class_terms([text for text, _ in some], [label for _, label in some], "en")
        for some in (rows, shuffled)
    )

    assert found == again


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, st.integers(-1, 2)), max_size=8))
def test_class_terms_come_best_first_and_from_their_class(rows: list[tuple[str, int]]) -> None:
    found = class_terms([text for text, _ in rows], [label for _, label in rows], "en")

    assert set(found) == {label for _, label in rows if label >= 0}
    for label, terms in found.items():
        written = {term for text, own in rows if own == label for term in terms_of(text, "en")}
        assert {term.text for term in terms} <= written
        assert [term.weight for term in terms] == sorted((term.weight for term in terms), reverse=True)


PLACES = {
    "east": (1.0, 0.0),
    "east too": (1.0, 0.0),
    "north": (0.0, 1.0),
    "north-east": (0.6, 0.8),
    "west": (-1.0, 0.0),
}


def places(texts: list[str]) -> np.ndarray:
    return np.array([PLACES[text] for text in texts], dtype=np.float32)


def ranked(weights: dict[str, float], count: int = 3, diversity: float = 0.0) -> tuple[str, ...]:
    terms = [Term(text, weight) for text, weight in weights.items()]
    return rerank(terms, np.array([1.0, 0.0]), places, count=count, diversity=diversity)


def test_rerank_prefers_what_lies_in_the_direction_of_the_cluster() -> None:
    assert ranked({"west": 1.0, "north": 0.9, "east": 0.8}) == ("east", "north", "west")


def test_rerank_prefers_weight_among_equal_directions() -> None:
    assert ranked({"east": 1.0, "east too": 0.9, "north": 0.8}) == ("east", "east too", "north")


def test_rerank_takes_something_unlike_where_asked_for_diversity() -> None:
    assert ranked({"east": 1.0, "east too": 0.9, "north": 0.8}, count=2, diversity=0.6) == ("east", "north")


def test_rerank_weighs_against_the_best_term_whatever_the_scale() -> None:
    weights = {"north": 1.0, "north-east": 0.2, "west": 0.1}

    assert ranked(weights) == ("north", "north-east", "west")
    assert ranked({text: weight / 1000 for text, weight in weights.items()}) == ranked(weights)


def test_rerank_of_nothing_is_nothing() -> None:
    assert ranked({}) == ()


@given(
    st.dictionaries(st.sampled_from(sorted(PLACES)), st.floats(0.01, 1.0)),
    st.integers(1, 6),
    st.floats(0.0, 1.0),
)
def test_rerank_gives_so_many_different_terms(
    weights: dict[str, float], count: int, diversity: float
) -> None:
    ordered = dict(sorted(weights.items(), key=lambda item: -item[1]))

    found = ranked(ordered, count, diversity)

    assert len(set(found)) == len(found) == min(count, len(weights))
    assert set(found) <= set(weights)
