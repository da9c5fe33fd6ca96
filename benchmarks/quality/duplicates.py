"""Planted copies of raw documents: exact, syndicated and lightly edited ones, found among all the others."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import partial
from time import perf_counter

import numpy as np

from benchmarks.quality.data import Data, by_language
from benchmarks.quality.measures import NothingToMeasureError, Part, Row, f1, interval
from pipeline.dedupe.bands import THRESHOLD, band_keys
from pipeline.dedupe.shingles import jaccard, shingles, text_digest
from pipeline.flow import Engines

STAGE = "duplicates"
MOST = 1_500  # documents a language; a third of them gets a copy
_LEADS = {
    "en": "(Agency report) ", "fr": "(Dépêche d'agence) ", "de": "(Agenturmeldung) ", "zh": "（通讯社消息）",
}  # fmt: skip
_TAILS = {
    "en": "\n\nThis report was distributed to subscribers. All rights reserved.",
    "fr": "\n\nCette dépêche a été diffusée aux abonnés. Tous droits réservés.",
    "de": "\n\nDiese Meldung wurde an Abonnenten verteilt. Alle Rechte vorbehalten.",
    "zh": "\n\n本稿件已向用户播发，版权所有。",
}


def measure(data: Data, engines: Engines, language: str | None) -> Iterator[Part]:
    """F1 of linked pairs per kind of copy and language; the same for both engines."""
    for code, rows in by_language(data.raw, language):
        texts = list(dict.fromkeys(row["text"] for row in rows if len(row["text"]) >= 300))[:MOST]
        for number, kind in enumerate(("exact", "syndicated", "edited")):
            yield f"{kind} {code}", partial(_found, texts, code, kind, number)


def _found(texts: list[str], language: str, kind: str, seed: int) -> Iterator[Row]:
    if len(texts) < 3:
        raise NothingToMeasureError(f"{len(texts)} documents of 300 characters; a third of them gets a copy")
    rng = random.Random(seed)
    planted = {
        len(texts) + at: source for at, source in enumerate(rng.sample(range(len(texts)), len(texts) // 3))
    }
    everything = [*texts, *(_copy(texts[source], kind, language, rng) for source in planted.values())]
    start = perf_counter()
    linked = _links(everything, language)
    seconds = perf_counter() - start
    alike = _links(texts, language)  # copies the corpus holds by itself are nobody's error
    wanted = {(source, copy) for copy, source in planted.items()}
    # A copy is also a copy of the texts its source repeats.
    family = {
        pair
        for pair in linked
        if _root(pair, planted) in alike or _root(pair, planted)[0] == _root(pair, planted)[1]
    }
    pairs = sorted(wanted | (linked - alike))
    hit = np.array([pair in wanted and pair in linked for pair in pairs])
    made = np.array([pair in linked for pair in pairs])
    right = np.array([pair in family for pair in pairs])
    asked = np.array([pair in wanted for pair in pairs])

    def score(at: np.ndarray) -> float:
        return f1(made[at].sum(), right[at].sum(), asked[at].sum(), hit[at].sum())

    value, low, high = interval(score, len(pairs))
    same = {text_digest(text) for text in texts}
    exact = float(np.mean([text_digest(everything[copy]) in same for copy in planted]))
    yield Row(
        STAGE, f"planted {kind}", language, "pair F1", len(planted), value, low, high,
        {"equal text": f1(1, 1, 1, exact) if kind != "exact" else 0.0}, seconds=seconds,
        note=f"precision {right.sum() / max(1, made.sum()):.3f}, "
        f"recall {hit.sum() / max(1, asked.sum()):.3f}",
    )  # fmt: skip


def _root(pair: tuple[int, int], planted: dict[int, int]) -> tuple[int, int]:
    one, other = (planted.get(at, at) for at in pair)
    return min(one, other), max(one, other)


def _links(texts: list[str], language: str) -> set[tuple[int, int]]:
    """Pairs the stage would link: equal digests, or a shared band and enough shingles in common."""
    linked: set[tuple[int, int]] = set()
    digests: dict[str, list[int]] = {}
    for at, text in enumerate(texts):
        digests.setdefault(text_digest(text), []).append(at)
    for group in digests.values():
        linked |= {(one, other) for i, one in enumerate(group) for other in group[i + 1 :]}
    sets = [shingles(text, language) for text in texts]
    bands: dict[int, list[int]] = {}
    for at, keys in enumerate(band_keys(sets, [language] * len(texts))):
        for key in keys:
            bands.setdefault(key, []).append(at)
    for group in bands.values():
        for i, one in enumerate(group):
            for other in group[i + 1 :]:
                if (one, other) not in linked and jaccard(sets[one], sets[other]) >= THRESHOLD:
                    linked.add((one, other))
    return linked


def _copy(text: str, kind: str, language: str, rng: random.Random) -> str:
    if kind == "exact":
        return "  " + text.replace("\n", "\n\n") + "\n"
    if kind == "syndicated":
        return _LEADS.get(language, "") + text + _TAILS.get(language, "")
    # One word in fifty gives way to another of the text; in Chinese one character in seventy-five.
    parts = re.split(r"(\s+)", text) if language != "zh" else list(text)
    words = [at for at, part in enumerate(parts) if part.strip()]
    for at in rng.sample(words, max(1, len(words) // (50 if language != "zh" else 75))):
        parts[at] = parts[rng.choice(words)]
    return "".join(parts)
