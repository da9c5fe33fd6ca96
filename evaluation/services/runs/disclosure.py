"""What may be told of private items: figures of few of them, or of few articles, tell of single ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import cached_property
from typing import Any

from evaluation.models import EvalRun, Release
from evaluation.publishing.rows import RELEASED_TYPES, Part
from evaluation.scoring.metrics import ALL
from evaluation.services.releases.access import sees_private

FEWEST_ITEMS, FEWEST_ARTICLES = 10, 5
_TOLD = ("nation", "source_type", "items", "articles", "failed")
Row = dict[str, Any]
Place = tuple[str, str]  # nation and type, or all
_NOTHING: frozenset[Place] = frozenset()


class Told:
    """What a person may be told of figures that private items are part of; ``None`` is nobody in particular.
    Who may see private items is told all."""

    def __init__(self, person: Any) -> None:
        """Asks for the person and each release once, where private items are at stake."""
        self._person = person
        self._hidden: dict[int, frozenset[Place]] = {}

    @cached_property
    def sees_private(self) -> bool:
        """Whether private items are this person's to see."""
        return sees_private(self._person)

    def hidden(self, release: Release, *, is_holdout: bool) -> frozenset[Place]:
        """Nations and types whose figures this person is not told where private items were asked: those that
        hold few of them. The public ones' figures are known, and taking them away would leave the others'."""
        if not is_holdout or self.sees_private:
            return _NOTHING
        if release.pk not in self._hidden:
            self._hidden[release.pk] = _hidden(_private(release))
        return self._hidden[release.pk]

    def of_run(self, run: EvalRun) -> frozenset[Place]:
        """As :meth:`hidden`, of the items of a run."""
        return self.hidden(run.release, is_holdout=run.is_holdout)

    def summary(self, run: EvalRun) -> list[Row]:
        """A run's summary, figures ``None`` where they are not told."""
        return _blanked(run.summary, self.of_run(run))

    def control(self, run: EvalRun) -> dict[str, Any]:
        """A run's control, its rows as those of the summary."""
        if not run.control:
            return {}
        return {**run.control, "summary": _blanked(run.control.get("summary", []), self.of_run(run))}


def told_holdout(rows: Iterable[Row]) -> list[Row]:
    """Rows per nation and type of private items alone: below 10 items or 5 articles figures are ``None``."""
    kept = list(rows)
    counts = {(row["nation"], row["source_type"]): (row["items"], row["articles"]) for row in kept}
    return _blanked(kept, _hidden(counts))


def _private(release: Release) -> dict[Place, tuple[int, int]]:
    """Numbers of private items and of their articles."""
    keys: dict[Place, set[str]] = defaultdict(set)
    articles: dict[Place, set[str]] = defaultdict(set)
    private = release.items.filter(part=Part.HOLDOUT)
    for nation, source_type, key, article in private.values_list(
        "nation_id", "source_type", "key", "article_key"
    ):
        for where in ((nation, source_type), (nation, ALL)):
            keys[where].add(key)
            articles[where].add(article)
    return {where: (len(keys[where]), len(articles[where])) for where in keys}


def _hidden(private: Mapping[Place, tuple[int, int]]) -> frozenset[Place]:
    few = {where for where, (items, articles) in private.items() if _is_few(items, articles)}
    # One type could be had from the other and both pooled: with one of them, all of the nation's types.
    nations = {nation for nation, source_type in few if source_type != ALL}
    return frozenset(few | {(nation, kind) for nation in nations for kind in RELEASED_TYPES})


def _blanked(rows: Iterable[Row], hidden: Set[Place]) -> list[Row]:
    return [
        {name: value if name in _TOLD else None for name, value in row.items()}
        if (row["nation"], row["source_type"]) in hidden
        else row
        for row in rows
    ]


def _is_few(items: int, articles: int) -> bool:
    return 0 < items < FEWEST_ITEMS or 0 < articles < FEWEST_ARTICLES
