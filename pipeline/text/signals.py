"""What a text shows of values and of positions: the counts both screening and extraction reason from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.text.profile import LanguageProfile

# Words of these groups are common in sport, business and plain politics, so they weigh half.
WEAK_VALUES = frozenset({"stimulation", "hedonism", "achievement", "power", "policy"})
POSITION_MARKERS = ("normative", "support", "oppose", "evaluative")


@dataclass(frozen=True, slots=True)
class Signals:
    """Distinct words by value group and by marker group, in reading order."""

    values: Mapping[str, list[str]]
    markers: Mapping[str, list[str]]

    @property
    def value_weight(self) -> float:
        """Distinct value words, weak groups counting half; a word of two groups counts once, at its best."""
        weights: dict[str, float] = {}
        for group, words in self.values.items():
            for word in words:
                weights[word] = max(weights.get(word, 0.0), 0.5 if group in WEAK_VALUES else 1.0)
        return sum(weights.values())

    @property
    def position_weight(self) -> int:
        """Distinct words of obligation, support, opposition and evaluation."""
        return len({word for group in POSITION_MARKERS for word in self.markers.get(group, ())})

    def names(self, limit: int = 3) -> str:
        """The values found, strongest first: ``universalism: equality, justice; law: rights``."""
        ranked = sorted(self.values.items(), key=lambda item: (item[0] in WEAK_VALUES, -len(item[1])))
        return "; ".join(f"{group}: {', '.join(words[:limit])}" for group, words in ranked[:limit])


def signals(text: str, facts: LanguageProfile) -> Signals:
    """Reads ``text`` once with each lexicon."""
    folded = facts.fold(text)
    return Signals(facts.values.groups_in(folded, text), facts.markers.groups_in(folded, text))
