"""The numbers a text names, in digits or in words, each written one way."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from pipeline.text.chinese_numbers import chinese_numbers
from pipeline.text.number_words import SCALES, values

_HARD_SPACE = re.compile("(?<=\\d)[\u00a0\u202f](?=\\d{3}(?!\\d))")
_GROUPED = re.compile(r"\d{1,3}(?:[.,'\u2019 ]\d{3})+")
_DIGITS = r"\d(?:[\d.,'\u2019]*\d)?"
_SPACED_DIGITS = rf"\d{{1,3}}(?: \d{{3}})+(?!\d)|{_DIGITS}"  # 1 500, as French writes it


def numbers(text: str, language: str) -> frozenset[str]:
    """Numbers of a text without separators of thousands, with a point before decimals, times the thousand or
    million behind them. Words count from two to ninety-nine, in Chinese any numeral of two signs and single
    ones before what they count."""
    plain = unicodedata.normalize("NFKC", _HARD_SPACE.sub("", text)).casefold()
    if language == "zh":
        found = {value if isinstance(value, str) else _written(value) for value in chinese_numbers(plain)}
        return frozenset(found)
    return frozenset(
        _written(value * SCALES.get(language, {}).get(match["scale"] or "", 1))
        for match in _pattern(language).finditer(plain)
        if (value := _value(match["number"], language)) is not None
    )


@cache
def _pattern(language: str) -> re.Pattern[str]:
    digits = _SPACED_DIGITS if language == "fr" else _DIGITS
    spelled = "|".join(word.replace("-", "[- ]") for word in sorted(values(language), key=len, reverse=True))
    spelled = rf"|\b(?:{spelled})\b" if spelled else ""
    scales = "|".join(sorted(SCALES.get(language, ()), key=len, reverse=True))
    return re.compile(rf"(?P<number>{digits}{spelled})(?:[ -]?(?P<scale>{scales or '(?!)'})\b)?")


def _value(said: str, language: str) -> float | None:
    """Value of digits or words; ``None`` for what is no single number, such as a date or a version."""
    word = values(language).get(said.replace(" ", "-"))
    if word is not None:
        return float(word)
    plain = re.sub(r"\D", "", said) if _GROUPED.fullmatch(said) else said.replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return None


def _written(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
