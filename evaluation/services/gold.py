"""Gold: approved triples with everything a release says about them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

from django.db.models import Q

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, DecisionKind, Document, Statement, TopicMembership, Triple, Vote
from annotation.models.decision import PEOPLE
from pipeline.records import APPROVING, SourceType, TripleValidity

EVIDENCE_LENGTH = 500  # characters; no text of a release is longer, or it could be the article itself
RELEASED_TYPES = (SourceType.QUOTED, SourceType.OFFICIAL)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class GoldItem:
    """An approved triple as a release tells it. ``votes`` maps an annotator's user name to a label and never
    leaves the server: exports use :func:`pseudonyms`."""

    triple: Triple
    key: str
    article_key: str
    nation: str
    source_type: str
    language: str
    topic: str
    question: str
    statement: str
    reversed_statement: str
    evidence: str
    outlet: str
    url: str
    published: str
    document_digest: str
    licence: str
    speaker: str
    decided_by: str
    decided_on: date
    votes: dict[str, str]


def gold_decisions(nations: Sequence[str] | None = None) -> Any:
    """Settled decisions of people that hold a triple of an approved, attributed statement valid."""
    rows = Decision.objects.settled().filter(
        kind=DecisionKind.TRIPLE,
        label__in=APPROVING,
        judge_type__in=list(PEOPLE),
        triple__revised_by=None,
        triple__statement__status=StatementStatus.APPROVED,
        triple__statement__source_type__in=RELEASED_TYPES,
    )
    return rows if nations is None else rows.filter(nation__in=nations)


def why_empty(nations: Sequence[str] | None = None) -> str:
    """What stands between the database and a release, in one sentence, with the next command to run."""
    scope = Q() if nations is None else Q(nation__in=nations)
    triples = Decision.objects.filter(scope, kind=DecisionKind.TRIPLE)
    counts = {
        status: triples.filter(status=status, label=TripleValidity.VALID).count()
        for status in (DecisionStatus.OPEN, DecisionStatus.ASKED, DecisionStatus.DISPUTED)
    }
    unattributed = triples.filter(
        status=DecisionStatus.SETTLED,
        label=TripleValidity.VALID,
        triple__statement__status=StatementStatus.APPROVED,
        triple__statement__source_type=SourceType.UNKNOWN,
    ).count()
    found = [
        (counts[DecisionStatus.OPEN], "{} wait for people: manage.py push_reviews"),
        (counts[DecisionStatus.ASKED], "{} are with people: vote, then manage.py pull_reviews"),
        (counts[DecisionStatus.DISPUTED], "{} are disputed: a curator decides them in the admin"),
        (unattributed, "{} are approved but attributed to nobody: settle their attribution in the admin"),
    ]
    parts = [text.format(count) for count, text in found if count]
    if not parts:
        parts = ["no valid triple waits either: manage.py run_pipeline"]
    return "0 approved triples; " + "; ".join(parts)


def collect_gold(nations: Sequence[str] | None = None) -> list[GoldItem]:
    """Gold items ordered by nation, type and key. Reads only; the same rows give the same list."""
    decisions = list(
        gold_decisions(nations)
        .select_related(
            "triple__statement__document__outlet",
            "triple__statement__document__source",
            "triple__statement__document__duplicate_of",
            "triple__statement__derivation__run",
            "triple__derivation__run",
        )
        .order_by("pk")
    )
    topics = _topics({decision.triple.statement.document_id for decision in decisions})
    votes = _votes([decision.triple for decision in decisions])
    # A statement has one item: a triple judged later takes the place of an earlier one.
    newest: dict[int, GoldItem] = {}
    for decision in decisions:
        item = _item(decision, topics, votes[decision.triple_id])
        newest[decision.triple.statement_id] = item
    unique = {item.key: item for item in newest.values()}
    return sorted(unique.values(), key=lambda item: (item.nation, item.source_type, item.key))


def too_long(items: Iterable[GoldItem]) -> list[int]:
    """Statements whose texts are too long for a release, by id. A reversal may be twice its statement."""
    return sorted(
        item.triple.statement_id
        for item in items
        if max(len(item.question), len(item.statement), len(item.reversed_statement) / 2) > EVIDENCE_LENGTH
    )


def pseudonyms(items: Iterable[GoldItem], salt: str) -> dict[str, str]:
    """User name to ``annotator-N``; numbers follow a salted digest, so they tell nothing of the person."""
    names = {name for item in items for name in item.votes}
    ordered = sorted(names, key=lambda name: _digest(salt, name))
    return {name: f"annotator-{number}" for number, name in enumerate(ordered, start=1)}


def raw_agreement(items: Iterable[GoldItem]) -> tuple[int, float] | None:
    """Number of items with two votes or more, and the share of their vote pairs that agree."""
    pairs = agreeing = doubly = 0
    for item in items:
        counts = Counter(item.votes.values())
        total = sum(counts.values())
        if total >= 2:
            doubly += 1
            pairs += total * (total - 1)
            agreeing += sum(count * (count - 1) for count in counts.values())
    return (doubly, agreeing / pairs) if pairs else None


def _item(decision: Decision, topics: dict[int, str], votes: dict[str, str]) -> GoldItem:
    triple = decision.triple
    assert triple is not None  # guaranteed by the database for this kind
    statement = triple.statement
    document = statement.document
    return GoldItem(
        triple=triple,
        key=_digest(
            document.nation_id,
            document.text_digest,
            f"{statement.span_start}-{statement.span_end}",
            triple.question,
            triple.affirmed,
            triple.reversed_statement,
        ),
        article_key=_digest(*_root(document)),
        nation=triple.nation_id,
        source_type=statement.source_type,
        language=triple.language,
        topic=topics.get(statement.document_id, ""),
        question=triple.question,
        statement=triple.affirmed,
        reversed_statement=triple.reversed_statement,
        evidence=_evidence(statement),
        outlet=document.outlet.name if document.outlet else "",
        url=document.url,
        published=_published(document),
        document_digest=document.text_digest,
        licence=document.licence or document.source.licence,
        speaker=statement.speaker,
        decided_by=decision.judge_type,
        decided_on=decision.created_at.date(),
        votes=votes,
    )


def _evidence(statement: Statement) -> str:
    """The words a statement rests on, cut so that a short article is not given away with them: at most half
    of it, unless the statement itself says more."""
    share = max(len(statement.document.text) // 2, len(statement.text))
    return statement.evidence[: min(EVIDENCE_LENGTH, share)]


def _root(document: Document) -> tuple[str, str, str]:
    while document.duplicate_of is not None:
        document = document.duplicate_of
    return document.nation_id, document.language, document.text_digest


def _published(document: Document) -> str:
    if document.published is None:
        return ""
    length = {"year": 4, "month": 7}.get(document.date_precision, 10)
    return document.published.isoformat()[:length]


def _topics(document_ids: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for chunk in _chunks(sorted(document_ids)):
        rows = TopicMembership.objects.filter(is_current=True, document__in=chunk)
        found.update(rows.values_list("document_id", "topic__label"))
    return found


def _votes(triples: Sequence[Triple]) -> dict[int, dict[str, str]]:
    """Triple id to (user name to label): newest votes on the triple and on what it revises, as they were
    before the machine's verdict was shown."""
    leads_to = {triple.pk: triple.pk for triple in triples}
    revised = {triple.revises_id: triple.pk for triple in triples if triple.revises_id}
    while revised:
        leads_to.update(revised)
        older: dict[int, int] = {}
        for chunk in _chunks(sorted(revised)):
            rows = Triple.objects.filter(pk__in=chunk, revises__isnull=False)
            older.update((earlier, revised[pk]) for pk, earlier in rows.values_list("pk", "revises_id"))
        revised = older
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for chunk in _chunks(sorted(leads_to)):
        rows = (
            Vote.objects.counting()
            .with_said()
            .filter(review__decision__triple__in=chunk)
            .order_by("remote_updated_at", "pk")
            .values_list("review__decision__triple_id", "annotator__username", "said")
        )
        for triple_id, username, label in rows:
            found[leads_to[triple_id]][username] = label
    return found


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
