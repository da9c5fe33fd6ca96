"""Gold: approved triples as rows of a release, read from the record piece by piece."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Q

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import (
    Decision,
    DecisionKind,
    Document,
    JudgeType,
    Statement,
    TopicMembership,
    Triple,
    Vote,
)
from annotation.models.decision import PEOPLE
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.rows import EXCERPT_LENGTH, RELEASED_TYPES, Period, ReleaseRow, digest_of
from pipeline.records import APPROVING, ConflictOutcome, Disclosure, SourceType, TripleValidity

_CHUNK = 500
_RELATED = (
    "triple__statement__document__outlet",
    "triple__statement__document__source",
    "triple__statement__document__duplicate_of",
)
_DOCUMENT = "triple__statement__document__"
# What a row is told from; the rest of these wide tables stays in the database.
_READ = (
    *("label", "judge_type", "created_at"),
    *(f"triple__{name}" for name in ("nation", "revises", "question", "statement_text")),
    *(f"triple__{name}" for name in ("reversed_statement", "language")),
    *(f"triple__statement__{name}" for name in ("text", "source_type", "speaker", "span_start", "span_end")),
    *(f"{_DOCUMENT}{name}" for name in ("nation", "language", "text", "text_digest", "url", "licence")),
    *(f"{_DOCUMENT}{name}" for name in ("published", "date_precision", "outlet__name")),
    *(f"{_DOCUMENT}source__{name}" for name in ("disclosure", "licence")),
    *(f"{_DOCUMENT}duplicate_of__{name}" for name in ("nation", "language", "text_digest", "duplicate_of")),
)
# What conflict reduction set aside, and what waits for it.
_HELD_BACK = (StatementStatus.SET_ASIDE, StatementStatus.CONTESTED)


@dataclass(frozen=True, slots=True)
class Gold:
    """An approved triple as a row without its canary; ``votes`` maps an annotator's user name to a label and
    never leaves the server. ``is_qualified``: a curator or qualified annotators decided it.
    ``article_length`` is in characters."""

    row: ReleaseRow
    triple_id: int
    decision_id: int
    statement_id: int
    decided_on: str
    votes: dict[str, str]
    is_qualified: bool
    article_length: int


def gold_decisions(recipe: Recipe) -> Any:
    """Settled decisions of people that hold a triple of an attributed statement valid."""
    held_back = () if recipe.conflict_reduction else _HELD_BACK
    rows = Decision.objects.settled().filter(
        kind=DecisionKind.TRIPLE,
        label__in=APPROVING,
        judge_type__in=list(PEOPLE),
        triple__revised_by=None,
        triple__statement__status__in=(StatementStatus.APPROVED, *held_back),
        triple__statement__source_type__in=RELEASED_TYPES,
    )
    return rows.filter(nation__in=recipe.nations) if recipe.nations else rows


def collect_gold(recipe: Recipe) -> list[Gold]:
    """Gold items by nation, type and id: the same records give the same list. Full articles are held in
    memory only where their source lets them leave."""
    # A statement has one item: a triple judged later takes the place of an earlier one.
    newest: dict[int, Gold] = {}
    rows = gold_decisions(recipe).select_related(*_RELATED).only(*_READ).order_by("pk")
    decisions = rows.iterator(chunk_size=_CHUNK)
    while chunk := list(islice(decisions, _CHUNK)):
        for gold in _golds(chunk, recipe):
            newest[gold.statement_id] = gold
    unique = {gold.row.id: gold for gold in newest.values()}
    return sorted(unique.values(), key=lambda gold: (gold.row.nation, gold.row.source_type, gold.row.id))


def held_back_without_gold(recipe: Recipe) -> int:
    """How many statements a recipe without conflict reduction wants and cannot have: those that the reduction
    set aside, or that wait for it, of which people approved no triple."""
    if recipe.conflict_reduction:
        return 0
    wanted = Statement.objects.filter(status__in=_HELD_BACK, source_type__in=recipe.source_types)
    if recipe.nations:
        wanted = wanted.filter(nation__in=recipe.nations)
    return wanted.exclude(pk__in=gold_decisions(recipe).values("triple__statement")).count()


def too_long(golds: Sequence[Gold]) -> list[int]:
    """Statements whose texts are too long for a release, by id. A reversal may be twice its statement."""
    return sorted(
        gold.statement_id
        for gold in golds
        if max(len(gold.row.question), len(gold.row.statement), len(gold.row.reversed_statement) / 2)
        > EXCERPT_LENGTH
    )


def pseudonyms(golds: Sequence[Gold], salt: str) -> dict[str, str]:
    """User name to ``annotator-N``; numbers follow a salted digest, so they tell nothing of the person."""
    names = {name for gold in golds for name in gold.votes}
    ordered = sorted(names, key=lambda name: digest_of(salt, name))
    return {name: f"annotator-{number}" for number, name in enumerate(ordered, start=1)}


def why_empty(nations: Sequence[str]) -> str:
    """What stands between the database and a release, in one sentence, with the next command to run."""
    scope = Q(nation__in=nations) if nations else Q()
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


def article_key(document: Document) -> str:
    """Digest of an article: the same for all its copies."""
    while document.duplicate_of is not None:
        document = document.duplicate_of
    return article_digest(document.nation_id, document.language, document.text_digest)


def article_digest(nation: str, language: str, text_digest: str) -> str:
    """Digest of an article by nation, language and digest of its normalised text, wherever it was read."""
    return digest_of(nation, language, text_digest)


def origin_of(statement: Statement) -> str:
    """Digest of document and span: what an item is of, however it is worded."""
    document = statement.document
    return digest_of(document.nation_id, document.text_digest, _span(statement))


def _golds(decisions: Sequence[Decision], recipe: Recipe) -> Iterator[Gold]:
    triples = [decision.triple for decision in decisions if decision.triple is not None]
    topics = _topics({triple.statement.document_id for triple in triples})
    divided = _divided({triple.statement_id for triple in triples})
    votes = votes_on(triples)
    for decision, triple in zip(decisions, triples, strict=True):
        cast = votes[triple.pk]
        yield Gold(
            row=_row(decision, triple, topics.get(triple.statement.document_id, ""), cast, divided, recipe),
            triple_id=triple.pk,
            decision_id=decision.pk,
            statement_id=triple.statement_id,
            decided_on=decision.created_at.date().isoformat(),
            votes=cast,
            is_qualified=decision.judge_type == JudgeType.CURATOR or bool(cast),
            article_length=len(triple.statement.document.text),
        )


def _row(
    decision: Decision, triple: Triple, topic: str, votes: dict[str, str], divided: set[int], recipe: Recipe
) -> ReleaseRow:
    statement = triple.statement
    document = statement.document
    disclosure = Disclosure(document.source.disclosure)
    published = _published(document)
    counts = Counter(votes.values())
    return ReleaseRow(
        id=digest_of(
            document.nation_id,
            document.text_digest,
            _span(statement),
            triple.question,
            triple.affirmed,
            triple.reversed_statement,
        ),
        origin=origin_of(statement),
        nation=triple.nation_id,
        language=triple.language,
        source_type=str(statement.source_type),
        question=triple.question,
        statement=triple.affirmed,
        reversed_statement=triple.reversed_statement,
        evidence="" if disclosure is Disclosure.REFERENCE else _evidence(statement),
        text=document.text if disclosure is Disclosure.FULL_TEXT else "",
        disclosure=disclosure,
        outlet=document.outlet.name if document.outlet else "",
        url=document.url,
        published=published,
        document_digest=document.text_digest,
        licence=document.licence or document.source.licence,
        speaker=statement.speaker,
        topic=topic,
        article=article_key(document),
        period=_period(published, recipe.recent_from),
        is_contested=decision.label == TripleValidity.CONTESTED_HERE or statement.pk in divided,
        decided_by=decision.judge_type,
        votes={str(label): counts[label] for label in TripleValidity},
        annotators=(),
        canary="",
    )


def _span(statement: Statement) -> str:
    return f"{statement.span_start}-{statement.span_end}"


def _evidence(statement: Statement) -> str:
    """The words a statement rests on, cut so that a short article is not given away with them: at most half
    of it, unless the statement itself says more."""
    share = max(len(statement.document.text) // 2, len(statement.text))
    return statement.evidence[: min(EXCERPT_LENGTH, share)]


def _published(document: Document) -> str:
    if document.published is None:
        return ""
    length = {"year": 4, "month": 7}.get(document.date_precision, 10)
    return document.published.isoformat()[:length]


def _period(published: str, recent_from: str) -> Period:
    """A date of a year or month counts as recent when all of it is."""
    if not published or not recent_from:
        return Period.UNDATED if not published else Period.EARLIER
    first_day = f"{published}-01-01"[:10] if len(published) == 4 else f"{published}-01"[:10]
    return Period.RECENT if first_day >= recent_from else Period.EARLIER


def _topics(document_ids: set[int]) -> dict[int, str]:
    rows = TopicMembership.objects.filter(is_current=True, document__in=document_ids)
    return dict(rows.values_list("document_id", "topic__label"))


def _divided(statement_ids: set[int]) -> set[int]:
    """Statements in a conflict that people ended as a genuine plurality: the nation itself is divided."""
    plural = Decision.objects.settled().filter(kind=DecisionKind.CONFLICT, label=ConflictOutcome.PLURALITY)
    found: set[int] = set()
    for side in ("conflict__first_id", "conflict__second_id"):
        found.update(plural.filter(**{f"{side}__in": statement_ids}).values_list(side, flat=True))
    return found


def votes_on(triples: Sequence[Triple]) -> dict[int, dict[str, str]]:
    """Triple id to (user name to label): newest votes on the triple and on what it revises, as they were
    before the machine's verdict was shown."""
    leads_to = {triple.pk: triple.pk for triple in triples}
    revised = {triple.revises_id: triple.pk for triple in triples if triple.revises_id}
    while revised:
        leads_to.update(revised)
        rows = Triple.objects.filter(pk__in=revised, revises__isnull=False)
        revised = {earlier: revised[pk] for pk, earlier in rows.values_list("pk", "revises_id")}
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = (
        Vote.objects.counting()
        .with_said()
        .filter(review__decision__triple__in=leads_to)
        .order_by("remote_updated_at", "pk")
        .values_list("review__decision__triple_id", "annotator__username", "said")
    )
    for triple_id, username, label in rows:
        found[leads_to[triple_id]][username] = label
    return found
