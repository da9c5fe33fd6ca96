"""Whether a release's statements can be told from their reversals without the question."""

from __future__ import annotations

from evaluation.models import Release
from evaluation.publishing.formats.card_counts import guesses
from evaluation.services.releases.stored import StoredContent
from pipeline.triples.choice_only import ChoiceOnly


def choice_only_by_language(release: Release) -> dict[str, ChoiceOnly]:
    """How well a guess from the two statements alone does, per language, as the card of the release says."""
    return guesses(StoredContent(release))
