"""Number words of three languages from two to ninety-nine, and the words that multiply them."""

from __future__ import annotations

from functools import cache

# Not "one", which is also an article and a pronoun.
_SMALL = {
    "en": "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
    "dix-huit dix-neuf",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante",
}
SCALES: dict[str, dict[str, int]] = {
    "en": {
        "hundred": 100, "thousand": 10**3, "million": 10**6, "millions": 10**6, "m": 10**6, "mn": 10**6,
        "billion": 10**9, "billions": 10**9, "bn": 10**9, "trillion": 10**12, "trillions": 10**12,
    },
    "de": {
        "hundert": 100, "tausend": 10**3, "million": 10**6, "millionen": 10**6, "mio": 10**6,
        "milliarde": 10**9, "milliarden": 10**9, "mrd": 10**9, "billion": 10**12, "billionen": 10**12,
    },
    "fr": {
        "cent": 100, "cents": 100, "mille": 10**3, "million": 10**6, "millions": 10**6,
        "milliard": 10**9, "milliards": 10**9, "billion": 10**12, "billions": 10**12,
    },
}  # fmt: skip


@cache
def values(language: str) -> dict[str, int]:
    """Word to value, lower case, compounds with hyphens; empty for a language without a table."""
    if language not in _SMALL:
        return {}
    small = {word: value for value, word in enumerate(_SMALL[language].split(), 2)}
    tens = {word: 10 * value for value, word in enumerate(_TENS[language].split(), 2)}
    below_ten = {word: value for word, value in small.items() if value < 10}
    if language == "de":
        units = {"ein": 1, **below_ten}
        return small | tens | {f"{u}und{t}": v + w for t, v in tens.items() for u, w in units.items()}
    if language == "en":
        units = {"one": 1, **below_ten}
        return small | tens | {f"{t}-{u}": v + w for t, v in tens.items() for u, w in units.items()}
    return small | _french(small, tens)


def _french(small: dict[str, int], tens: dict[str, int]) -> dict[str, int]:
    """Tens and what follows them: sixty and eighty count on to nineteen."""
    found = tens | {"quatre-vingts": 80, "quatre-vingt-un": 81, "soixante-et-onze": 71}
    found |= {f"{word}-et-un": value + 1 for word, value in tens.items()}
    for word, value in {**tens, "quatre-vingt": 80}.items():
        most = 20 if value in (60, 80) else 10
        found |= {f"{word}-{unit}": value + number for unit, number in small.items() if number < most}
    return found | {"quatre-vingt-onze": 91}
