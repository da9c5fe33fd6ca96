"""The embedded n-gram baselines: what they are, and training them on the documents of the database."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from hashlib import blake2b

from annotation.models import Document
from evaluation.models import Backend, CandidateModel, Release
from evaluation.scoring.ngram import ORDER, NgramModel

NAME = "ngram-baseline"
ORDERS = {NAME: ORDER, "bigram-baseline": 2}
TRAINING_CHARACTERS = 1_000_000  # per language: a few seconds and about 150 MB on one core


def description_of(name: str) -> str:
    """What the baseline ``name`` is, for those who read its score."""
    return (
        f"A character n-gram model (order {ORDERS[name]}, interpolated Witten-Bell smoothing) per language, "
        "trained on the documents of this installation without their duplicates and without the words the "
        f"release's items rest on, at most {TRAINING_CHARACTERS:,} characters a language. It is not a "
        "language model in today's sense: it counts which character follows which. Its score says which of "
        "two texts is written more like the articles around, nothing about values. It is a first thing to "
        "compare with."
    )


@dataclass(frozen=True, slots=True)
class Baseline:
    """Trained models by language, a digest of their training texts, and counts to show."""

    models: dict[str, NgramModel]
    digest: str
    parameters: dict[str, object]


class NoTrainingTextError(ValueError):
    """A language of the release has no document to train on."""


def baseline_candidate(name: str = NAME) -> CandidateModel:
    """The candidate's row, made when it is not there."""
    return CandidateModel.objects.get_or_create(
        name=name, defaults={"backend": Backend.NGRAM, "description": description_of(name)}
    )[0]


def train_baseline(release: Release, characters: int = TRAINING_CHARACTERS, *, name: str = NAME) -> Baseline:
    """Train the baseline ``name``, a model per language of ``release``, each on at most ``characters``.

    The same documents and release give the same models and digest. Raises :class:`NoTrainingTextError` when a
    language has no text left.
    """
    digest = blake2b(f"order {ORDERS[name]}, {characters} characters".encode(), digest_size=32)
    models: dict[str, NgramModel] = {}
    documents: dict[str, int] = {}
    spans = _released_spans(release)
    for language in sorted(set(release.items.order_by().values_list("language", flat=True))):
        texts: list[str] = []
        left = characters
        # Ordered by digest: an arbitrary mixture of outlets and years, and the same on every machine.
        rows = Document.objects.originals().filter(language=language).order_by("text_digest", "nation")
        for pk, text in rows.values_list("pk", "text").iterator(chunk_size=200):
            if left <= 0:
                break
            kept = _without(text, spans.get(pk, []))[:left]
            if kept.strip():
                digest.update(f"\0{language}\0{kept}".encode())
                texts.append(kept)
                left -= len(kept)
        if not texts:
            raise NoTrainingTextError(f"there is no text in language {language} to train {name} on")
        models[language] = NgramModel(texts, ORDERS[name])
        documents[language] = len(texts)
    read = {language: model.characters for language, model in models.items()}
    return Baseline(models, digest.hexdigest(), {"documents": documents, "characters": read})


def _released_spans(release: Release) -> dict[int, list[tuple[int, int]]]:
    """Document id to the spans its released items rest on: having read S, not RS, would give S away."""
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    statements = "triple__statement__"
    rows = release.items.order_by().values_list(
        f"{statements}document_id", f"{statements}span_start", f"{statements}span_end"
    )
    for document, start, end in rows:
        spans[document].append((start, end))
    return spans


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    pieces, position = [], 0
    for start, end in sorted(spans):
        pieces.append(text[position : max(start, position)])
        position = max(end, position)
    return "".join((*pieces, text[position:]))
