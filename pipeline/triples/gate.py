"""The last check of a triple: does its reversed statement contradict its statement, in both directions?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from hashlib import blake2b
from itertools import islice
from typing import Protocol

from pipeline.records import ConflictItem, Edge, Relation, StatementRecord, TripleDraft
from pipeline.stage import Result, Scope, Stage
from pipeline.triples.checks import FAILED

CHECK = "contradicts_both_ways"
REVISION = 2
_BATCH = 100
_SAME_DAY = date(2000, 1, 1)  # the two are claims about one time, whatever their words say of time


class PairJudge(Protocol):
    """Judges pairs of statements; asks in both orders where order can matter."""

    version: str

    def judge(self, pairs: Iterable[tuple[ConflictItem, ConflictItem, float]]) -> Iterator[Edge]:
        """An edge per pair, in any order; none for a pair that could not be judged."""
        ...


class GatedTriples:
    """Stage[StatementRecord, TripleDraft]: drafts of another stage, each held against a judge of pairs.

    A draft whose two statements are not judged a contradiction in both orders is kept, says so, and has at
    most 0.2.
    """

    name = "triples"
    scope = Scope.ITEM

    def __init__(self, stage: Stage[StatementRecord, TripleDraft], judge: PairJudge) -> None:
        self._stage = stage
        self._judge = judge
        digest = blake2b(f"{REVISION} {judge.version}".encode(), digest_size=4).hexdigest()
        self.version = f"{stage.version}+gate-{digest}"

    def run(self, items: Iterable[StatementRecord]) -> Iterator[Result[TripleDraft]]:
        """One result per statement, lazily."""
        waiting = iter(items)
        while batch := list(islice(waiting, _BATCH)):
            yield from self._gated({item.key: item for item in batch}, list(self._stage.run(batch)))

    def _gated(
        self, items: dict[int, StatementRecord], results: list[Result[TripleDraft]]
    ) -> Iterator[Result[TripleDraft]]:
        drafts = [(result.key, draft) for result in results for draft in result.outputs]
        pairs = (_pair(place, items[key], draft) for place, (key, draft) in enumerate(drafts))
        edges = {edge.first // 2: edge for edge in self._judge.judge(pairs)}
        held = iter([_held(draft, edges.get(place)) for place, (_, draft) in enumerate(drafts)])
        for result in results:
            yield replace(result, outputs=tuple(islice(held, len(result.outputs))))


def _pair(place: int, item: StatementRecord, draft: TripleDraft) -> tuple[ConflictItem, ConflictItem, float]:
    texts = (item.text, draft.reversed_statement)
    first, second = (
        ConflictItem(2 * place + side, text, item.language, "triple", as_of=_SAME_DAY)
        for side, text in enumerate(texts)
    )
    return first, second, 1.0


def _held(draft: TripleDraft, edge: Edge | None) -> TripleDraft:
    holds = edge is not None and edge.relation is Relation.CONTRADICTION and not edge.is_one_way
    checks = {**draft.checks, CHECK: holds}
    if holds:
        return replace(draft, checks=checks)
    why = f"judged {edge.relation.value.replace('_', ' ')}" if edge else "the pair could not be judged"
    if edge is not None and edge.is_one_way:
        why += " in one order, otherwise in the other"
    return replace(
        draft,
        checks=checks,
        confidence=min(draft.confidence, FAILED),
        rationale=f"{draft.rationale}; no contradiction: {why}",
    )
