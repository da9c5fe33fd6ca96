"""Finds a quoted passage in the text it is said to come from, and gives its true offsets."""

from __future__ import annotations

import re
import unicodedata

_FOLD = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‑": "-"}
)
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
SHORTEST = 10  # letters and digits a passage must have; an ideograph counts for three


def find_passage(quote: str, text: str) -> tuple[int, int] | None:
    """Half-open range of ``text`` that holds ``quote``: verbatim, else but for white space and the shape of
    quotation marks and dashes. ``None`` when it is not there or too short to be evidence."""
    quote = unicodedata.normalize("NFC", quote).strip()
    if _weight(quote) < SHORTEST:
        return None
    at = text.find(quote)
    if at >= 0:
        return at, at + len(quote)
    squeezed, places = _squeeze(text)
    wanted, _ = _squeeze(quote)
    at = squeezed.find(wanted)
    return (places[at], places[at + len(wanted) - 1] + 1) if at >= 0 else None


def _squeeze(text: str) -> tuple[str, list[int]]:
    """The text without white space, marks folded one to one, and the place each character had."""
    places = [place for place, character in enumerate(text) if not character.isspace()]
    return "".join(text[place] for place in places).translate(_FOLD), places


def _weight(text: str) -> int:
    return sum(character.isalnum() for character in text) + 2 * len(_WIDE.findall(text))
