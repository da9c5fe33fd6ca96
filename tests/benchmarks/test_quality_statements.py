"""What the bench plants in statements to see whether it is found."""

from __future__ import annotations

from benchmarks.quality.statements import _other_number, _other_place, _turned


def test_planted_number_is_another_of_as_many_digits() -> None:
    assert _other_number("At least 19 parks and 3 lakes.", "en") == "At least 39 parks and 3 lakes."
    assert _other_number("No figure.", "en") == ""


def test_planted_place_is_another_that_the_text_does_not_have() -> None:
    changed = _other_place("France must help France and Francesca.", "en")

    assert "France " not in changed
    assert changed.endswith("and Francesca.")
    assert _other_place("No place.", "en") == ""
    assert "中国" not in _other_place("中国必须行动。", "zh")


def test_planted_turn_is_the_reversal_of_the_rules() -> None:
    assert _turned("The state must protect the park.", "en") == "The state need not protect the park."
