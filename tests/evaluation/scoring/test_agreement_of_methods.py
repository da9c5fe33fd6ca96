from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evaluation.scoring.agreement_of_methods import OUTCOMES, compare_methods, correlation
from evaluation.scoring.metrics import ScoredItem
from evaluation.scoring.outcomes import ItemOutcome

S, RS, FLIP, TIE, REFUSAL, INVALID = (
    ItemOutcome.STATEMENT,
    ItemOutcome.REVERSED,
    ItemOutcome.FLIP,
    ItemOutcome.TIE,
    ItemOutcome.REFUSAL,
    ItemOutcome.INVALID,
)
PAIRS = st.lists(
    st.tuples(
        st.sampled_from(OUTCOMES),
        st.sampled_from(OUTCOMES),
        st.sampled_from("abc"),
        st.sampled_from(["CN", "US"]),
    ),
    max_size=30,
)


def methods(pairs):
    items = [
        ScoredItem(nation, "quoted", article, one, key=f"i{n}")
        for n, (one, _, article, nation) in enumerate(pairs)
    ]
    return items, [replace(item, outcome=pair[1]) for item, pair in zip(items, pairs, strict=True)]


def cell(found, row, column):
    return found.table[OUTCOMES.index(row)][OUTCOMES.index(column)]


def test_compare_methods_counts_pairs_of_outcomes():
    pairs = [(S, S), (S, S), (S, RS), (RS, S), (FLIP, TIE), (REFUSAL, S), (INVALID, INVALID)]
    found = compare_methods(*methods([(*pair, f"a{n}", "GB") for n, pair in enumerate(pairs)]))
    assert (found.items, found.articles, found.contradicted) == (7, 7, 2)
    assert found.same == pytest.approx(3 / 7)
    assert (cell(found, S, S), cell(found, S, RS), cell(found, FLIP, TIE), cell(found, REFUSAL, S)) == (
        2,
        1,
        1,
        1,
    )
    assert found.by_item.n == 5


def test_compare_methods_takes_common_items_only():
    one, other = methods([(S, S, "a", "GB"), (RS, S, "b", "GB")])
    found = compare_methods(one, other[:1])
    assert (found.items, found.same) == (1, 1.0)
    nothing = compare_methods(one, [])
    assert (nothing.items, nothing.same, nothing.low, nothing.by_item.pearson) == (0, None, None, None)


def test_compare_methods_refuses_items_without_a_key_of_their_own():
    item = ScoredItem("GB", "quoted", "a", S, key="1")
    with pytest.raises(ValueError, match="item key '1'"):
        compare_methods([item, item], [item])


def test_compare_methods_correlates_items():
    pairs = [
        *[(S, S, f"a{n}", "CN") for n in range(6)],
        *[(S, RS, f"b{n}", "US") for n in range(2)],
        *[(RS, RS, f"c{n}", "US") for n in range(2)],
        *[(RS, RS, f"d{n}", "FR") for n in range(5)],
    ]
    found = compare_methods(*methods(pairs))
    credits = [(float(one is S), float(other is S)) for one, other, *_ in pairs]
    assert found.by_item.pearson == pytest.approx(stats.pearsonr(*zip(*credits, strict=True)).statistic)


def test_correlation_is_not_said_of_what_does_not_vary():
    assert correlation([(1.0, 0.0), (1.0, 1.0), (1.0, 0.5)]).pearson is None
    assert correlation([(1.0, 0.0), (0.0, 1.0)]).spearman is None
    assert correlation([(0.0, 1.0), (0.5, 0.5), (1.0, 0.0)]).pearson == pytest.approx(-1.0)


@settings(deadline=None)
@given(PAIRS)
def test_compare_methods_is_transposed_when_the_methods_are_exchanged(pairs):
    one, other = methods(pairs)
    found, exchanged = compare_methods(one, other), compare_methods(other, one)
    assert exchanged.table == tuple(zip(*found.table, strict=True))
    assert (exchanged.same, exchanged.low, exchanged.contradicted) == (
        found.same,
        found.low,
        found.contradicted,
    )
    assert sum(map(sum, found.table)) == found.items == len(pairs)
    if found.by_item.pearson is not None:
        assert exchanged.by_item.pearson == pytest.approx(found.by_item.pearson)
        assert -1.0 <= found.by_item.pearson <= 1.0


@settings(deadline=None)
@given(PAIRS, st.randoms(use_true_random=False))
def test_compare_methods_does_not_depend_on_the_order_of_items(pairs, shuffler):
    one, other = methods(pairs)
    shuffled = list(other)
    shuffler.shuffle(shuffled)
    assert compare_methods(one, shuffled) == compare_methods(one, other)
