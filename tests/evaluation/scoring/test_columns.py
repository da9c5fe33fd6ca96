"""Figures from columns are those from single items, whatever the items came to."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.scoring.columns import (
    LETTERS,
    NONE,
    Column,
    column_bootstrap,
    column_score,
    compare_columns,
    detectable_by_columns,
    group_columns,
)
from evaluation.scoring.grouping import group_models
from evaluation.scoring.metrics import ScoredItem, credits_of, score_slice
from evaluation.scoring.option_bias import OrderedChoice, option_bias
from evaluation.scoring.option_columns import OrderedColumns, column_bias
from evaluation.scoring.outcomes import Choice, ItemOutcome
from evaluation.scoring.paired import compare_runs, paired_detectable_effect

ARTICLES = ("gamma", "alpha", "delta", "beta")
# Article of each item, and what each of three models came to on it; ``None`` is not answered.
ANSWERED = st.lists(
    st.tuples(
        st.sampled_from(ARTICLES),
        *[st.one_of(st.none(), st.sampled_from(list(ItemOutcome)))] * 3,
    ),
    max_size=40,
)
CHOICE = st.one_of(st.none(), st.sampled_from(list(Choice)))
PROBABILITY = st.one_of(st.none(), st.floats(0.0, 1.0))
ORDERED = st.lists(
    st.builds(
        OrderedChoice,
        st.sampled_from(ARTICLES),
        CHOICE,
        CHOICE,
        PROBABILITY,
        PROBABILITY,
        PROBABILITY,
    ),
    max_size=40,
)


def numbers(articles):
    names = sorted(set(articles))
    return np.array([names.index(name) for name in articles], dtype=np.intp)


def column(answered, model):
    letters = "".join(LETTERS.get(row[model], NONE) for row in answered)
    return Column(np.frombuffer(letters.encode(), dtype=np.uint8), numbers([row[0] for row in answered]))


def scored(answered, model):
    return [
        ScoredItem("GB", "quoted", row[0], row[model], key=str(at))
        for at, row in enumerate(answered)
        if row[model] is not None
    ]


@given(ANSWERED)
def test_a_slice_has_the_figures_of_its_items(answered):
    assert column_score((), column(answered, 1)) == score_slice((), scored(answered, 1))


@given(ANSWERED)
@settings(max_examples=15, deadline=None)
def test_the_bootstrap_draws_whole_articles_whatever_the_order_of_items(answered):
    interval = column_bootstrap(column(answered, 1))
    assert interval == column_bootstrap(column(answered[::-1], 1))
    # Which of the articles is which does not matter.
    renamed = dict(zip(ARTICLES, ("alpha", "beta", "gamma", "delta"), strict=True))
    others = [(renamed[article], *outcomes) for article, *outcomes in answered]
    assert interval == column_bootstrap(column(others, 1))
    credits = credits_of(scored(answered, 1)).values()
    assert (interval is None) == (len({article for _, article in credits}) < 2)
    if interval:
        low, high = interval
        assert 0.0 <= low <= high <= 1.0
        # Every resample is a mean of the articles', weighted.
        means = [
            np.mean([credit for credit, at in credits if at == article])
            for article in {at for _, at in credits}
        ]
        assert min(means) - 1e-9 <= low <= high <= max(means) + 1e-9


@given(ANSWERED)
def test_two_models_compare_as_their_items_do(answered):
    first, second = column(answered, 1), column(answered, 2)
    credits = [credits_of(scored(answered, model)) for model in (1, 2)]
    assert compare_columns(first, second) == compare_runs(*credits, resamples=0)
    assert detectable_by_columns(first, second) == paired_detectable_effect(*credits)


@given(ANSWERED)
def test_models_are_grouped_as_by_their_items(answered):
    models = {"a": 1, "b": 2, "c": 3}
    assert group_columns({name: column(answered, at) for name, at in models.items()}) == group_models(
        {name: credits_of(scored(answered, at)) for name, at in models.items()}
    )


@given(ORDERED)
def test_option_bias_is_that_of_the_items(items):
    def chosen(name):
        credit = {Choice.STATEMENT: 1.0, Choice.REVERSED: 0.0}
        return np.array([credit.get(getattr(item, name), np.nan) for item in items], dtype=float)

    def given_as(name):
        found = (getattr(item, name) for item in items)
        return np.array([np.nan if value is None else value for value in found], dtype=float)

    columns = OrderedColumns(
        numbers([item.article for item in items]),
        chosen("statement_first"),
        chosen("reversed_first"),
        given_as("probability_statement_first"),
        given_as("probability_reversed_first"),
        given_as("probability"),
    )
    found, plain = asdict(column_bias(columns)), asdict(option_bias(items))
    for name in ("margin", "log_odds", "position_log_odds"):
        value, expected = found.pop(name), plain.pop(name)
        assert (value is None) is (expected is None)
        assert expected is None or value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert found == plain
