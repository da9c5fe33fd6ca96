"""Tells simplified from traditional Chinese and folds the one into the other, character by character."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "profiles" / "zh" / "script.toml"


class Script(StrEnum):
    """The script of a Chinese text; ISO 15924 codes."""

    SIMPLIFIED = "Hans"
    TRADITIONAL = "Hant"
    UNKNOWN = ""


@cache
def _tables() -> tuple[frozenset[str], frozenset[str], dict[int, str]]:
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    pairs, shared = data["pairs"].split(), data["shared"].split()
    broken = [pair for pair in pairs + shared if len(pair) != 2]
    if broken:
        raise ValueError(f"{DATA}: not a pair of characters: {broken}")
    simplified = frozenset(pair[0] for pair in pairs)
    traditional = frozenset(pair[1] for pair in pairs + shared)
    return (
        simplified,
        traditional,
        {ord(pair[1]): pair[0] for pair in pairs + shared},
    )


def to_simplified(text: str) -> str:
    """``text`` with known traditional characters replaced; same length in code points."""
    return text.translate(_tables()[2])


def traditional_spellings(word: str) -> set[str]:
    """How one word may stand in traditional texts; meant for word lists, too coarse for running text."""
    simplified_only, _, to_simple = _tables()
    certain: dict[int, str] = {}
    possible: dict[int, str] = {}
    for traditional, simple in to_simple.items():
        possible[ord(simple)] = chr(traditional)
        if simple in simplified_only:
            certain[ord(simple)] = chr(traditional)
    return {word.translate(certain), word.translate(possible)}


def chinese_script(text: str) -> Script:
    """The script whose own characters outnumber the other's; UNKNOWN when there is no evidence or a tie."""
    simplified_only, traditional_only, _ = _tables()
    simplified = sum(char in simplified_only for char in text)
    traditional = sum(char in traditional_only for char in text)
    if simplified == traditional:
        return Script.UNKNOWN
    return Script.SIMPLIFIED if simplified > traditional else Script.TRADITIONAL
