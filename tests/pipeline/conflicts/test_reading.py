"""What the rules see of one statement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.conflicts.lexicon import LANGUAGES
from pipeline.conflicts.reading import STEM, read


def pole(language: str, word: str) -> tuple[int, int]:
    """The entry a word stands in when it stands alone."""
    [found] = read(word, language).poles
    return found


@pytest.mark.parametrize(
    ("language", "text", "content", "negated"),
    [
        ("en", "The council builds bridges.", {"counc", "build", "bridg"}, set()),
        ("en", "The council will not build bridges.", {"counc", "build", "bridg"}, {"build", "bridg"}),
        ("en", "We don't fund tunnels", {"fund", "tunne"}, {"fund", "tunne"}),
        ("en", "We can’t fund tunnels", {"fund", "tunne"}, {"fund", "tunne"}),
        ("en", "We shan't fund tunnels", {"fund", "tunne"}, {"fund", "tunne"}),
        ("en", "We cannot fund tunnels", {"fund", "tunne"}, {"fund", "tunne"}),
        ("en", "The council won't fund tunnels", {"counc", "fund", "tunne"}, {"fund", "tunne"}),
        ("en", "No doubt the council builds", {"counc", "build"}, set()),
        ("de", "Der Rat baut keine Brücken.", {"rat", "baut", "brück"}, {"rat", "baut", "brück"}),
        ("fr", "La ville ne finance pas le tunnel.", {"ville", "finan", "tunne"}, {"finan", "tunne"}),
        ("zh", "学校不停课", set("学校停课"), set("停课")),
        ("zh", "学校不断停课", set("学校停课"), set()),
    ],
)
def test_read_finds_content_and_what_is_negated(
    language: str, text: str, content: set[str], negated: set[str]
):
    found = read(text, language)
    assert (set(found.content), set(found.negated)) == (content, negated)


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "Nobody may never pay.", 2),
        ("en", "Not only towns pay.", 0),
        ("fr", "Non seulement les villes paient.", 0),
        ("de", "Niemand zahlt nie.", 2),
        ("zh", "没有人不知道", 2),
    ],
)
def test_read_counts_negations_but_not_phrases_that_only_look_like_one(language: str, text: str, count: int):
    assert read(text, language).negations == count


@pytest.mark.parametrize(
    ("language", "word", "plain", "denied"),
    [
        ("en", "support", "We support the tunnel", "We do not support the tunnel"),
        ("de", "unterstützen", "Wir unterstützen den Tunnel", "Wir unterstützen den Tunnel nicht"),
        ("fr", "approuvons", "Nous approuvons le tunnel", "Nous n'approuvons pas le tunnel"),
        ("zh", "赞成", "我们赞成隧道", "我们不赞成隧道"),
    ],
)
def test_read_turns_the_pole_of_a_word_near_a_negation(language: str, word: str, plain: str, denied: str):
    number, side = pole(language, word)
    assert (number, side) in read(plain, language).poles
    assert read(plain, language).turned == frozenset()
    turned = read(denied, language)
    assert (number, -side) in turned.poles
    assert (number, side) not in turned.poles


def test_read_says_which_poles_were_turned_and_how_often_each_stands():
    found = read(
        "We support the tunnel and support the bridge with everything; we will never oppose it", "en"
    )
    support = pole("en", "support")
    assert found.turned & {support} == {support}
    assert found.pole_counts[support] == 3


@pytest.mark.parametrize(
    ("text", "numbers", "years"),
    [
        ("Rents rose by 3.5 percent in 2019.", {"3.5"}, {"2019"}),
        ("It cost 12,000 in 1850.", {"12,000", "1850"}, set()),
        ("From 1999 to 2004", set(), {"1999", "2004"}),
        ("Number 12019", {"12019"}, set()),
        ("Rents rose", set(), set()),
    ],
)
def test_read_keeps_numbers_and_years_apart(text: str, numbers: set[str], years: set[str]):
    found = read(text, "en")
    assert (found.numbers, found.years) == (numbers, years)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "We no longer build tunnels.", True),
        ("en", "They used to build tunnels.", True),
        ("en", "They refused to build tunnels.", False),  # "used to" only as words of their own
        ("de", "Wir bauen nicht mehr.", True),
        ("fr", "La ville n'est plus riche.", True),
        ("zh", "我们不再建设隧道", True),
        ("zh", "我们建设隧道", False),
    ],
)
def test_read_notices_no_longer(language: str, text: str, expected: bool):
    assert read(text, language).no_longer is expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "It is not true that towns pay."),
        ("de", "Es ist falsch, dass Städte zahlen."),
        ("fr", "Il n’est pas vrai que les villes paient."),
        ("zh", "“城市付钱”这一说法不成立。"),
    ],
)
def test_read_notices_a_denial_of_the_whole(language: str, text: str):
    assert read(text, language).is_denied


@pytest.mark.parametrize(
    ("language", "text", "universal", "partial"),
    [
        ("en", "All towns pay.", True, False),
        ("de", "Einige Städte zahlen.", False, True),
        ("fr", "Certaines villes paient toujours.", True, True),
        ("zh", "所有城市付钱", True, False),
        ("en", "Towns pay.", False, False),
    ],
)
def test_read_notices_all_and_some(language: str, text: str, universal: bool, partial: bool):
    found = read(text, language)
    assert (found.universal, found.partial) == (universal, partial)


def test_read_takes_the_leaning_of_the_words():
    assert (
        read("This is a shameful mistake.", "en").leaning < 0 < read("This is fair progress.", "en").leaning
    )


def test_read_in_a_language_without_lexicon_is_an_error():
    with pytest.raises(ValueError, match="no lexicon for language 'es'"):
        read("Sí.", "es")


@given(
    st.sampled_from(LANGUAGES),
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(["not", "the", "support", "all", "5", "不", "支持", "nicht", "pas"]), max_size=12
    ).map(" ".join),
)
def test_read_is_consistent_with_itself(language: str, text: str):
    found = read(text, language)
    assert found.negated <= found.content
    assert found.turned <= found.poles == set(found.pole_counts)
    assert not found.numbers & found.years
    assert -1.0 <= found.leaning <= 1.0
    assert found.content <= {token if language == "zh" else token[:STEM] for token in found.order}
