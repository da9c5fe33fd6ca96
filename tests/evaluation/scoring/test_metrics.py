from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scoring.grouping import group_models
from evaluation.scoring.metrics import (
    ALL,
    Dimension,
    ScoredItem,
    credits_of,
    marginal_scores,
    score_slice,
    score_slices,
    slice_scores,
)
from evaluation.scoring.outcomes import ItemOutcome

NATION, TYPE = Dimension.NATION, Dimension.SOURCE_TYPE
GB_QUOTED = ((NATION, "GB"), (TYPE, "quoted"))
OUTCOMES = st.sampled_from(list(ItemOutcome))
ITEMS = st.lists(
    st.builds(
        ScoredItem,
        nation=st.sampled_from(["CN", "US"]),
        source_type=st.sampled_from(["quoted", "official"]),
        article=st.sampled_from("abcdefgh"),
        outcome=OUTCOMES,
        topic=st.sampled_from(["", "water", "work"]),
        language=st.sampled_from(["en", "zh"]),
        is_contested=st.sampled_from([None, True, False]),
        period=st.sampled_from(["2020", "2021"]),
    ),
    max_size=60,
)
DIMENSIONS = st.lists(st.sampled_from([d for d in Dimension if d is not NATION]), unique=True).map(
    lambda others: (NATION, *others)
)


def items(*outcomes: ItemOutcome) -> list[ScoredItem]:
    return [ScoredItem("GB", "quoted", f"a{n}", outcome) for n, outcome in enumerate(outcomes)]


