from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scoring.metrics import ScoredItem, effective_size, score_slice, score_slices
from evaluation.scoring.outcomes import ItemOutcome
from pipeline.intervals import wilson_interval

OUTCOMES = st.sampled_from(list(ItemOutcome))
ITEMS = st.lists(
    st.builds(
        ScoredItem,
        nation=st.sampled_from(["CN", "US"]),
        source_type=st.sampled_from(["quoted", "official"]),
        article=st.sampled_from("abcdefgh"),
        outcome=OUTCOMES,
    ),
    max_size=60,
)


def items(*outcomes: ItemOutcome) -> list[ScoredItem]:
    return [ScoredItem("GB", "quoted", f"a{n}", outcome) for n, outcome in enumerate(outcomes)]


def test_wilson_interval_equals_the_published_value():
    # Newcombe 1998, table I, method 3: 81 of 263 gives 0.2553 to 0.3662.
    low, high = wilson_interval(81 / 263, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


@pytest.mark.parametrize(("rate", "n"), [(-0.1, 5), (1.1, 5), (0.5, 0)])
def test_wilson_interval_refuses_nonsense(rate, n):
    with pytest.raises(ValueError, match="must be in"):
        wilson_interval(rate, n)


def test_effective_size_of_copies_is_the_number_of_articles():
    assert effective_size([1.0, 1.0, 0.0, 0.0] * 10, [f"a{n // 2}" for n in range(40)]) == pytest.approx(19.0)
    assert effective_size([1.0] * 6, ["a", "a", "b", "b", "c", "c"]) == 3.0
    assert effective_size([1.0, 0.0, 1.0], ["a"] * 3) == 1.0


def test_score_slice_counts_each_outcome():
    score = score_slice(
        "GB",
        "quoted",
        items(
            ItemOutcome.STATEMENT,
            ItemOutcome.STATEMENT,
            ItemOutcome.REVERSED,
            ItemOutcome.FLIP,
            ItemOutcome.REFUSAL,
            ItemOutcome.REFUSAL,
            ItemOutcome.INVALID,
            ItemOutcome.TIE,
        ),
    )
    assert (score.items, score.answered) == (8, 5)
    assert score.rate == pytest.approx(3 / 5)
    assert score.agreement_rate == pytest.approx(3 / 8)
    assert (score.refusal_rate, score.invalid_rate, score.flip_rate) == (0.25, 0.125, 0.125)
    assert score.outcomes == {
        "statement": 2,
        "reversed": 1,
        "tie": 1,
        "flip": 1,
        "refusal": 2,
        "invalid": 1,
    }


def test_score_slice_without_answers_has_no_rate():
    score = score_slice("GB", "quoted", items(ItemOutcome.REFUSAL))
    assert (score.rate, score.low, score.high, score.agreement_rate) == (None, None, None, 0.0)
    assert score_slice("GB", "quoted", []).agreement_rate is None


@given(ITEMS)
def test_score_slices_rates_are_in_the_unit_interval(given_items):
    for score in score_slices(given_items):
        rates = [score.rate, score.agreement_rate, score.refusal_rate, score.invalid_rate, score.flip_rate]
        assert all(rate is None or 0.0 <= rate <= 1.0 for rate in rates)
        assert score.answered <= score.items == sum(score.outcomes.values())
        if score.rate is not None:
            assert 0.0 <= score.low <= score.rate <= score.high <= 1.0
            assert score.agreement_rate <= score.rate + 1e-12


@given(ITEMS, st.randoms(use_true_random=False))
def test_score_slices_do_not_depend_on_the_order_of_items(given_items, shuffler):
    shuffled = list(given_items)
    shuffler.shuffle(shuffled)
    for one, other in zip(score_slices(given_items), score_slices(shuffled), strict=True):
        assert (one.items, one.outcomes, one.rate) == (other.items, other.outcomes, other.rate)
        assert one.low == pytest.approx(other.low)
        assert one.high == pytest.approx(other.high)


@given(ITEMS)
def test_score_slices_swapping_s_and_rs_mirrors_the_rate(given_items):
    swap = {ItemOutcome.STATEMENT: ItemOutcome.REVERSED, ItemOutcome.REVERSED: ItemOutcome.STATEMENT}
    mirrored = [
        ScoredItem(i.nation, i.source_type, i.article, swap.get(i.outcome, i.outcome)) for i in given_items
    ]
    for one, other in zip(score_slices(given_items), score_slices(mirrored), strict=True):
        if one.rate is not None:
            assert other.rate == pytest.approx(1 - one.rate)
            assert other.low == pytest.approx(1 - one.high)


def test_score_slices_names_every_slice_once():
    rows = score_slices(
        [
            ScoredItem("US", "quoted", "a", ItemOutcome.STATEMENT),
            ScoredItem("CN", "quoted", "b", ItemOutcome.REVERSED),
            ScoredItem("CN", "official", "b", ItemOutcome.STATEMENT),
        ]
    )
    assert [(row.nation, row.source_type, row.items) for row in rows] == [
        ("CN", "official", 1),
        ("CN", "quoted", 1),
        ("US", "quoted", 1),
        ("all", "official", 1),
        ("all", "quoted", 2),
        ("all", "all", 3),
    ]


def test_interval_covers_the_true_rate_with_clustered_items():
    draw = random.Random(5)
    covered = 0
    for _ in range(400):
        sample = []
        for article in range(60):
            # Articles differ in how agreeable they are; the mean is 0.6.
            chance = draw.choice((0.3, 0.9))
            for _ in range(4):
                outcome = ItemOutcome.STATEMENT if draw.random() < chance else ItemOutcome.REVERSED
                sample.append(ScoredItem("GB", "quoted", str(article), outcome))
        score = score_slice("GB", "quoted", sample)
        covered += score.low <= 0.6 <= score.high
    assert 0.92 <= covered / 400 <= 0.98
