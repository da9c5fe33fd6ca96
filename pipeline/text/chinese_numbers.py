"""Numbers of a Chinese text, in digits, in signs, or in both: 20万, 二十万, 三成, 百分之五."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DIGIT = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_UNIT = {"十": 10, "百": 100, "千": 1_000}
_SCALE = {"万": 10_000, "亿": 100_000_000}
_D, _U, _S = "".join(_DIGIT), "".join(_UNIT), "".join(_SCALE)
# A single sign before one of these is a number.
_COUNTED = "个天年月日周名位人次岁项条种度倍元亩份家场票届期国小"
_NUMBER = re.compile(
    rf"百分之(?P<percent>[{_D}{_U}]+)|(?P<tenths>[{_D}])成"
    rf"|(?P<part>[{_D}{_U}]+)分之(?P<of>[{_D}{_U}]+)"
    rf"|(?P<digits>\d+(?:[.,]\d+)*)(?P<scale>[{_U}]?[{_S}]*)"
    rf"|(?P<signs>[{_D}十][{_D}{_U}{_S}]+|[{_D}十](?=[{_COUNTED}]))"
)


def chinese_numbers(text: str) -> Iterator[float | str]:
    """Values, percentages as their number; a fraction as text. One alone is none: it is a word as well."""
    for match in _NUMBER.finditer(text):
        if match["percent"]:
            yield value_of(match["percent"])
        elif match["tenths"]:
            yield 10 * value_of(match["tenths"])
        elif match["of"]:
            yield f"{value_of(match['of']):g}/{value_of(match['part']):g}"
        elif match["digits"]:
            yield _scaled(float(_plain(match["digits"])), match["scale"])
        elif match["signs"] not in {"一", "一一"}:
            yield value_of(match["signs"])


def value_of(signs: str) -> float:
    """Value of a numeral; signs without units are digits in a row, as those of a year."""
    if not set(signs) - set(_DIGIT):
        return float("".join(str(_DIGIT[sign]) for sign in signs))
    total = section = 0.0
    digit: int | None = None
    for sign in signs:
        if sign in _DIGIT:
            digit = _DIGIT[sign]
        elif sign in _UNIT:
            section += (1 if digit is None else digit) * _UNIT[sign]
            digit = None
        else:
            total = _scaled(total + section + (digit or 0), sign)
            section, digit = 0.0, None
    return total + section + (digit or 0)


def _scaled(value: float, signs: str) -> float:
    for sign in signs:
        value *= _UNIT.get(sign) or _SCALE[sign]
    return value


def _plain(digits: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        return digits.replace(",", "")
    head, *rest = re.split(r"[.,]", digits)
    return f"{head}.{rest[0]}" if len(rest) == 1 else head + "".join(rest)
