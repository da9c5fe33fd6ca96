"""Names for topics: what a labeller is, and the embedded one that puts keywords side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.embedding.words import stem

LABEL_WORDS = 5
MAX_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class LabelResult:
    """A label, and what a model was asked and said; ``error`` says why there is no label."""

    label: str
    raw: str = ""
    prompt_digest: str = ""
    error: str = ""


class TopicLabeller(Protocol):
    """Names a topic. ``version`` changes whenever its labels could."""

    @property
    def version(self) -> str:
        """Revision, prompt digest and model, as far as it has them."""
        ...

    def label(self, keywords: Sequence[str], exemplar_texts: Sequence[str], language: str) -> LabelResult:
        """A label of at most five words; never raises for an unusable reply."""
        ...


class KeywordLabeller:
    """Joins the first keywords that repeat no word of one another, up to so many words."""

    def __init__(self, words: int = LABEL_WORDS) -> None:
        self.words = words

    @property
    def version(self) -> str:
        """``keywords-<revision>-<words>``."""
        return f"keywords-1-{self.words}"

    def label(self, keywords: Sequence[str], exemplar_texts: Sequence[str], language: str) -> LabelResult:
        """Keywords joined by commas, in Chinese by 、. An error for no keywords."""
        chosen: list[str] = []
        used: list[str] = []
        for keyword in keywords:
            stems = [stem(word, language) for word in keyword.split()]
            if len(used) + len(stems) > self.words or any(
                _same(one, other, language) for one in stems for other in used
            ):
                continue
            chosen.append(keyword)
            used.extend(stems)
        if not chosen:
            return LabelResult("", error="no keywords to make a label of")
        return LabelResult(("、" if language == "zh" else ", ").join(chosen)[:MAX_CHARACTERS])


def _same(one: str, other: str, language: str) -> bool:
    """Whether two stems repeat each other: one inside the other for Chinese, one beginning the other else."""
    if language == "zh":
        return one in other or other in one
    return one.startswith(other) or other.startswith(one)


def word_count(label: str, language: str) -> int:
    """Words of a label: parts between white space, in Chinese between marks too."""
    separated = label.replace("、", " ").replace("，", " ") if language == "zh" else label
    return len(separated.split())
