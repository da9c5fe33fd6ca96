"""A character n-gram model with interpolated Witten-Bell smoothing: the embedded baseline."""

from __future__ import annotations

import random
from collections.abc import Iterable
from math import log

ORDER = 5
_SENTENCE_ENDS = frozenset(".!?。！？")
_START = "\n"


class NgramModel:
    """Next-character probabilities from counts of up to ``order`` characters.

    P(c|h) = (count(hc) + types(h) * P(c|h')) / (count(h) + types(h)), with h' the context without its first
    character, down to a uniform distribution over the characters seen plus one for all others (Witten and
    Bell 1991; interpolated form of Chen and Goodman 1998).
    """

    def __init__(self, texts: Iterable[str], order: int = ORDER) -> None:
        """Count ``texts``, each as if it stood at the start of a line. ``order`` >= 1."""
        if order < 1:
            raise ValueError(f"order is {order}; it must be at least 1")
        self.order = order
        self.characters = 0
        self._counts: dict[str, dict[str, int]] = {}
        self._totals: dict[str, int] = {}
        for text in texts:
            self._count(text)
        self._vocabulary = sorted(self._counts.get("", {}))

    def _count(self, text: str) -> None:
        padded = _START + text
        self.characters += len(text)
        counts = self._counts
        for position in range(1, len(padded)):
            character = padded[position]
            for length in range(min(self.order, position + 1)):
                context = padded[position - length : position]
                followers = counts.get(context)
                if followers is None:
                    followers = counts[context] = {}
                followers[character] = followers.get(character, 0) + 1
                self._totals[context] = self._totals.get(context, 0) + 1

    def probability(self, character: str, context: str) -> float:
        """P(character | context) in (0, 1); over the characters seen plus one unseen it sums to 1."""
        value = 1.0 / (len(self._vocabulary) + 1)
        context = context[-(self.order - 1) :] if self.order > 1 else ""
        for length in range(len(context) + 1):
            suffix = context[len(context) - length :]
            followers = self._counts.get(suffix)
            if followers is None:
                break
            types = len(followers)
            value = (followers.get(character, 0) + types * value) / (self._totals[suffix] + types)
        return value

    def log_probability(self, text: str, context: str = "") -> float:
        """Mean natural log probability per character of ``text`` (not empty) after ``context``."""
        if not text:
            raise ValueError("text is empty")
        history = _START + context
        total = 0.0
        for character in text:
            total += log(self.probability(character, history))
            history = (history + character)[-self.order :]
        return total / len(text)

    def generate(self, prompt: str, seed: int, max_characters: int = 200) -> str:
        """Sample a continuation of ``prompt``: one sentence at most; the same for the same arguments."""
        # Not for security: the same answer on every machine is the point.
        draw = random.Random(seed)  # noqa: S311
        history = _START + prompt
        written: list[str] = []
        while len(written) < max_characters and self._vocabulary:
            character = self._sample(history, draw)
            if character == _START:
                break
            written.append(character)
            history = (history + character)[-self.order :]
            if character in _SENTENCE_ENDS:
                break
        return "".join(written).strip()

    def _sample(self, history: str, draw: random.Random) -> str:
        for length in range(min(self.order - 1, len(history)), -1, -1):
            context = history[len(history) - length :]
            followers = self._counts.get(context)
            if followers is None:
                continue
            total = self._totals[context]
            # Witten-Bell as a choice: stay with this context's counts, or back off with weight types(h).
            point = draw.random() * (total + len(followers))
            if point >= total:
                continue
            for character, count in followers.items():
                point -= count
                if point < 0:
                    return character
        return draw.choice(self._vocabulary)
