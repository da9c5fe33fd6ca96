"""A conflict group laid out to be understood: its claims, its judged edges and where each question stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import blake2b

from django.db.models import Q

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import (
    Conflict,
    ConflictGroup,
    ConflictSide,
    Decision,
    DecisionKind,
    JudgeType,
    Statement,
)
from annotation.models.decision import PEOPLE
from annotation.services.stages.records import conflict_items
from pipeline.conflicts.graph import evidence_weight, weighted_degrees
from pipeline.records import ConflictItem, ConflictOutcome, Edge, Relation

PENDING = (DecisionStatus.DISPUTED, DecisionStatus.OPEN, DecisionStatus.ASKED)  # a curator's own come first
DEAD = (StatementStatus.REJECTED, StatementStatus.SUPERSEDED)
SIDES = {1: "A", -1: "B"}
_LOSER: dict[str, int] = {ConflictOutcome.KEEP_FIRST: 1, ConflictOutcome.KEEP_SECOND: 0}  # place in the pair


@dataclass(frozen=True)
class Claim:
    """A statement of the group. ``name`` is its side and its number by date: A1, A2, B1."""

    name: str
    side: int
    statement: Statement
    degree: float

    @property
    def key(self) -> int:
        """Of the statement."""
        return self.statement.pk

    @property
    def outlet(self) -> str:
        """Name of the outlet, or empty."""
        return self.statement.document.outlet.name if self.statement.document.outlet else ""

    @property
    def is_dead(self) -> bool:
        """Rejected or superseded since: its conflicts bind nobody."""
        return self.statement.status in DEAD


@dataclass(frozen=True)
class BenchEdge:
    """A judged pair of the group and the decision that stands on the pair, if it needs one."""

    conflict: Conflict
    first: Claim
    second: Claim
    decision: Decision | None

    @property
    def pk(self) -> int:
        """Of the conflict."""
        return self.conflict.pk

    @property
    def name(self) -> str:
        """The two claims."""
        return f"{self.first.name}–{self.second.name}"

    @property
    def crosses(self) -> bool:
        """Whether it runs between the two sides."""
        return self.first.side != self.second.side

    @property
    def is_contradiction(self) -> bool:
        """What the machine judged."""
        return self.conflict.relation == Relation.CONTRADICTION

    @property
    def is_frustrated(self) -> bool:
        """Whether the sides do not satisfy it: a contradiction inside a side, an agreement across."""
        return self.conflict.sign * self.first.side * self.second.side < 0

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided it yet."""
        return self.decision is not None and self.decision.status in PENDING

    @property
    def is_by_people(self) -> bool:
        """Whether people decided it."""
        return self.decision is not None and self.decision.judge_type in PEOPLE

    @property
    def is_by_curator(self) -> bool:
        """Whether a curator decided it."""
        return self.decision is not None and self.decision.judge_type == JudgeType.CURATOR

    @property
    def is_binding(self) -> bool:
        """Whether both statements are still in the flow."""
        return not (self.first.is_dead or self.second.is_dead)

    @property
    def record(self) -> Edge:
        """As the pipeline's graph takes it."""
        row = self.conflict
        return Edge(row.first_id, row.second_id, Relation(row.relation), row.score, row.similarity)


@dataclass(frozen=True)
class SideSummary:
    """One side in figures. ``weight`` is the pipeline's evidence weight; ``central`` is the claim
    in which most edge weight meets."""

    name: str
    side: int
    claims: Sequence[Claim]
    outlets: int
    undated: int
    first: date | None
    last: date | None
    weight: float
    central: Claim


@dataclass(frozen=True)
class Bench:
    """A group with everything its page needs. ``lost_outside`` are statements that a settled conflict with a
    statement of no part in this group sets aside."""

    group: ConflictGroup
    claims: Sequence[Claim]
    edges: Sequence[BenchEdge]
    items: dict[int, ConflictItem]
    lost_outside: frozenset[int]

    @cached_property
    def sides(self) -> list[SideSummary]:
        """Both sides, the proposed dominant one first; one that is empty is left out."""
        return [self._summary(side) for side in SIDES if any(claim.side == side for claim in self.claims)]

    @cached_property
    def between(self) -> list[BenchEdge]:
        """The contradictions between the two sides that bind: what a verdict on the group is about."""
        return [edge for edge in self.edges if edge.is_contradiction and edge.crosses and edge.is_binding]

    @cached_property
    def digest(self) -> str:
        """Changes whenever the group or a decision on it has given way to another."""
        found = sorted((edge.pk, edge.decision.pk if edge.decision else 0) for edge in self.edges)
        return blake2b(repr((self.group.is_current, found)).encode(), digest_size=12).hexdigest()

    def given_to_group(self) -> list[BenchEdge]:
        """Edges whose verdict a curator gave to the group as a whole."""
        return [
            edge
            for edge in self.edges
            if edge.is_by_curator and edge.decision and edge.decision.evidence.get("group") == self.group.pk
        ]

    def _summary(self, side: int) -> SideSummary:
        claims = [claim for claim in self.claims if claim.side == side]
        dates = [claim.statement.as_of for claim in claims if claim.statement.as_of]
        return SideSummary(
            name=SIDES[side],
            side=side,
            claims=claims,
            outlets=len({claim.outlet.casefold().strip() for claim in claims if claim.outlet}),
            undated=len(claims) - len(dates),
            first=min(dates, default=None),
            last=max(dates, default=None),
            weight=evidence_weight([self.items[claim.key] for claim in claims]),
            central=max(claims, key=lambda claim: (claim.degree, -claim.key)),
        )


