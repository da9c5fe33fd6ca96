"""Whether a release's statements can be told from their reversals without the question."""

from __future__ import annotations

from evaluation.models import Release
from pipeline.triples.choice_only import ChoiceOnly, choice_only

MOST = 1000  # items of a language: learning from more takes long and tells the same


def choice_only_by_language(release: Release) -> dict[str, ChoiceOnly]:
    """How well a guess from the two statements alone does, per language, on at most ``MOST`` items. Keys are
    digests, so the first by key are drawn at random."""
    found = {}
    evaluated = release.items.evaluated()
    for language in sorted(set(evaluated.order_by().values_list("language", flat=True))):
        ours = list(
            evaluated.filter(language=language)
            .order_by("key")
            .values_list("statement", "reversed_statement", "article_key")[:MOST]
        )
        found[language] = choice_only([pair for *pair, _ in ours], groups=[article for *_, article in ours])
    return found
