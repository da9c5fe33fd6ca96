"""Figures of private items: told of enough items and articles, else only how many there are."""

from __future__ import annotations

import pytest

from evaluation.models import CandidateModel, EvalRun
from evaluation.services.runs.disclosure import Told, told_holdout
from tests.evaluation.scored import scored_release


def row(source_type: str, items: int, articles: int) -> dict:
    return {"nation": "GB", "source_type": source_type, "items": items, "articles": articles, "rate": 0.5}


@pytest.mark.parametrize(
    ("official", "quoted", "told"),
    [
        ((10, 5), (10, 5), [0.5, 0.5, 0.5]),
        ((9, 5), (30, 9), [0.5, None, None]),
        ((10, 4), (30, 9), [0.5, None, None]),
        ((4, 2), (5, 2), [None, None, None]),
    ],
)
def test_few_items_or_articles_are_counted_and_not_told(official, quoted, told):
    pooled = tuple(map(sum, zip(official, quoted, strict=True)))
    rows = told_holdout([row("all", *pooled), row("official", *official), row("quoted", *quoted)])
    assert [one["rate"] for one in rows] == told
    assert [one["items"] for one in rows] == [pooled[0], official[0], quoted[0]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("holdout", "is_holdout", "rate"), [(2, True, None), (20, True, 0.5), (2, False, 0.5)]
)
def test_a_summary_counts_the_private_items_in_it(holdout, is_holdout, rate):
    run = EvalRun(
        release=scored_release(40, holdout=holdout),
        candidate=CandidateModel(name="m"),
        is_holdout=is_holdout,
        summary=[row("all", 40 + holdout, 40)],
    )
    assert [one["rate"] for one in Told(None).summary(run)] == [rate]
