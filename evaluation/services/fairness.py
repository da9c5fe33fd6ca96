"""Whether a release's statements can be told from their reversals without the question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from pipeline.triples.choice_only import ChoiceOnly, choice_only


class Choice(Protocol):
    """What is read of an item."""

    language: str
    statement: str
    reversed_statement: str
    article_key: str


def choice_only_by_language(items: Iterable[Choice]) -> dict[str, ChoiceOnly]:
    """How well a guess from the two statements alone does, per language."""
    found: dict[str, list[Choice]] = {}
    for item in items:
        found.setdefault(item.language, []).append(item)
    return {
        language: choice_only(
            [(item.statement, item.reversed_statement) for item in ours],
            groups=[item.article_key for item in ours],
        )
        for language, ours in sorted(found.items())
    }
