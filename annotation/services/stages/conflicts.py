"""Conflicts: near pairs become judged edges, edges become groups, contradictions become decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import (
    Conflict,
    ConflictGroup,
    ConflictSide,
    Decision,
    DecisionKind,
    Derivation,
    Run,
    Statement,
    TopicMembership,
)
from annotation.services.decisions.conflict_effects import resolve_conflicts
from annotation.services.decisions.recording import DecisionDraft, record_decisions
from annotation.services.decisions.statuses import move_many
from annotation.services.stages.base import Progress, in_batches, judge_type_of
from annotation.services.stages.records import conflict_items
from pipeline.conflicts.candidates import candidate_pairs
from pipeline.conflicts.graph import conflict_groups, proposed_outcome
from pipeline.flow import Engines
from pipeline.records import ConflictGroup as FoundGroup
from pipeline.records import ConflictItem, Edge, Judgement, Relation

_BATCH = 500
_IN_GRAPH = (
    StatementStatus.CANDIDATE,
    StatementStatus.CONTESTED,
    StatementStatus.SET_ASIDE,
    StatementStatus.IN_REVIEW,
    StatementStatus.APPROVED,
)
_DECIDED = frozenset({Relation.CONTRADICTION, Relation.DUPLICATE})


def reduce_conflicts(run: Run, engines: Engines, progress: Progress) -> Counter[str]:
    """Judge what is near and not judged yet in ``run.nation``, then propose sides for the whole nation.

    Returns no counts, having done nothing, when the statements are those of a finished run of this version.
    """
    rows = list(_statements(run.nation_id))
    digest = _digest(rows)
    if Derivation.objects.finished(run.stage, run.version).filter(
        input_digest=digest, run__nation_id=run.nation_id
    ):
        return Counter()
    items = {item.key: item for item in conflict_items(rows)}
    counts = Counter({"items": len(items)})
    pairs = [(int(a), int(b), float(s)) for a, b, s in candidate_pairs(list(items.values()))]
    new = _unjudged(run, pairs)
    counts["candidates"], counts["judged"] = len(pairs), len(new)
    _judge(run, engines, items, new, progress)
    edges = list(_edges(run, items))
    groups = conflict_groups(items, edges)
    with transaction.atomic():
        _write_groups(run, groups)
        counts += _write_decisions(run, items, edges, groups)
        Derivation.objects.create(run=run, stage=run.stage, version=run.version, input_digest=digest)
    counts["groups"] = len(groups)
    counts += Counter(str(edge.relation) for edge in edges)
    return counts


def _statements(nation_id: str | None) -> QuerySet[Statement]:
    topic = TopicMembership.objects.filter(document=OuterRef("document"), is_current=True)
    return (
        Statement.objects.filter(nation_id=nation_id, status__in=_IN_GRAPH)
        .annotate(topic_id=Subquery(topic.values("topic_id")[:1]))
        .select_related("document__outlet")
        .defer("document__text", "document__metadata")
        .order_by("pk")
    )


def _digest(rows: Iterable[Statement]) -> str:
    digest = blake2b(digest_size=32)
    for row in rows:
        digest.update(f"{row.pk}:{row.topic_id or 0}\n".encode())
    return digest.hexdigest()


def _unjudged(run: Run, pairs: Sequence[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    judged = set(
        Conflict.objects.filter(nation_id=run.nation_id, version=run.version).values_list(
            "first_id", "second_id"
        )
    )
    return [pair for pair in pairs if pair[:2] not in judged]


def _judge(
    run: Run,
    engines: Engines,
    items: dict[int, ConflictItem],
    pairs: Sequence[tuple[int, int, float]],
    progress: Progress,
) -> None:
    """Ask first, then write, batch by batch: a kill loses at most one batch of answers."""
    progress(run.stage, 0, len(pairs))
    edges = engines.pair_judge.judge((items[a], items[b], similarity) for a, b, similarity in pairs)
    done = 0
    for batch in in_batches(edges, _BATCH):
        Conflict.objects.bulk_create([_conflict(run, edge) for edge in batch], batch_size=_BATCH)
        done += len(batch)
        progress(run.stage, done, len(pairs))


def _conflict(run: Run, edge: Edge) -> Conflict:
    return Conflict(
        nation_id=run.nation_id,
        run=run,
        first_id=edge.first,
        second_id=edge.second,
        relation=edge.relation,
        sign=edge.sign,
        score=edge.confidence,
        similarity=edge.similarity,
        rationale=edge.rationale,
        raw_reply=edge.raw,
        version=run.version,
    )


def _edges(run: Run, items: dict[int, ConflictItem]) -> Iterator[Edge]:
    """All edges of this version between statements still in the graph, older runs' included."""
    rows = Conflict.objects.filter(nation_id=run.nation_id, version=run.version).order_by("pk")
    for row in rows.values_list("first_id", "second_id", "relation", "score", "similarity"):
        if row[0] in items and row[1] in items:
            yield Edge(row[0], row[1], Relation(row[2]), row[3], row[4])


