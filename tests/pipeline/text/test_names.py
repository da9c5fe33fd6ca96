"""Names and numbers of a text, in four languages."""

from __future__ import annotations

import pytest

from pipeline.text.names import holds_name, names
from pipeline.text.numbers import numbers
from pipeline.text.profile import LANGUAGES, profile


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The council must protect the park.", set()),
        ("en", "Taxes must fall, says Ann Smith of the OECD.", {"ann", "smith", "oecd"}),
        ("en", "Germany must act. Parents must too.", {"germany"}),
        ("en", "I think we must act.", set()),
        ("fr", "Il faut que l’Europe protège Marie Durand.", {"europe", "marie", "durand"}),
        ("fr", "Les forêts doivent être protégées.", set()),
        ("de", "Der Staat muss die Pressefreiheit schützen.", set()),
        ("de", "Gestern will Erika Muster, dass Frankreich handelt.", {"frankreich"}),
        ("en", "The United States and the UN must act.", {"us", "un"}),
        ("zh", "我国必须保护环境。", {"中国"}),
        ("zh", "中国必须保护环境。", {"中国"}),
        ("zh", "中國和法國應遵守《巴黎协定》。", {"中国", "法国", "巴黎", "巴黎协定"}),
        ("zh", "必须保护环境。", set()),
    ],
)  # fmt: skip
def test_names_of_a_text(language: str, text: str, expected: set[str]) -> None:
    assert names(text, language) == expected


def test_word_is_a_name_where_its_document_writes_it_as_one() -> None:
    assert names("Smith should resign.", "en", "We met Smith. Smith spoke.") == {"smith"}
    assert names("Parks should open.", "en", "We met in the parks. In Hyde Parks we met.") == set()
    assert names("Muster soll gehen.", "de", "Da kam Ministerin Muster.") == {"muster"}
    assert names("Familien soll es gut gehen.", "de", "Dort geht es Familien gut.") == set()


def test_name_is_found_in_another_form() -> None:
    assert holds_name("Deutschlands Städte", "deutschland", "de")
    assert holds_name("中國的城市", "中国", "zh")
    assert not holds_name("Dänemarks Städte", "deutschland", "de")
    assert not holds_name("Niger", "nigeria", "en")
    assert not holds_name("Those who use it", "us", "en")
    assert not holds_name("印度尼西亚", "印度", "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_known_place_is_a_name(language: str) -> None:
    aliases = {alias: group[0] for group in profile(language).aliases for alias in group}
    for place in profile(language).places:
        assert aliases.get(place, place).casefold() in names(place, language)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "1,500 of 12 schools, 3.5 % and twenty more in 2030", {"1500", "12", "3.5", "20", "2030"}),
        ("de", "1.500 Schulen, 3,5 Prozent, zwölf Länder", {"1500", "3.5", "12"}),
        ("fr", "1\u202f500 écoles, 3,5 % et deux lois", {"1500", "3.5", "2"}),
        ("zh", "百分之三十五，二〇三〇年，１２个，十五个", {"35", "2030", "12", "15"}),
        ("zh", "一带一路，一个中国，一国两制", set()),
        ("zh", "三成，五天，20万元，一万亿元，三分之一", {"30", "5", "200000", "1000000000000", "1/3"}),
        ("en", "fifteen, twenty-five, 3 million, 12 thousand", {"15", "25", "3000000", "12000"}),
        ("de", "fünfundzwanzig, 3 Mrd. Euro", {"25", "3000000000"}),
        ("fr", "soixante et onze, quatre-vingt-dix-sept, vingt et un", {"71", "97", "21"}),
        ("en", "50 cents, 3 billion", {"50", "3000000000"}),
        ("de", "3 Billionen", {"3000000000000"}),
        ("en", "On May 12 300 people met.", {"12", "300"}),
        ("en", "one of them", set()),
    ],
)
def test_numbers_of_a_text(language: str, text: str, expected: set[str]) -> None:
    assert numbers(text, language) == expected
