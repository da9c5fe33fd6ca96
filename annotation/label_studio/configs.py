"""Labelling screens: one XML template per kind of project, its words in the annotators' language."""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from pipeline.records import ConflictOutcome, Sensitivity, SourceType, TripleValidity

_FOLDER = Path(__file__).parent / "configs"
_SLOT = re.compile(r"\[\[([a-z_.]+)\]\]")
DEFAULT_LANGUAGE = "en"


class Screen(StrEnum):
    """The labelling screens, named like the kinds of project."""

    SCREENING = "screening"
    STATEMENT = "statement"
    CONFLICT = "conflict"
    TRIPLE = "triple"


LABELS: dict[Screen, tuple[str, ...]] = {
    Screen.SCREENING: tuple(Sensitivity),
    Screen.STATEMENT: (*SourceType, "not_a_statement"),
    Screen.CONFLICT: tuple(ConflictOutcome),
    Screen.TRIPLE: tuple(TripleValidity),
}

CANNOT_JUDGE = "cannot_judge"  # a choice on every screen; no label of any decision
# Why something cannot be judged.
REASONS = ("context_missing", "unclear", "not_my_field", "too_close", "other")

# Text areas whose content is part of the answer; "note" is on every screen and is not.
ANSWER_FIELDS: dict[Screen, tuple[str, ...]] = {
    Screen.SCREENING: (),
    Screen.STATEMENT: ("speaker",),
    Screen.CONFLICT: (),
    Screen.TRIPLE: ("question", "statement", "reversed_statement"),
}


def languages() -> list[str]:
    """Languages the screens exist in."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


@cache
def words(language: str) -> dict[str, str]:
    """Words of a language by ``section.name``; English where the language has no file."""
    path = _FOLDER / f"{language if language in languages() else DEFAULT_LANGUAGE}.toml"
    sections = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        f"{section}.{name}": word for section, entries in sections.items() for name, word in entries.items()
    }


@cache
def labelling_config(screen: Screen, language: str) -> str:
    """The XML of a screen in a language. Raises ``KeyError`` when a word of the template is missing."""
    template = (_FOLDER / f"{screen}.xml").read_text(encoding="utf-8")
    found = {**words(language), "style": (_FOLDER / "style.css").read_text(encoding="utf-8")}
    return _SLOT.sub(lambda slot: escape(found[slot[1]], {'"': "&quot;"}), template)
