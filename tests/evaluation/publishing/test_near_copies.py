from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.near_copies import Joined, near_copies, pieces
from pipeline.dedupe.bands import THRESHOLD
from pipeline.dedupe.shingles import jaccard

_LONG = (
    "Our parliament must protect what small newspapers print about ministers, courts, banks, schools, farms "
    "and armies before another republic forbids it"
)


def test_pieces_are_word_pairs_and_character_triples():
    assert pieces("Peace, and BREAD!", "en") == {"peace and", "and bread"}
    assert pieces("保护自由。", "zh") == {"保护自", "护自由"}
    assert pieces("Peace", "en") == {"peace"}
    assert pieces("...", "en") == frozenset()


def test_near_copies_joins_one_changed_word_of_many():
    other = _LONG.replace("republic", "country")

    assert near_copies([("en", _LONG), ("en", other), ("en", "Taxes on bread must fall.")]) == [0, 0, 2]


def test_near_copies_keeps_languages_and_different_sentences_apart():
    assert near_copies([("en", _LONG), ("fr", _LONG)]) == [0, 1]
    assert near_copies(
        [("en", "The county should keep park 1."), ("en", "The county should keep park 2.")]
    ) == [
        0,
        1,
    ]


def test_near_copies_joins_what_differs_in_form_only():
    assert near_copies([("en", "..."), ("en", "Keep it open!"), ("en", " keep  it open"), ("en", "!!!")]) == [
        0,
        1,
        1,
        3,
    ]


def test_joined_names_a_set_by_its_smallest_number():
    joined = Joined(5)
    joined.join(4, 3)
    joined.join(1, 4)

    assert joined.labels() == [0, 1, 2, 1, 1]


@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=14).map(" ".join), max_size=30))
def test_near_copies_are_the_components_of_exact_jaccard(texts):
    found = near_copies([("en", text) for text in texts])

    joined = Joined(len(texts))
    sets = [pieces(text, "en") for text in texts]
    for first, ours in enumerate(sets):
        for second in range(first):
            if jaccard(ours, sets[second]) >= THRESHOLD:
                joined.join(first, second)
    assert found == joined.labels()


@given(st.lists(st.sampled_from([_LONG, _LONG + " now", "a b", "a b c", "x"]), max_size=12), st.randoms())
def test_near_copies_do_not_depend_on_order(texts, random):
    order = list(range(len(texts)))
    random.shuffle(order)

    def sets(labels: list[int], places: list[int]) -> set[frozenset[int]]:
        found = defaultdict(set)
        for label, place in zip(labels, places, strict=True):
            found[label].add(place)
        return {frozenset(places) for places in found.values()}

    straight = near_copies([("en", text) for text in texts])
    shuffled = near_copies([("en", texts[place]) for place in order])
    assert sets(straight, list(range(len(texts)))) == sets(shuffled, order)
