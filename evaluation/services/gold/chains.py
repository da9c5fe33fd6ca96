"""Chains of items as the record has them, from triple to document, decisions and votes, in few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from annotation.models import Decision, DecisionKind, Topic, TopicMembership, Triple, Vote
from evaluation.services.gold.collect import Gold

Row = Mapping[str, Any]

_FLOW = {str(kind): place for place, kind in enumerate(DecisionKind)}
_AT_ONCE = 10_000  # ids of one query
_DECISION = (
    "pk",
    "kind",
    "label",
    "confidence",
    "judge_type",
    "judge",
    "rationale",
    "told",
    "status",
    "is_audit",
    "created_at",
    "supersedes_id",
    "topic_id",
    "statement_id",
    "triple_id",
    "triple__statement_id",
    "conflict_id",
    "conflict__first_id",
    "conflict__second_id",
    "conflict__relation",
    "derivation__stage",
    "derivation__version",
    "derivation__run__engine",
    "derivation__prompt_digest",
    "review__pk",
    "review__kind",
    "review__purpose",
    "review__status",
    "review__votes_required",
)
_MADE_BY = (
    "derivation__stage",
    "derivation__version",
    "derivation__run__engine",
    "derivation__prompt_digest",
)
_TRIPLE = (
    "pk",
    "revises_id",
    "statement_id",
    "question",
    "reversed_statement",
    "confidence",
    "checks",
    *_MADE_BY,
    *(
        f"statement__{name}"
        for name in ("text", "span_start", "span_end", "confidence", "document_id", *_MADE_BY)
    ),
    *(
        f"statement__document__{name}"
        for name in (
            "row_key",
            "text",
            "outlet__kind",
            "source__name",
            "source__format",
            "source__digest",
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote that counts, by user name, as it was before the machine's verdict was shown."""

    username: str
    label: str
    guideline: str


@dataclass(slots=True)
class Chain:
    """All that an item came of. Rows are records' columns by name; ``decisions`` are in the order of the
    flow, the older first, each with its review; ``revisions`` are the triples the item's revises, the newest
    first. ``told`` of a decision is its evidence as text: hardly one has something to read in it."""

    gold: Gold
    triple: Row
    revisions: list[Row]
    topic: Row | None
    decisions: list[Row] = field(default_factory=list)
    votes: dict[int, list[Ballot]] = field(default_factory=dict)  # by decision


def chains(golds: Sequence[Gold]) -> Iterator[Chain]:
    """The chain of each item, aligned with ``golds``. Takes nine queries for some hundred items."""
    triples = _triples(golds)
    topics = _topics({row["statement__document_id"] for row in triples.values()})
    by_topic, by_statement = _decisions(
        {row["pk"] for row in topics.values()}, {gold.statement_id for gold in golds}
    )
    every = (row for rows in (*by_topic.values(), *by_statement.values()) for row in rows)
    votes = _votes({row["review__pk"] for row in every if row["review__pk"] is not None})
    for gold in golds:
        triple = triples[gold.triple_id]
        revisions = []
        earlier = triple["revises_id"]
        while earlier is not None:
            revisions.append(triples[earlier])
            earlier = triples[earlier]["revises_id"]
        ours = {triple["pk"], *(row["pk"] for row in revisions)}
        topic = topics.get(triple["statement__document_id"])
        found = [
            row
            for row in by_statement.get(gold.statement_id, ())
            if row["triple_id"] is None or row["triple_id"] in ours
        ]
        found += by_topic.get(topic["pk"], ()) if topic else ()
        found.sort(key=lambda row: (_FLOW[row["kind"]], row["created_at"], row["pk"]))
        yield Chain(
            gold=gold,
            triple=triple,
            revisions=revisions,
            topic=topic,
            decisions=found,
            votes={row["pk"]: votes[row["pk"]] for row in found if row["pk"] in votes},
        )


def _triples(golds: Sequence[Gold]) -> dict[int, Row]:
    """Every triple of the statements, so that revisions are among them."""
    ours = Triple.objects.filter(statement__in={gold.statement_id for gold in golds})
    return {row["pk"]: row for row in ours.order_by("pk").values(*_TRIPLE)}


def _topics(documents: set[int]) -> dict[int, Row]:
    """Current topic of each document that is in one."""
    rows = TopicMembership.objects.filter(is_current=True, document__in=documents).order_by("pk")
    found = dict(rows.values_list("document_id", "topic_id"))
    topics = Topic.objects.filter(pk__in=set(found.values())).values("pk", "label", "keywords")
    by_id = {row["pk"]: row for row in topics}
    return {document: by_id[topic] for document, topic in found.items()}


def _decisions(topics: set[int], statements: set[int]) -> tuple[dict[int, list[Row]], dict[int, list[Row]]]:
    """Decisions by topic and by statement: on it, on its triples, on conflicts it is in."""
    by_topic: dict[int, list[Row]] = defaultdict(list)
    by_statement: dict[int, list[Row]] = defaultdict(list)
    for where, place, found in (
        ("topic__in", "topic_id", by_topic),
        ("statement__in", "statement_id", by_statement),
        ("triple__statement__in", "triple__statement_id", by_statement),
        ("conflict__first__in", "conflict__first_id", by_statement),
        ("conflict__second__in", "conflict__second_id", by_statement),
    ):
        ids = topics if place == "topic_id" else statements
        rows = Decision.objects.filter(**{where: ids}).annotate(told=Cast("evidence", TextField()))
        for row in rows.order_by("pk").values(*_DECISION):
            found[row[place]].append(row)
    return by_topic, by_statement


def _votes(reviews: set[int]) -> dict[int, list[Ballot]]:
    """Votes by decision."""
    found: dict[int, list[Ballot]] = defaultdict(list)
    for ids in _pieces(reviews):
        rows = Vote.objects.counting().with_said().exclude(said="").filter(review__in=ids)
        for decision, *cast in rows.order_by("pk").values_list(
            "review__decision_id", "annotator__username", "said", "guideline"
        ):
            found[decision].append(Ballot(*cast))
    return found


def _pieces(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]
