"""Conflict groups as the conflicts stage leaves them: two opinions, judged pairs, sides, questions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import (
    Conflict,
    ConflictGroup,
    ConflictSide,
    Decision,
    DecisionKind,
    Document,
    JudgeType,
    Outlet,
    Run,
    Statement,
)
from annotation.services.conflicts.bench import Bench, load_bench
from annotation.services.curation.resolution import resolve_edge
from annotation.services.decisions.recording import DecisionDraft, record_decisions
from annotation.services.stages.records import conflict_items
from pipeline.conflicts.graph import oriented, proposed_outcome
from pipeline.records import Edge, Judgement, Relation
from tests import factories

VERSION = "rules-1"
_FOR = ("must", "ought to", "has every duty to", "is bound to")
_AGAINST = ("must not", "has no right to", "ought never to", "should refuse to")
_WHAT = ("limit rents in large cities", "cap what landlords ask", "freeze rents for five years")
_OUTLETS = ("Morning Post", "The Ledger", "City Herald", "Northern Star", "Evening Argus", "Daily Courier")


def make_statements(count: int, phrases: tuple[str, ...], *, first: int, code: str) -> list[Statement]:
    """Statements of one opinion, each of a document of its own; every ninth without a date."""
    nation = factories.nation(code)
    outlets = [Outlet.objects.get_or_create(nation=nation, name=name, kind="press")[0] for name in _OUTLETS]
    source = factories.SourceFactory()
    documents, texts = [], []
    for number in range(first, first + count):
        text = (
            f"The state {phrases[number % len(phrases)]} {_WHAT[number % len(_WHAT)]}, says speaker {number}."
        )
        day = date(2023, 1, 9) + timedelta(days=number * 37 % 900)
        texts.append(text)
        documents.append(
            Document(
                source=source,
                position=number + 1,
                row_key=f"opinion{number}",
                nation=nation,
                outlet=outlets[number % (len(outlets) - (phrases is _AGAINST))],
                language="en",
                title=f"Article {number}",
                text=text,
                text_digest=f"{source.pk:08d}{number:08d}",
                published=None if number % 9 == 8 else day,
                date_precision="" if number % 9 == 8 else "day",
            )
        )
    return Statement.objects.bulk_create(
        Statement(
            document=document,
            nation=nation,
            text=text,
            language="en",
            span_start=0,
            span_end=len(text),
            confidence=0.7,
            as_of=document.published,
            source_type="quoted",
            speaker=f"Speaker {number}",
            status=StatementStatus.CANDIDATE,
        )
        for number, (document, text) in enumerate(
            zip(Document.objects.bulk_create(documents), texts, strict=True)
        )
    )


def make_group(
    ahead: int = 2, behind: int = 1, *, code: str = "GB", score: float = 0.6, run: Run | None = None
) -> ConflictGroup:
    """A group with ``ahead`` statements against ``behind``, as the stage would write it; all is open."""
    start = Statement.objects.count()
    one = make_statements(ahead, _FOR, first=start, code=code)
    other = make_statements(behind, _AGAINST, first=start + ahead, code=code)
    pairs: dict[tuple[int, int], Relation] = {}
    for place, statement in enumerate(other):
        # Each of the lesser side contradicts three of the other, wherever it has as many.
        for step in range(min(3, ahead)):
            rival = one[(place * 2 + step) % ahead]
            pairs[_ordered(rival.pk, statement.pk)] = Relation.CONTRADICTION
    for place, statement in enumerate(one):
        if place >= min(3, ahead, 2 * behind + 1):
            pairs.setdefault(_ordered(statement.pk, other[place % behind].pk), Relation.CONTRADICTION)
    for side in (one, other):
        for place in range(1, len(side)):
            kind = (Relation.DUPLICATE, Relation.COMPATIBLE, Relation.COMPATIBLE, Relation.DIFFERENT_SCOPE)
            pairs[_ordered(side[place - 1].pk, side[place].pk)] = kind[place % 4]
    return join(sorted(pairs.items()), code=code, score=score, run=run)


def join(
    pairs: list[tuple[tuple[int, int], Relation]],
    *,
    code: str = "GB",
    score: float = 0.6,
    run: Run | None = None,
) -> ConflictGroup:
    """Judged pairs with their group and their questions."""
    nation = factories.nation(code)
    run = run or factories.RunFactory(stage="conflicts", version=VERSION, nation=nation)
    edges = [Edge(a, b, relation, _score(score, a, b), 0.8) for (a, b), relation in pairs]
    rows = Conflict.objects.bulk_create(
        Conflict(
            nation=nation,
            run=run,
            first_id=edge.first,
            second_id=edge.second,
            relation=edge.relation,
            sign=edge.sign,
            score=edge.confidence,
            similarity=edge.similarity,
            rationale="one side negates what the other demands of the same target",
            version=run.version,
        )
        for edge in edges
    )
    keys = {key for pair, _ in pairs for key in pair}
    statements = list(Statement.objects.filter(pk__in=keys).select_related("document__outlet").order_by("pk"))
    for statement in statements:
        statement.topic_id = 0
    (found,) = oriented({item.key: item for item in conflict_items(statements)}, edges)
    group = ConflictGroup.objects.create(
        nation=nation,
        run=run,
        identity=f"group{min(found.sides)}",
        margin=found.margin,
        frustration=found.frustration,
    )
    # A pair that does not meet joins nothing, so its ends may be in no group.
    ConflictSide.objects.bulk_create(
        ConflictSide(group=group, statement_id=key, side=side) for key, side in found.sides.items()
    )
    drafts = []
    for row, edge in zip(rows, edges, strict=True):
        if edge.relation in (Relation.CONTRADICTION, Relation.DUPLICATE):
            outcome, confidence = proposed_outcome(edge, found)
            judgement = Judgement(outcome, confidence, row.rationale)
            drafts.append(DecisionDraft(DecisionKind.CONFLICT, row, nation.pk, judgement, f"{row.pk}"))
    record_decisions(drafts, judge_type=JudgeType.RULES, judge=run.version)
    return group


def statuses(group: ConflictGroup) -> dict[int, str]:
    """Where each statement of the group stands."""
    return dict(group.sides.values_list("statement", "statement__status"))


def payload(group: ConflictGroup, **fields: Any) -> dict[str, Any]:
    """A form of the group's page as it stands."""
    from annotation.services.conflicts.bench import load_bench

    bench = load_bench(ConflictGroup.objects.select_related("run").get(pk=group.pk))
    if "edge" in fields:
        edge = next(edge for edge in bench.edges if edge.pk == fields["edge"])
        return {"act": "edge", "seen": edge.decision.pk if edge.decision else "0", **fields}
    return {"act": "group", "seen": bench.digest, **fields}


def _ordered(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def _score(score: float, one: int, other: int) -> float:
    return round(min(0.99, score + (one * 7 + other * 3) % 30 / 100), 2)


def bench_of(group: ConflictGroup) -> Bench:
    return load_bench(ConflictGroup.objects.select_related("run").get(pk=group.pk))


def curator(name: str = "cora@example.org") -> Any:
    return factories.user(name, group="curator", nations=("GB",))


def live(conflict: int) -> Decision:
    return Decision.objects.exclude(status=DecisionStatus.SUPERSEDED).get(conflict=conflict)


def names(group: ConflictGroup) -> dict[str, str]:
    """Status of each statement by its name in the group."""
    return {claim.name: claim.statement.status for claim in bench_of(group).claims}


def settle(group: ConflictGroup, edge: int, outcome: str, who: Any, **fields: Any) -> None:
    resolve_edge(group=group, conflict=edge, outcome=outcome, seen=str(live(edge).pk), curator=who, **fields)
