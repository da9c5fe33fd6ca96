"""Cues of opposition per language, read once from the data files beside this module."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "lexicons"
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Word lists of one language. ``poles`` and ``pole_prefixes`` map a word (or its beginning) to the
    ``(pair, +1 or -1)`` entries of the antonym table it stands in."""

    language: str
    negation: frozenset[str]
    negation_prefixes: tuple[str, ...]
    not_negation: tuple[str, ...]
    negation_before: int
    negation_after: int
    stop: frozenset[str]
    no_longer: tuple[str, ...]
    denials: tuple[str, ...]
    universal: frozenset[str]
    partial: frozenset[str]
    poles: Mapping[str, tuple[tuple[int, int], ...]]
    pole_prefixes: Mapping[str, tuple[tuple[int, int], ...]]

    def poles_of(self, word: str) -> tuple[tuple[int, int], ...]:
        """Entries of ``word``: exact first, else those of its longest listed beginning, else none."""
        if word in self.poles:
            return self.poles[word]
        for length in range(len(word), 2, -1):
            if word[:length] in self.pole_prefixes:
                return self.pole_prefixes[word[:length]]
        return ()

    def negates(self, word: str) -> bool:
        """Whether ``word`` is a negation."""
        return word in self.negation or word.startswith(self.negation_prefixes)


@cache
def lexicon(language: str) -> Lexicon | None:
    """The word lists of ``language`` (ISO 639-1), or ``None`` where there are none."""
    if language not in LANGUAGES:
        return None
    data = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    exact: dict[str, list[tuple[int, int]]] = {}
    prefixes: dict[str, list[tuple[int, int]]] = {}
    for number, pair in enumerate(data["antonyms"]):
        for pole, words in zip((1, -1), pair, strict=True):
            for word in words:
                table = prefixes if word.endswith("*") else exact
                table.setdefault(word.removesuffix("*"), []).append((number, pole))
    return Lexicon(
        language=language,
        negation=frozenset(word for word in data["negation"] if not word.endswith("*")),
        negation_prefixes=tuple(word.removesuffix("*") for word in data["negation"] if word.endswith("*")),
        not_negation=tuple(sorted(data["not_negation"], key=len, reverse=True)),
        negation_before=data["negation_before"],
        negation_after=data["negation_after"],
        stop=frozenset(data["stop"]),
        no_longer=tuple(data["no_longer"]),
        denials=tuple(data["denials"]),
        universal=frozenset(data["universal"]),
        partial=frozenset(data["partial"]),
        poles={word: tuple(entries) for word, entries in exact.items()},
        pole_prefixes={word: tuple(entries) for word, entries in prefixes.items()},
    )


@cache
def lexicons_digest() -> str:
    """Eight hex digits that change when any word list does."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.toml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]