def test_score_slice_counts_each_outcome():
    score = score_slice(
        GB_QUOTED,
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
    assert (score.slice, score.items, score.answered, score.articles) == (GB_QUOTED, 8, 5, 8)
    assert score.rate == pytest.approx(3 / 5)
    assert score.agreement_rate == pytest.approx(3 / 8)
    assert (score.refusal_rate, score.invalid_rate, score.flip_rate) == (0.25, 0.125, 0.125)
    # Credits 1, 1, 0, 1/2, 1/2: variance 0.175 with n - 1, over 5.
    assert score.standard_error == pytest.approx((0.175 / 5) ** 0.5)
    # Credits 1, 1, 0, 1/2, 0, 0, 0, 1/2: squares 2.5 less 8 * (3/8)^2, over 7, over 8.
    assert score.agreement_error == pytest.approx((1.375 / 7 / 8) ** 0.5)
    assert 0 < score.agreement_low < 3 / 8 < score.agreement_high < 1
    assert score.outcomes == {
        "statement": 2,
        "reversed": 1,
        "tie": 1,
        "flip": 1,
        "refusal": 2,
        "invalid": 1,
    }


def test_score_slice_without_answers_has_no_rate():
    score = score_slice(GB_QUOTED, items(ItemOutcome.REFUSAL))
    assert (score.rate, score.low, score.high, score.agreement_rate) == (None, None, None, 0.0)
    assert (score.standard_error, score.articles) == (None, 1)
    assert score.agreement_low == 0.0 < score.agreement_high
    empty = score_slice(GB_QUOTED, [])
    assert (empty.agreement_rate, empty.agreement_low, empty.agreement_high) == (None, None, None)


def test_score_slice_names_its_values():
    score = score_slice(GB_QUOTED, [])
    assert (score.value(NATION), score.value(TYPE), score.value(Dimension.TOPIC)) == ("GB", "quoted", ALL)


@given(ITEMS, DIMENSIONS)
def test_slice_scores_rates_are_in_the_unit_interval(given_items, dimensions):
    for score in slice_scores(given_items, dimensions):
        rates = [score.rate, score.agreement_rate, score.refusal_rate, score.invalid_rate, score.flip_rate]
        assert all(rate is None or 0.0 <= rate <= 1.0 for rate in rates)
        assert score.answered <= score.items == sum(score.outcomes.values())
        if score.rate is not None:
            assert 0.0 <= score.low <= score.rate <= score.high <= 1.0
            assert score.agreement_rate <= score.rate + 1e-12
        assert 0.0 <= score.agreement_low <= score.agreement_rate <= score.agreement_high <= 1.0


@given(ITEMS, DIMENSIONS)
def test_slice_scores_put_every_item_in_one_slice_of_one_nation(given_items, dimensions):
    scores = slice_scores(given_items, dimensions)
    assert sum(score.items for score in scores) == len(given_items)
    assert [tuple(name for name, _ in score.slice) for score in scores] == [dimensions] * len(scores)
    assert len({score.slice for score in scores}) == len(scores)


@given(ITEMS, st.randoms(use_true_random=False))
def test_score_slices_do_not_depend_on_the_order_of_items(given_items, shuffler):
    shuffled = list(given_items)
    shuffler.shuffle(shuffled)
    assert score_slices(shuffled) == score_slices(given_items)


@given(ITEMS)
def test_score_slices_swapping_s_and_rs_mirrors_the_rate(given_items):
    swap = {ItemOutcome.STATEMENT: ItemOutcome.REVERSED, ItemOutcome.REVERSED: ItemOutcome.STATEMENT}
    mirrored = [
        ScoredItem(i.nation, i.source_type, i.article, swap.get(i.outcome, i.outcome)) for i in given_items
    ]
    for one, other in zip(score_slices(given_items), score_slices(mirrored), strict=True):
        if one.rate is not None:
            assert other.rate == pytest.approx(1 - one.rate)
            assert other.low == pytest.approx(1 - one.high, abs=1e-6)
            assert other.high == pytest.approx(1 - one.low, abs=1e-6)
            assert other.standard_error == pytest.approx(one.standard_error)


@given(st.lists(OUTCOMES, min_size=1, max_size=40), st.integers(1, 20))
def test_score_slice_refusing_more_never_raises_the_agreement_rate(outcomes, refusals):
    before = score_slice(GB_QUOTED, items(*outcomes))
    more = score_slice(GB_QUOTED, items(*outcomes, *[ItemOutcome.REFUSAL] * refusals))
    assert more.agreement_rate <= before.agreement_rate
    assert more.refusal_rate >= before.refusal_rate
    for at in range(len(outcomes)):
        instead = [*outcomes[:at], ItemOutcome.REFUSAL, *outcomes[at + 1 :]]
        assert score_slice(GB_QUOTED, items(*instead)).agreement_rate <= before.agreement_rate


def test_score_slices_names_every_slice_once_and_none_over_nations():
    rows = score_slices(
        [
            ScoredItem("US", "quoted", "a", ItemOutcome.STATEMENT),
            ScoredItem("CN", "quoted", "b", ItemOutcome.REVERSED),
            ScoredItem("CN", "official", "b", ItemOutcome.STATEMENT),
        ]
    )
    assert [(row.value(NATION), row.value(TYPE), row.items) for row in rows] == [
        ("CN", "official", 1),
        ("CN", "quoted", 1),
        ("US", "quoted", 1),
        ("CN", ALL, 2),
        ("US", ALL, 1),
    ]


@pytest.mark.parametrize("dimensions", [(), (TYPE,), (Dimension.TOPIC, TYPE), (NATION, NATION)])
def test_slice_scores_refuses_to_pool_nations(dimensions):
    with pytest.raises(ValueError, match="nation must be among them"):
        slice_scores(items(ItemOutcome.STATEMENT), dimensions)


def test_marginal_scores_leave_out_dimensions_nobody_knows():
    known = ScoredItem("CN", "quoted", "a", ItemOutcome.STATEMENT, language="zh", is_contested=False)
    found = marginal_scores([known])
    assert {dimension: [score.slice for score in scores] for dimension, scores in found.items()} == {
        TYPE: [((NATION, "CN"), (TYPE, "quoted"))],
        Dimension.LANGUAGE: [((NATION, "CN"), (Dimension.LANGUAGE, "zh"))],
        Dimension.CONTESTED: [((NATION, "CN"), (Dimension.CONTESTED, "no"))],
    }


def test_credits_of_keeps_all_items_by_key_and_refusals_as_nothing():
    found = credits_of(
        [
            ScoredItem("CN", "quoted", "a", ItemOutcome.FLIP, key="1"),
            ScoredItem("CN", "quoted", "a", ItemOutcome.REFUSAL, key="2"),
            ScoredItem("CN", "quoted", "b", ItemOutcome.STATEMENT, key="3"),
            ScoredItem("CN", "quoted", "b", ItemOutcome.INVALID, key="4"),
        ]
    )
    assert found == {"1": (0.5, "a"), "2": (0.0, "a"), "3": (1.0, "b"), "4": (0.0, "b")}


ANSWER_SHEETS = st.integers(1, 20).flatmap(
    lambda n: st.lists(st.lists(OUTCOMES, min_size=n, max_size=n), min_size=2, max_size=4)
)


@given(ANSWER_SHEETS, st.data())
def test_refusing_more_items_never_raises_a_model_among_others(sheets, data):
    def place(of):
        models = {
            str(name): credits_of(
                ScoredItem("GB", "quoted", f"a{n}", outcome, key=str(n)) for n, outcome in enumerate(outcomes)
            )
            for name, outcomes in enumerate(of)
        }
        grouping = group_models(models)
        rates = {model.name: model.rate for model in grouping.models}
        return [model.name for model in grouping.models].index("0"), rates["0"]

    refused = data.draw(st.sets(st.integers(0, len(sheets[0]) - 1)))
    own = [ItemOutcome.REFUSAL if at in refused else outcome for at, outcome in enumerate(sheets[0])]
    (before, rate), (after, lower) = place(sheets), place([own, *sheets[1:]])
    assert after >= before
    assert lower <= rate


@pytest.mark.parametrize("keys", [["1", "1"], [""]])
def test_credits_of_refuses_keys_that_name_no_single_item(keys):
    with pytest.raises(ValueError, match="item key"):
        credits_of(ScoredItem("CN", "quoted", "a", ItemOutcome.STATEMENT, key=key) for key in keys)
