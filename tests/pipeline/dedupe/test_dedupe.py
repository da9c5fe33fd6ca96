"""Copies: exact by digest, near by bands and Jaccard."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedupe.bands import BANDS, THRESHOLD, band_keys
from pipeline.dedupe.shingles import jaccard, shingles, text_digest


def planted(random: Random, count: int, language: str) -> list[str]:
    alphabet = [chr(0x4E00 + n) for n in range(900)] if language == "zh" else [f"word{n}" for n in range(900)]
    joint = "" if language == "zh" else " "
    return [joint.join(random.choices(alphabet, k=300)) for _ in range(count)]


def lightly_edited(text: str, language: str) -> str:
    parts = list(text) if language == "zh" else text.split()
    parts[10:12] = ["一" if language == "zh" else "changed"]
    parts.insert(150, "二" if language == "zh" else "added")
    return ("" if language == "zh" else " ").join(parts)


def test_text_digest_ignores_form_only() -> None:
    assert text_digest("Ｔhe  State\nmust ACT.") == text_digest("the state must act.")
    assert text_digest("the state must act") != text_digest("the state must act.")


def test_shingles_of_short_texts_are_none() -> None:
    assert shingles("Only a few words here.", "en") == frozenset()
    assert shingles("只有几个字。", "zh") == frozenset()


def test_shingles_count_words_or_characters() -> None:
    assert len(shingles(" ".join(f"w{n}" for n in range(30)), "en")) == 28
    assert len(shingles("".join(chr(0x4E00 + n) for n in range(50)), "zh")) == 46


@given(st.frozensets(st.text(max_size=3)), st.frozensets(st.text(max_size=3)))
def test_jaccard_is_a_symmetric_share(first: frozenset[str], second: frozenset[str]) -> None:
    assert jaccard(first, second) == jaccard(second, first)
    assert 0.0 <= jaccard(first, second) <= 1.0
    assert jaccard(first, first) == (1.0 if first else 0.0)


def test_planted_near_copies_meet_and_others_do_not() -> None:
    random = Random(3)
    for language in ("en", "zh"):
        texts = planted(random, 100, language)
        sets = [
            shingles(text, language) for text in texts + [lightly_edited(text, language) for text in texts]
        ]
        keys = band_keys(sets, [f"XX/{language}"] * len(sets))
        pairs = {
            (a, b) for a in range(200) for b in range(a + 1, 200) if set(keys[a]) & set(keys[b])
            and jaccard(sets[a], sets[b]) >= THRESHOLD
        }  # fmt: skip
        assert pairs == {(number, number + 100) for number in range(100)}


def test_band_keys_fit_a_column_and_keep_nations_apart() -> None:
    found = shingles(" ".join(f"w{n}" for n in range(30)), "en")
    first, second, none = band_keys([found, found, frozenset()], ["GB/en", "US/en", "GB/en"])
    assert (len(first), none) == (BANDS, ())
    assert set(first).isdisjoint(second)
    assert all(0 <= key < 2**63 for key in first)
    assert band_keys([found], ["GB/en"]) == [first]
