"""Whether a release's statements can be told from their reversals without the question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from evaluation.services.gold import GoldItem
from pipeline.triples.choice_only import ChoiceOnly, choice_only, fair_subset


class Choice(Protocol):
    """What is read of an item, gold or released."""

    language: str
    statement: str
    reversed_statement: str
    article_key: str


Item = TypeVar("Item", bound=Choice)


def choice_only_by_language(items: Iterable[Choice]) -> dict[str, ChoiceOnly]:
    """How well a guess from the two statements alone does, per language."""
    return {
        language: choice_only(_pairs(ours), groups=[item.article_key for item in ours])
        for language, ours in _by_language(items).items()
    }


def balanced(items: Sequence[GoldItem]) -> list[GoldItem]:
    """Items without those that give their statement away most, language by language, in the same order."""
    kept: set[str] = set()
    for ours in _by_language(items).values():
        rows, _ = fair_subset(_pairs(ours), groups=[item.article_key for item in ours])
        kept.update(ours[row].key for row in rows)
    return [item for item in items if item.key in kept]


def _pairs(items: Sequence[Choice]) -> list[tuple[str, str]]:
    return [(item.statement, item.reversed_statement) for item in items]


def _by_language(items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.language, []).append(item)
    return dict(sorted(found.items()))
