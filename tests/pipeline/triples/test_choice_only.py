"""A guess from the two statements alone."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.triples.choice_only import FEWEST, choice_margins, choice_only, fair_subset

WORDS = ["schools", "courts", "rivers", "taxes", "clinics", "borders", "unions", "farms", "trains", "forests"]


def told(n: int) -> list[tuple[str, str]]:
    """Reversals that always deny: the word "not" gives them away."""
    return [
        (f"We must fund {WORDS[i % 10]} in {i}.", f"We must not fund {WORDS[i % 10]} in {i}.")
        for i in range(n)
    ]


def fair(n: int) -> list[tuple[str, str]]:
    """Half of the statements deny, half of the reversals do."""
    rng = random.Random(1)
    pairs = told(n)
    return [pair if rng.random() < 0.5 else pair[::-1] for pair in pairs]


def test_negation_on_one_side_is_found_out():
    found = choice_only(told(100))

    assert (found.accuracy, found.is_fair, found.items) == (1.0, False, 100)


def test_balanced_set_stays_at_chance():
    found = choice_only(fair(300))

    assert found.is_fair
    assert found.low < found.accuracy < found.high


def test_too_few_pairs_say_nothing():
    found = choice_only(told(FEWEST - 1))

    assert (found.accuracy, found.low, found.high) == (0.5, 0.0, 1.0)


def test_chinese_is_read_by_the_character():
    pairs = [(f"我们必须支持第{i}项改革。", f"我们不必支持第{i}项改革。") for i in range(60)]

    assert choice_only(pairs).accuracy == 1.0


def test_subset_leaves_out_what_gives_itself_away():
    pairs = [*told(80), *(pair[::-1] for pair in told(40))]

    kept, found = fair_subset(pairs)

    assert found.is_fair
    assert set(range(80, 120)) <= set(kept)  # what misleads the guess stays
    assert len(kept) < 120


def test_set_that_cannot_be_made_fair_is_kept_whole_and_says_so():
    kept, found = fair_subset(told(60))

    assert (len(kept), found.is_fair) == (60, False)


def test_same_pairs_give_the_same_subset():
    pairs = [*told(50), *(pair[::-1] for pair in told(30))]

    assert fair_subset(pairs) == fair_subset(pairs)


@given(st.randoms())
@settings(max_examples=10, deadline=None)
def test_guess_does_not_depend_on_the_order_of_pairs(rng):
    pairs = [
        (f"Park {n % 7} must stay open.", f"Park {n % 7} must {'not ' * (n % 3 > 0)}close soon.")
        for n in range(40)
    ]
    groups = [f"article {n // 3}" for n in range(40)]
    order = list(range(40))
    rng.shuffle(order)
    shuffled = [pairs[at] for at in order], [groups[at] for at in order]

    margins = choice_margins(pairs, groups=groups)
    assert choice_margins(shuffled[0], groups=shuffled[1]) == [margins[at] for at in order]
    assert choice_only(shuffled[0], groups=shuffled[1]) == choice_only(pairs, groups=groups)
    assert len(set(margins)) > 5