def loser(label: str, pair: tuple[int, int]) -> int | None:
    """Which of a pair of statements a label sets aside, if any."""
    place = _LOSER.get(label)
    return None if place is None else pair[place]


def load_bench(group: ConflictGroup) -> Bench:
    """Read a group in a number of queries that does not depend on its size; needs ``run`` selected."""
    sides = {
        row.statement_id: row
        for row in ConflictSide.objects.filter(group=group)
        .select_related("statement__document__outlet")
        .defer("statement__document__text", "statement__document__metadata")
    }
    statements = [row.statement for row in sides.values()]
    for statement in statements:
        statement.topic_id = 0  # type: ignore[attr-defined]  # blocks play no part inside a group
    items = {item.key: item for item in conflict_items(statements)}
    rows = list(
        Conflict.objects.filter(
            first__conflict_sides__group=group,
            second__conflict_sides__group=group,
            version=group.run.version,
        ).defer("raw_reply")
    )
    degrees = weighted_degrees(
        items,
        [Edge(r.first_id, r.second_id, Relation(r.relation), r.score, r.similarity) for r in rows],
    )
    claims = _claims(sides.values(), degrees)
    decisions, lost_outside = _decisions(group, set(items))
    edges = [
        BenchEdge(
            row, claims[row.first_id], claims[row.second_id], decisions.get((row.first_id, row.second_id))
        )
        for row in rows
    ]
    return Bench(
        group=group,
        claims=list(claims.values()),
        edges=sorted(edges, key=_urgency),
        items=items,
        lost_outside=frozenset(lost_outside),
    )


def _claims(sides: Iterable[ConflictSide], degrees: dict[int, float]) -> dict[int, Claim]:
    """By statement, side A first, each side by date; undated ones last."""
    counts: dict[int, int] = defaultdict(int)
    claims = {}
    for row in sorted(sides, key=lambda row: (-row.side, row.statement.as_of or date.max, row.statement_id)):
        counts[row.side] += 1
        name = f"{SIDES[row.side]}{counts[row.side]}"
        claims[row.statement_id] = Claim(name, row.side, row.statement, degrees[row.statement_id])
    return claims


def _decisions(group: ConflictGroup, ours: set[int]) -> tuple[dict[tuple[int, int], Decision], set[int]]:
    """Live decisions by pair, and whom settled conflicts with statements outside the group set aside.

    People may have judged a pair when an earlier version of the judge had it: theirs is the one that stands.
    """
    members = ConflictSide.objects.filter(group=group).values("statement")
    rows = (
        Decision.objects.filter(
            Q(conflict__first__in=members) | Q(conflict__second__in=members), kind=DecisionKind.CONFLICT
        )
        .exclude(status=DecisionStatus.SUPERSEDED)
        .select_related("conflict__first", "conflict__second", "decided_by")
        .defer("conflict__raw_reply")
        .order_by("pk")
    )
    found: dict[tuple[int, int], Decision] = {}
    lost: set[int] = set()
    for decision in rows:
        conflict = decision.conflict
        pair = (conflict.first_id, conflict.second_id)
        if ours.issuperset(pair):
            held = found.get(pair)
            if held is None or (decision.judge_type in PEOPLE, decision.pk) > (
                held.judge_type in PEOPLE,
                held.pk,
            ):
                found[pair] = decision
        elif decision.status == DecisionStatus.SETTLED and not (
            conflict.first.status in DEAD or conflict.second.status in DEAD
        ):
            lost.add(loser(decision.label, pair) or 0)
    return found, lost & ours


def _urgency(edge: BenchEdge) -> tuple[object, ...]:
    """Open ones first, disputed ones before all; then contradictions, the least certain first."""
    decision = edge.decision
    if decision is None or not edge.is_binding:
        rank = len(PENDING) + 1
    elif decision.status in PENDING:
        rank = PENDING.index(DecisionStatus(decision.status))
    else:
        rank = len(PENDING)
    return (
        rank,
        not edge.is_contradiction,
        not edge.crosses,
        decision.confidence if decision else 1.0,
        edge.pk,
    )
