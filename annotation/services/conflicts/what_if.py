"""What would become of a conflict group without an edge, or if both sides were kept. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from annotation.lifecycle import StatementStatus
from annotation.services.conflicts.bench import Bench, BenchEdge, Claim, loser
from pipeline.conflicts.graph import oriented, proposed_outcome
from pipeline.records import ConflictGroup, ConflictOutcome


@dataclass(frozen=True)
class Prospect:
    """How things would stand. ``parts`` are the claim groups that the edges left make, with their sides,
    margin and frustration; ``lost`` the statements that would be set aside."""

    parts: Sequence[ConflictGroup]
    sides: dict[int, int]
    lost: frozenset[int]


@dataclass(frozen=True)
class WhatIf:
    """A prospect next to the present one. ``unknown`` are numbers of edges the group does not have."""

    dropped: Sequence[BenchEdge]
    keep_both: bool
    unknown: Sequence[str]
    now: Prospect
    then: Prospect
    set_aside: Sequence[Claim]  # stand now, would not
    come_back: Sequence[Claim]  # are set aside now, would not be
    moved: Sequence[Claim]  # would change sides
    released: Sequence[Claim]  # would be in no conflict of this group any more

    @property
    def is_asked(self) -> bool:
        """Whether anything is supposed at all."""
        return bool(self.dropped) or self.keep_both


def what_if(bench: Bench, drop: Collection[str], *, keep_both: bool) -> WhatIf:
    """Suppose the edges numbered in ``drop`` away, or ``keep_both`` as the verdict on every contradiction.

    What people have decided is taken as decided on the edges left; on the others the machine's proposal is
    taken as if it were accepted, made by the pipeline's own orientation of the edges left.
    """
    numbers = {str(edge.pk) for edge in bench.edges}
    wanted = set(drop) & numbers
    left = [edge for edge in bench.edges if str(edge.pk) not in wanted]
    now = _prospect(bench, bench.edges, keep_both=False)
    then = _prospect(bench, left, keep_both=keep_both)
    aside = {claim.key for claim in bench.claims if claim.statement.status == StatementStatus.SET_ASIDE}
    alive = [claim for claim in bench.claims if not claim.is_dead]
    return WhatIf(
        dropped=[edge for edge in bench.edges if str(edge.pk) in wanted],
        keep_both=keep_both,
        unknown=sorted(set(drop) - numbers),
        now=now,
        then=then,
        set_aside=[claim for claim in alive if claim.key in then.lost - aside],
        come_back=[claim for claim in alive if claim.key in aside - then.lost],
        moved=[claim for claim in bench.claims if then.sides.get(claim.key, claim.side) != claim.side],
        released=[claim for claim in bench.claims if claim.key not in then.sides],
    )


def _prospect(bench: Bench, edges: Sequence[BenchEdge], *, keep_both: bool) -> Prospect:
    parts = oriented(bench.items, [edge.record for edge in edges])
    part_of = {key: part for part in parts for key in part.sides}
    lost = set(bench.lost_outside)
    for edge in edges:
        if edge.decision is None or not edge.is_binding:
            continue
        label = edge.decision.label
        if keep_both and edge.is_contradiction:
            label = ConflictOutcome.PLURALITY
        elif not edge.is_by_people:
            part = part_of.get(edge.first.key)
            together = part is not None and edge.second.key in part.sides
            label = proposed_outcome(edge.record, part if together else None)[0]
        lost.add(loser(label, (edge.first.key, edge.second.key)) or 0)
    return Prospect(
        parts=parts,
        sides={key: side for part in parts for key, side in part.sides.items()},
        lost=frozenset(lost) - {0},
    )
