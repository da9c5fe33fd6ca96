"""Guidelines for annotators: one versioned file a kind of project, in every language of the annotators.

A file that has been merged never changes (``digests.lock`` holds it); a better text is the next version.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.locked import read_lock

FOLDER = Path(__file__).parent
LOCK = FOLDER / "digests.lock"
DEFAULT_LANGUAGE = "en"
_FILE_NAME = re.compile(r"(?P<kind>[a-z]+)\.v(?P<version>[1-9]\d*)\.toml")


@dataclass(frozen=True, slots=True)
class Example:
    """A text, the right answer, and why."""

    text: str
    answer: str
    why: str


@dataclass(frozen=True, slots=True)
class Guideline:
    """What an annotator has to know for one kind of project, in one language."""

    kind: str
    version: str
    language: str
    title: str
    purpose: str
    rules: tuple[str, ...]
    examples: tuple[Example, ...]


def current_version(kind: str) -> str:
    """The newest version of a kind's guideline, for example ``v1``. Raises ``LookupError`` without one."""
    numbers = [int(found["version"]) for found in map(_named, files()) if found and found["kind"] == kind]
    if not numbers:
        raise LookupError(f"there is no guideline for {kind!r}")
    return f"v{max(numbers)}"


@cache
def guideline(kind: str, language: str, version: str | None = None) -> Guideline:
    """A guideline in a language (English where it does not exist in it), by default the newest version.

    Raises ``LookupError`` for a kind or version there is none of.
    """
    version = version or current_version(kind)
    path = FOLDER / f"{kind}.{version}.toml"
    if path not in files():
        raise LookupError(f"there is no guideline {path.name}")
    texts = tomllib.loads(path.read_text(encoding="utf-8"))
    language = language if language in texts else DEFAULT_LANGUAGE
    text = texts[language]
    return Guideline(
        kind=kind,
        version=version,
        language=language,
        title=text["title"],
        purpose=text["purpose"],
        rules=tuple(text["rules"]),
        examples=tuple(Example(**example) for example in text["examples"]),
    )


def files() -> list[Path]:
    """All versions of all guidelines."""
    return sorted(FOLDER.glob("*.toml"))


def locked_digests() -> dict[str, str]:
    """File name to digest, as locked."""
    return read_lock(LOCK)


def _named(path: Path) -> re.Match[str] | None:
    return _FILE_NAME.fullmatch(path.name)
