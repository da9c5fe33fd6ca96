"""Approved triples, made the way the platform makes them: asked, voted on, settled."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from django.contrib.auth.models import User

from annotation.lifecycle import DecisionStatus
from annotation.models import Decision, JudgeType, Triple, Vote
from annotation.services.decisions.recording import mark_asked, settle_decision
from tests import factories

_annotations = count(1)
_WORDS = {
    "CN": ("zh", "委员会必须保护{n}号公园。", "委员会不必保护{n}号公园。", "委员会应如何对待{n}号公园？"),
    "DE": (
        "de",
        "Der Rat muss den Park {n} schützen.",
        "Der Rat muss den Park {n} nicht schützen.",
        "Wie soll der Rat mit dem Park {n} umgehen?",
    ),
    "FR": (
        "fr",
        "Le conseil doit protéger le parc {n}.",
        "Le conseil ne doit pas protéger le parc {n}.",
        "Que doit faire le conseil du parc {n} ?",
    ),
    "GB": (
        "en",
        "The council must protect park {n}.",
        "The council must not protect park {n}.",
        "What should the council do about park {n}?",
    ),
    "US": (
        "en",
        "The city must keep park {n} open.",
        "The city must not keep park {n} open.",
        "What should the city do with park {n}?",
    ),
}


def annotators(number: int = 2) -> list[User]:
    """Users with names that must never appear in a release."""
    names = [f"secret.name{n}@example.org" for n in range(number)]
    return [factories.user(name, group="annotator", nations=tuple(_WORDS)) for name in names]


def waiting_triple(
    nation: str,
    n: int,
    *,
    source_type: str = "quoted",
    document: object = None,
    is_exchanged: bool = False,
) -> Decision:
    """An open decision on a triple of statement ``n`` of ``nation``; with ``is_exchanged`` the statement is
    what else is its reversal."""
    language, statement, reversed_statement, question = (text.format(n=n) for text in _WORDS[nation])
    if is_exchanged:
        statement, reversed_statement = reversed_statement, statement
    place = factories.nation(nation)
    document = document or factories.DocumentFactory(
        nation=place,
        language=language,
        text=f"{statement} It rained on day {n}.",
        url=f"https://example.org/{n}",
    )
    start = document.text.index(statement)
    found = factories.StatementFactory(
        document=document,
        text=statement,
        span_start=start,
        span_end=start + len(statement),
        source_type=source_type,
        speaker="Ann Smith" if source_type == "quoted" else "",
    )
    triple = factories.TripleFactory(
        statement=found, question=question, reversed_statement=reversed_statement, language=language
    )
    return factories.DecisionFactory(triple=triple)


def approve(
    decision: Decision, votes: dict[User, str] | None = None, *, value: dict[str, str] | None = None
) -> Triple:
    """Ask, vote and settle as valid; without votes a curator does. Returns the triple that was approved."""
    review = factories.ReviewFactory(decision=decision)
    mark_asked([decision], actor_name="test")
    for person, label in (votes or {}).items():
        Vote.objects.create(
            review=review,
            annotator=person,
            label=label,
            qualification=person.person.qualifications.first(),
            remote_annotation_id=next(_annotations),
            remote_updated_at=datetime(2024, 6, 1, tzinfo=UTC),
        )
    decision.refresh_from_db()
    assert decision.status == DecisionStatus.ASKED
    curator = None if votes else factories.user(group="curator")
    judge = (JudgeType.CURATOR, str(curator)) if curator else (JudgeType.ANNOTATORS, "2 annotators")
    verdict = settle_decision(
        decision=decision, label="valid", judge_type=judge[0], judge=judge[1], value=value, actor=curator
    )
    return verdict.triple


def approved_corpus(per_slice: int = 3) -> list[Triple]:
    """Five nations; quoted everywhere, official everywhere but in France; two votes each."""
    people = annotators()
    triples = []
    for nation in _WORDS:
        for kind in ("quoted", "official"):
            if (nation, kind) == ("FR", "official"):
                continue
            for n in range(per_slice):
                number = n + (100 if kind == "official" else 0)
                decision = waiting_triple(nation, number, source_type=kind)
                triples.append(approve(decision, dict.fromkeys(people, "valid")))
    return triples
