"""The numbers a text names, in digits or in words, each written one way."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = re.compile(r"\d{1,3}(?: \d{3})+(?!\d)|\d(?:[\d.,'\u2019]*\d)?")
_GROUPED = re.compile(r"\d{1,3}(?:[.,'\u2019 ]\d{3})+")
_WORD = re.compile(r"[^\W\d_]+")
# Not "one", which is also an article and a pronoun, nor the French word for nine, which also means new.
_WORDS = {
    "en": "two three four five six seven eight nine ten eleven twelve",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "fr": "deux trois quatre cinq six sept huit - dix onze douze",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety hundred",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert",
    "fr": "vingt trente quarante cinquante soixante - - - cent",
}
_CHINESE = re.compile(r"[一二三四五六七八九两][〇零一二三四五六七八九十百千]+|十[一二三四五六七八九]")
_CHINESE_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1_000}


def numbers(text: str, language: str) -> frozenset[str]:
    """Numbers of a text without separators of thousands, with a point before decimals. Words count from two
    to twelve and whole tens, in Chinese any of two signs or more."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    found = {_plain(match.group()) for match in _DIGITS.finditer(plain)}
    if language == "zh":
        found |= {_chinese(match.group()) for match in _CHINESE.finditer(plain)}
    words = _named(language)
    return frozenset(found | {words[word] for word in _WORD.findall(plain) if word in words})


def _plain(digits: str) -> str:
    if _GROUPED.fullmatch(digits):
        return re.sub(r"\D", "", digits)
    return re.sub(r"[^\d.]", "", digits.replace(",", "."))


def _named(language: str) -> dict[str, str]:
    small, tens = (table.get(language, "").casefold().split() for table in (_WORDS, _TENS))
    named = {word: str(value) for value, word in enumerate(small, 2)}
    return named | {word: str(10 * value) for value, word in enumerate(tens, 2)}


def _chinese(signs: str) -> str:
    """Value of a Chinese numeral below ten thousand; signs without units are read as digits in a row."""
    if not _CHINESE_UNITS.keys() & set(signs):
        return "".join(str(_CHINESE_DIGITS[sign]) for sign in signs)
    total, digit = 0, 1 if signs[0] == "十" else 0
    for sign in signs:
        if sign in _CHINESE_UNITS:
            total += (digit or 1) * _CHINESE_UNITS[sign]
            digit = 0
        else:
            digit = _CHINESE_DIGITS[sign]
    return str(total + digit)
