"""Holds statements against their evidence: no number, no name, no turn that the evidence does not have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from pipeline.records import DocumentRecord, ExtractedStatement
from pipeline.stage import Result, Scope, Stage
from pipeline.text.names import holds_name, names
from pipeline.text.numbers import numbers
from pipeline.text.profile import LANGUAGES, profile, profiles_digest

REVISION = 1
_BEFORE = 500  # characters before the evidence in which what its pronouns stand for is looked up
_WORDS = re.compile(r"\w+")
TurnsRound = Callable[[str, str, str], bool]


class FaithfulStatements:
    """Stage[DocumentRecord, ExtractedStatement]: those of another stage that say what their evidence says.

    A statement that does not is dropped and counted in the rationale of the first that stays; if none stays,
    that is the item's error. ``turns_round(statement, passage, language)`` tells opposites.
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
        faults = [unfaithful(found, item, self._turns_round) for found in result.outputs]
        kept = [found for found, fault in zip(result.outputs, faults, strict=True) if not fault]
        dropped = Counter(fault for fault in faults if fault)
        if not dropped:
            return result
        listed = ", ".join(f"{count} {fault}" for fault, count in sorted(dropped.items()))
        if not kept:
            return replace(result, outputs=(), error=f"no statement is faithful to its evidence: {listed}")
        kept[0] = replace(kept[0], rationale=f"{kept[0].rationale} (unfaithful beside it: {listed})".strip())
        return replace(result, outputs=tuple(kept))


def unfaithful(found: ExtractedStatement, item: DocumentRecord, turns_round: TurnsRound) -> str:
    """What a statement says that its evidence does not, empty where nothing was found.

    Numbers must stand in the evidence. So must names, unless the evidence has a pronoun and the name stands
    in the title or shortly before. The evidence itself needs no check.
    """
    evidence = item.text[found.start : found.end]
    if _WORDS.findall(found.text) == _WORDS.findall(evidence):
        return ""
    if numbers(found.text, item.language) - numbers(evidence, item.language):
        return "number not in the evidence"
    said = evidence
    if _leans(evidence, item.language):
        said = f"{item.title}\n{item.text[max(0, found.start - _BEFORE) : found.end]}"
    if not all(holds_name(said, name, item.language) for name in names(found.text, item.language)):
        return "name not in the evidence"
    return "opposite of the evidence" if turns_round(found.text, evidence, item.language) else ""


def _leans(evidence: str, language: str) -> bool:
    """Whether the evidence points to what stands before it. Chinese leaves out what is known."""
    if language not in LANGUAGES:
        return False
    facts = profile(language)
    pronouns = set(facts.pronouns) - set(facts.articles)
    return language == "zh" or not pronouns.isdisjoint(_WORDS.findall(evidence.casefold()))
