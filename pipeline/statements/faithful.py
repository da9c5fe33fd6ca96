"""Holds statements against their evidence: no number, no name, no turn that the evidence does not have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from pipeline.records import DocumentRecord, ExtractedStatement
from pipeline.stage import Result, Scope, Stage
from pipeline.text.names import has_unknown_capitals, holds_name, names
from pipeline.text.numbers import numbers
from pipeline.text.profile import LANGUAGES, profile, profiles_digest

REVISION = 2
DOUBTED = 0.3  # confidence of a statement that may not say what its evidence says, at most
_BEFORE = 500  # characters before the evidence in which what it points to is looked up
_WORDS = re.compile(r"\w+")
# Whether a statement (first) says the opposite of a passage, in a language; None where that is in doubt.
TurnsRound = Callable[[str, str, str], bool | None]


class FaithfulStatements:
    """Stage[DocumentRecord, ExtractedStatement]: those of another stage that say what their evidence says.

    A statement that does not is dropped and counted in the rationale of the first that stays; if none stays,
    that is the item's error. One that may not stays, says so, and has a confidence of at most 0.3.
    """

    name = "statements"
    scope = Scope.ITEM

    def __init__(
        self, stage: Stage[DocumentRecord, ExtractedStatement], turns_round: TurnsRound, digest: str
    ) -> None:
        """``digest`` changes with what ``turns_round`` goes by."""
        self._stage = stage
        self._turns_round = turns_round
        self.version = f"{stage.version}+faithful-{REVISION}-{digest}-{profiles_digest()}"

    def run(self, items: Iterable[DocumentRecord]) -> Iterator[Result[ExtractedStatement]]:
        """One result per document, lazily, in the order of the other stage."""
        asked: dict[int, DocumentRecord] = {}

        def seen() -> Iterator[DocumentRecord]:
            for item in items:
                asked[item.key] = item
                yield item

        for result in self._stage.run(seen()):
            yield self._checked(result, asked.pop(result.key))

    def _checked(
        self, result: Result[ExtractedStatement], item: DocumentRecord
    ) -> Result[ExtractedStatement]:
        kept: list[ExtractedStatement] = []
        dropped: Counter[str] = Counter()
        for found in result.outputs:
            fault, is_sure = unfaithful(found, item, self._turns_round)
            if is_sure:
                dropped[fault] += 1
            elif fault:
                note = f"{found.rationale} (perhaps {fault})".strip()
                kept.append(replace(found, confidence=min(found.confidence, DOUBTED), rationale=note))
            else:
                kept.append(found)
        if not dropped:
            return replace(result, outputs=tuple(kept))
        listed = ", ".join(f"{count} {fault}" for fault, count in sorted(dropped.items()))
        if not kept:
            return replace(result, outputs=(), error=f"no statement is faithful to its evidence: {listed}")
        kept[0] = replace(kept[0], rationale=f"{kept[0].rationale} (unfaithful beside it: {listed})".strip())
        return replace(result, outputs=tuple(kept))


def unfaithful(found: ExtractedStatement, item: DocumentRecord, turns_round: TurnsRound) -> tuple[str, bool]:
    """What a statement says that its evidence does not, empty where nothing was found, and whether that is
    sure.

    Numbers and names must stand in the evidence, or, where it points to what stands before it, in the title
    or shortly before. The evidence itself needs no check.
    """
    language, evidence = item.language, item.text[found.start : found.end]
    if _WORDS.findall(found.text) == _WORDS.findall(evidence):
        return "", False
    said = evidence
    if _points_back(evidence, language):
        said = f"{item.title}\n{item.text[max(0, found.start - _BEFORE) : found.end]}"
    if numbers(found.text, language) - numbers(said, language):
        return "number not in the evidence", True
    if not all(holds_name(said, name, language) for name in names(found.text, language, item.text)):
        return "name not in the evidence", True
    is_turned = turns_round(found.text, evidence, language)
    if is_turned is not False:
        return "opposite of the evidence", is_turned is True
    if has_unknown_capitals(found.text, language, f"{item.title}\n{item.text}"):
        return "name not in the document", False
    return "", False


def _points_back(evidence: str, language: str) -> bool:
    """Whether the evidence points to what stands before it. Chinese leaves out what is known."""
    if language == "zh" or language not in LANGUAGES:
        return language == "zh"
    return not profile(language).pointers.isdisjoint(_WORDS.findall(evidence.casefold()))
