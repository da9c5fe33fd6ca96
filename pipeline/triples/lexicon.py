"""Word lists and patterns of one language, read once from the data files beside this module."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "lexicons"
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))

Pairs = tuple[tuple[tuple[str, ...], str], ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Lists by name. ``words`` are sets, ``ordered`` keeps order, ``pairs`` maps words to words."""

    language: str
    words: Mapping[str, frozenset[str]]
    ordered: Mapping[str, tuple[str, ...]]
    pairs: Mapping[str, Pairs]
    texts: Mapping[str, str]
    maps: Mapping[str, Mapping[str, str]]

    def swaps(self, name: str) -> dict[str, str]:
        """The pairs of one list in both directions; of several partners the first one counts."""
        both: dict[str, str] = {}
        for left, right in self.pairs[name]:
            both.setdefault(" ".join(left), right)
            both.setdefault(right, " ".join(left))
        return both


@cache
def lexicon(language: str) -> Lexicon | None:
    """The lists of ``language`` (ISO 639-1), or ``None`` where there are none."""
    if language not in LANGUAGES:
        return None
    data: dict[str, Any] = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    lists = {name: value for name, value in data.items() if isinstance(value, list)}
    flat = {name: value for name, value in lists.items() if all(isinstance(entry, str) for entry in value)}
    return Lexicon(
        language=language,
        words={name: frozenset(value) for name, value in flat.items()},
        ordered={name: tuple(value) for name, value in flat.items()},
        pairs={
            name: tuple((tuple(left.split()), right) for left, right in value)
            for name, value in lists.items()
            if name not in flat
        },
        texts={name: value for name, value in data.items() if isinstance(value, str)},
        maps={name: value for name, value in data.items() if isinstance(value, dict)},
    )


@cache
def lexicons_digest() -> str:
    """Eight hex digits that change when any list does."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.toml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]


def required(language: str) -> Lexicon:
    """Like :func:`lexicon`, for a language that must have one."""
    found = lexicon(language)
    if found is None:
        raise ValueError(f"no lexicon for language {language!r}; there are {', '.join(LANGUAGES)}")
    return found
