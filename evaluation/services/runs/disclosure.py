"""What may be told of private items: figures of few of them, or of few articles, tell of single ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from evaluation.models import EvalRun
from evaluation.publishing.rows import Part
from evaluation.scoring.metrics import ALL

FEWEST_ITEMS, FEWEST_ARTICLES = 10, 5
_TOLD = ("nation", "source_type", "items", "articles", "failed")
Row = dict[str, Any]


def told_holdout(rows: Iterable[Row]) -> list[Row]:
    """Rows per nation and type of private items alone: below 10 items or 5 articles figures are ``None``."""
    kept = list(rows)
    return _blanked(
        kept, {(row["nation"], row["source_type"]): (row["items"], row["articles"]) for row in kept}
    )


def told_summary(run: EvalRun) -> list[Row]:
    """A run's summary; where private items were asked, as :func:`told_holdout` by how many of these each row
    holds: the public ones' figures are known, and taking them away would leave the private ones'."""
    if not run.is_holdout:
        return list(run.summary)
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    articles: dict[tuple[str, str], set[str]] = defaultdict(set)
    private = run.release.items.filter(part=Part.HOLDOUT)
    for nation, source_type, key, article in private.values_list(
        "nation_id", "source_type", "key", "article_key"
    ):
        for where in ((nation, source_type), (nation, ALL)):
            keys[where].add(key)
            articles[where].add(article)
    return _blanked(run.summary, {where: (len(keys[where]), len(articles[where])) for where in keys})


def _blanked(rows: Iterable[Row], private: Mapping[tuple[str, str], tuple[int, int]]) -> list[Row]:
    few = {where for where, (items, articles) in private.items() if _is_few(items, articles)}
    # One type could be had from the other and both pooled: with one of them, all of the nation's types.
    nations = {nation for nation, source_type in few if source_type != ALL}
    return [
        {name: value if name in _TOLD else None for name, value in row.items()}
        if (row["nation"], row["source_type"]) in few
        or (row["source_type"] != ALL and row["nation"] in nations)
        else row
        for row in rows
    ]


def _is_few(items: int, articles: int) -> bool:
    return 0 < items < FEWEST_ITEMS or 0 < articles < FEWEST_ARTICLES
