"""Screening by judges learned from people's votes, one a language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import islice

from pipeline.learned import LearnedJudge
from pipeline.records import Judgement, StatementRecord
from pipeline.stage import Result, Scope

_BATCH = 200


class StatementScreeningLearned:
    """Stage[StatementRecord, Judgement] over :class:`~pipeline.records.Sensitivity`."""

    name = "screening"
    scope = Scope.ITEM

    def __init__(self, judges: Mapping[str, LearnedJudge]) -> None:
        self._judges = judges
        versions = sorted({judge.version for judge in judges.values()})
        digest = blake2b(" ".join(versions).encode(), digest_size=4).hexdigest()
        self.version = versions[0] if len(versions) == 1 else f"learned+{digest}"

    def run(self, items: Iterable[StatementRecord]) -> Iterator[Result[Judgement]]:
        """One result per statement; an error for a language nobody has voted enough in."""
        waiting = iter(items)
        while batch := list(islice(waiting, _BATCH)):
            for language in dict.fromkeys(item.language for item in batch):
                yield from self._judged(language, [item for item in batch if item.language == language])

    def _judged(self, language: str, items: list[StatementRecord]) -> Iterator[Result[Judgement]]:
        judge = self._judges.get(language)
        if judge is None:
            yield from (
                Result(item.key, error=f"no judge has been learned for language {language!r}")
                for item in items
            )
            return
        rationale = f"learned from {judge.answers} answers, right on {judge.accuracy:.0%} of held-out ones"
        answers = judge.judge([item.text for item in items])
        for item, (label, confidence) in zip(items, answers, strict=True):
            yield Result(item.key, (Judgement(label, confidence, rationale),))