def _write_groups(run: Run, groups: Sequence[FoundGroup]) -> None:
    ConflictGroup.objects.filter(nation_id=run.nation_id, is_current=True).update(is_current=False)
    rows = ConflictGroup.objects.bulk_create(
        [
            ConflictGroup(
                nation_id=run.nation_id,
                run=run,
                identity=blake2b(repr(sorted(group.sides)).encode(), digest_size=20).hexdigest(),
                margin=group.margin,
                frustration=group.frustration,
            )
            for group in groups
        ],
        batch_size=_BATCH,
    )
    ConflictSide.objects.bulk_create(
        [
            ConflictSide(group=row, statement_id=key, side=side)
            for row, group in zip(rows, groups, strict=True)
            for key, side in sorted(group.sides.items())
        ],
        batch_size=_BATCH,
    )


def _take_over(run: Run) -> set[tuple[int, int]]:
    """Supersede what machines of other versions said of this nation's pairs; returns the pairs people have
    judged, or are judging, on an earlier version's conflict: those are left to them."""
    others = (
        Decision.objects.filter(kind=DecisionKind.CONFLICT, nation_id=run.nation_id)
        .exclude(status=DecisionStatus.SUPERSEDED)
        .exclude(conflict__version=run.version)
        .select_related("conflict")
    )
    theirs = set(others.left_to_people().values_list("pk", flat=True))
    stale: list[Decision] = []
    held: set[tuple[int, int]] = set()
    for decision in others.iterator(chunk_size=_BATCH):
        if decision.pk in theirs:
            held.add((decision.conflict.first_id, decision.conflict.second_id))
        else:
            stale.append(decision)
    who = {"actor_name": run.version}
    move_many(stale, DecisionStatus.SUPERSEDED, note="judged anew", **who)
    resolve_conflicts({pk for d in stale for pk in (d.conflict.first_id, d.conflict.second_id)}, who)
    return held


def _write_decisions(
    run: Run, items: dict[int, ConflictItem], edges: Sequence[Edge], groups: Sequence[FoundGroup]
) -> Counter[str]:
    held = _take_over(run)
    group_of = {key: group for group in groups for key in group.sides}
    decided = {(edge.first, edge.second): edge for edge in edges if edge.relation in _DECIDED}
    rows = Conflict.objects.filter(
        nation_id=run.nation_id, version=run.version, relation__in=_DECIDED
    ).order_by("pk")
    drafts = []
    for row in rows.iterator(chunk_size=_BATCH):
        edge = decided.get((row.first_id, row.second_id))
        if edge is None or (row.first_id, row.second_id) in held:
            continue
        group = group_of.get(edge.first)
        together = group is not None and edge.second in group.sides
        outcome, confidence = proposed_outcome(edge, group if together else None)
        drafts.append(
            DecisionDraft(
                kind=DecisionKind.CONFLICT,
                subject=row,
                nation_id=row.nation_id,
                judgement=Judgement(label=outcome, confidence=confidence, rationale=row.rationale),
                key=f"{items[edge.first].text}\0{items[edge.second].text}",
            )
        )
    written = record_decisions(drafts, judge_type=judge_type_of(run.engine), judge=run.version)
    return Counter(f"decisions {decision.status}" for decision in written)
