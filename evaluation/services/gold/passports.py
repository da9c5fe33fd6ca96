"""Passports: for each item the chain from its document to the reviews that made it gold, as one line of JSON.

The shape, every field always there::

    {"id", "origin", "canary",
     "document": {"digest", "url", "outlet", "outlet_kind", "published", "language", "licence", "disclosure",
                  "row_key", "source": {"name", "format", "digest"}},
     "span": {"start", "end"},                                # code points into the document's text
     "statement": {"text", "text_digest", "confidence", "made_by"},   # as it was drawn from the document
     "topic": {"label", "keywords"},                          # empty where the document is in none
     "decisions": [{"number", "kind", "label", "confidence", "raw_confidence", "judge_type", "judge",
                    "decided_on", "status", "superseded_by", "is_audit", "rationale", "made_by",
                    "relation", "side",                       # of a conflict, else empty
                    "votes": {label: n}, "annotators": [pseudonym], "agreement"}],
     "triple": {"question", "statement", "reversed_statement", "checks", "confidence", "revisions",
                "made_by"},
     "reviews": [{"decision", "kind", "purpose", "status", "votes_required", "votes", "guidelines"}]}

``made_by`` is ``{"stage", "version", "engine", "prompt_digest"}``, empty for people's work. Decisions are in
the order of the flow and numbered from 1; ``superseded_by`` and ``decision`` are such numbers,
``superseded_by`` is ``null`` while a decision stands, or when what replaced it is about another topic.
``side`` says whether the item is the first or second of the conflict; ``agreement`` is the share of agreeing
pairs of votes, ``null`` for fewer than two. ``judge`` is a rule set, a model with its prompts, or only
``annotators`` or ``curator``: nothing names a person, and what people wrote freely stays out. A drawn text
that is not the released one, and machines' reasons, are told only as far as the source's disclosure lets
words of the document leave. No keys of the database, no time finer than a day.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from annotation.lifecycle import DecisionStatus
from annotation.models import DecisionKind, JudgeType
from annotation.models.decision import PEOPLE
from annotation.services.decisions.calibration import RAW
from evaluation.publishing.rows import EXCERPT_LENGTH, digest_of
from evaluation.services.gold.chains import Ballot, Chain, Row, chains
from evaluation.services.gold.collect import Gold
from pipeline.records import Disclosure

REASON_LENGTH = 240  # characters of a machine's reason
_RUN = 24  # characters in a row that are the document's own words
_ABOUT_THE_DOCUMENT = frozenset(
    {DecisionKind.STATEMENT_SCREENING, DecisionKind.ATTRIBUTION, DecisionKind.TRIPLE}
)
_NUMBERED = re.compile(r"\b(?:topic|statement|decision|conflict|document|triple|run) #?\d+")


def passports(golds: Sequence[Gold], names: Mapping[str, str]) -> list[str]:
    """Passports aligned with ``golds``, some hundred at a time, in a constant number of queries.

    ``names`` maps user names to pseudonyms; who has none is counted and not listed. The same records give the
    same bytes on every database.
    """
    return [
        json.dumps(_passport(chain, names), ensure_ascii=False, separators=(",", ":"))
        for chain in chains(golds)
    ]


def _passport(chain: Chain, names: Mapping[str, str]) -> dict[str, Any]:
    row, triple = chain.gold.row, chain.triple
    numbers = {decision["pk"]: number for number, decision in enumerate(chain.decisions, 1)}
    replaced = _replaced(chain.decisions)
    return {
        "id": row.id,
        "origin": row.origin,
        "canary": row.canary,
        "document": _document(chain),
        "span": {"start": triple["statement__span_start"], "end": triple["statement__span_end"]},
        "statement": _statement(chain),
        "topic": _topic(chain.topic),
        "decisions": [_decision(chain, decision, numbers, replaced, names) for decision in chain.decisions],
        "triple": {
            "question": row.question,
            "statement": row.statement,
            "reversed_statement": row.reversed_statement,
            "checks": _sorted(triple["checks"]),
            "confidence": float(triple["confidence"]),
            "revisions": len(chain.revisions),
            "made_by": _made_by(triple),
        },
        "reviews": [
            {
                "decision": numbers[asked["pk"]],
                "kind": asked["review__kind"],
                "purpose": asked["review__purpose"],
                "status": asked["review__status"],
                "votes_required": asked["review__votes_required"],
                "votes": len(votes := chain.votes.get(asked["pk"], [])),
                "guidelines": sorted({vote.guideline for vote in votes} - {""}),
            }
            for asked in chain.decisions
            if asked["review__pk"] is not None
        ],
    }


def _document(chain: Chain) -> dict[str, Any]:
    row, triple = chain.gold.row, chain.triple
    return {
        "digest": row.document_digest,
        "url": row.url,
        "outlet": row.outlet,
        "outlet_kind": triple["statement__document__outlet__kind"] or "",
        "published": row.published,
        "language": row.language,
        "licence": row.licence,
        "disclosure": row.disclosure,
        "row_key": triple["statement__document__row_key"],
        "source": {
            # A path would tell of the machine it was read on.
            "name": PurePosixPath(triple["statement__document__source__name"]).name,
            "format": triple["statement__document__source__format"],
            "digest": triple["statement__document__source__digest"],
        },
    }


def _statement(chain: Chain) -> dict[str, Any]:
    row, drawn = chain.gold.row, chain.triple["statement__text"]
    is_told = drawn == row.statement or row.disclosure != Disclosure.REFERENCE
    return {
        "text": drawn[:EXCERPT_LENGTH] if is_told else "",
        "text_digest": digest_of(drawn),
        "confidence": float(chain.triple["statement__confidence"]),
        "made_by": _made_by(chain.triple, "statement__"),
    }


def _topic(topic: Row | None) -> dict[str, Any]:
    if topic is None:
        return {"label": "", "keywords": []}
    return {"label": topic["label"], "keywords": list(map(str, topic["keywords"]))}


def _decision(
    chain: Chain,
    decision: Row,
    numbers: Mapping[int, int],
    replaced: Mapping[int, int],
    names: Mapping[str, str],
) -> dict[str, Any]:
    is_by_people = decision["judge_type"] in PEOPLE
    raw = decision["confidence"]
    if RAW in decision["told"]:
        raw = json.loads(decision["told"]).get(RAW, raw)
    votes = chain.votes.get(decision["pk"], [])
    side = ""
    if decision["conflict_id"] is not None:
        side = "first" if decision["conflict__first_id"] == chain.gold.statement_id else "second"
    return {
        "number": numbers[decision["pk"]],
        "kind": decision["kind"],
        "label": decision["label"],
        "confidence": float(decision["confidence"]),
        "raw_confidence": float(raw),
        "judge_type": decision["judge_type"],
        "judge": decision["judge_type"] if is_by_people else decision["judge"],
        "decided_on": decision["created_at"].date().isoformat(),
        "status": decision["status"],
        "superseded_by": numbers.get(replaced.get(decision["pk"], 0)),
        "is_audit": decision["is_audit"],
        "rationale": "" if is_by_people else _reason(chain, decision),
        "made_by": _made_by(decision),
        "relation": decision["conflict__relation"] or "",
        "side": side,
        "votes": dict(sorted(Counter(vote.label for vote in votes).items())),
        "annotators": sorted(
            {names[vote.username] for vote in votes if vote.username in names},
            key=lambda name: (len(name), name),
        ),
        "agreement": _agreement(votes),
    }


def _replaced(decisions: Sequence[Row]) -> dict[int, int]:
    """Superseded decision to what took its place: what says so, else the next on the same question."""
    found: dict[int, int] = {
        row["supersedes_id"]: row["pk"] for row in decisions if row["supersedes_id"] is not None
    }
    last: dict[tuple[Any, ...], int] = {}
    for row in reversed(decisions):
        question = (row["kind"], row["conflict_id"])
        if row["status"] == DecisionStatus.SUPERSEDED and row["pk"] not in found and question in last:
            found[row["pk"]] = last[question]
        last[question] = row["pk"]
    return found


def _reason(chain: Chain, decision: Row) -> str:
    """A machine's reason, unless it could give away words that the source's disclosure keeps in."""
    row = chain.gold.row
    if row.disclosure == Disclosure.REFERENCE:
        return ""
    if decision["judge_type"] == JudgeType.MODEL and decision["kind"] not in _ABOUT_THE_DOCUMENT:
        return ""  # it may quote, and had read other documents, too
    told = _NUMBERED.sub(lambda match: match[0].split()[0], " ".join(decision["rationale"].split()))
    told = told[:REASON_LENGTH]
    if len(told) >= _RUN and row.disclosure == Disclosure.SPAN:
        given = " ".join(f"{row.evidence} {row.statement} {row.question} {row.reversed_statement}".split())
        if _quotes(told, _spaced(chain.triple["statement__document__text"]), given):
            return ""
    return told


@lru_cache(maxsize=1)
def _spaced(article: str) -> str:
    """Every decision of an item is held against the same article."""
    return " ".join(article.split())


def _quotes(text: str, article: str, given: str) -> bool:
    """Whether ``text`` has ``_RUN`` characters in a row from ``article`` that ``given`` has not."""
    half = _RUN // 2  # any such run has one of these windows whole
    if not any(text[at : at + half] in article for at in range(0, len(text) - half + 1, half)):
        return False
    windows = (text[at : at + _RUN] for at in range(len(text) - _RUN + 1))
    return any(window in article and window not in given for window in windows)


def _made_by(row: Row, prefix: str = "") -> dict[str, str]:
    return {
        "stage": row[f"{prefix}derivation__stage"] or "",
        "version": row[f"{prefix}derivation__version"] or "",
        "engine": row[f"{prefix}derivation__run__engine"] or "",
        "prompt_digest": row[f"{prefix}derivation__prompt_digest"] or "",
    }


def _agreement(votes: Sequence[Ballot]) -> float | None:
    if len(votes) < 2:
        return None
    agreeing = sum(count * (count - 1) for count in Counter(vote.label for vote in votes).values())
    return round(agreeing / (len(votes) * (len(votes) - 1)), 6)


def _sorted(value: Any) -> Any:
    """Databases keep objects in orders of their own."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
