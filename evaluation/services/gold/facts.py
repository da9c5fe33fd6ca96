"""Figures of a release that no row holds: who agreed how far, what made the items, what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from annotation.models import Decision, DecisionKind, JudgeType, TopicMembership, Triple
from annotation.models.decision import PEOPLE
from evaluation.services.gold.agreement import Agreement, Cell
from evaluation.services.gold.collect import Gold
from pipeline.records import Engine

_BATCH = 500
_DIGITS = 4
_STAGE_OF = {
    DecisionKind.TOPIC_SCREENING: "screening",
    DecisionKind.STATEMENT_SCREENING: "screening",
    DecisionKind.ATTRIBUTION: "attribution",
    DecisionKind.CONFLICT: "conflicts",
}
_ENGINE_OF = {
    JudgeType.RULES: Engine.RULES,
    JudgeType.MODEL: Engine.OPENAI,
    JudgeType.LEARNED: Engine.LEARNED,
}
_FLOW = ("topics", "screening", "statements", "attribution", "conflicts", "triples")
Made = tuple[str, str, str]  # stage, engine or kind of people, version


def facts_of(
    golds: Sequence[Gold], left_out: Mapping[str, int], agreement: Mapping[Cell, Agreement]
) -> dict[str, Any]:
    """Plain values, the same for the same records.

    ``agreement`` is of every nation and kind of decision people voted on: numbers, raw agreement, alpha with
    interval, or why there is none. ``engines`` is what took part in making how many items, ``left_out``
    reason to number, ``newest_decision`` a date, ``annotators`` the number of people who voted on items.
    ``people`` is whether annotators or curators judged on the way to how many items, by stage. What
    :func:`publisher` tells is there, too."""
    return {
        "agreement": _told(agreement),
        **_took_part(golds),
        "left_out": {str(reason): left_out[reason] for reason in sorted(left_out)},
        "newest_decision": max((gold.decided_on for gold in golds), default=""),
        "annotators": len({name for gold in golds for name in gold.votes}),
        **publisher(),
    }


def publisher() -> dict[str, str]:
    """Who publishes and where, as the settings say: ``publisher``, a name, and ``publisher_url`` and
    ``site``, the address of this site. What is not set is not there, nor an address of this machine alone."""
    found = {"publisher": settings.NAVAB_PUBLISHER} if settings.NAVAB_PUBLISHER else {}
    return {**found, **({"publisher_url": site, "site": site} if (site := public_site()) else {})}


def public_site() -> str:
    """The address of this site, where others can reach it; empty for one of this machine alone."""
    address = str(settings.NAVAB_PUBLIC_URL).rstrip("/")
    host = urlsplit(address).hostname or "localhost"
    try:
        is_here = ip_address(host).is_loopback or ip_address(host).is_unspecified
    except ValueError:  # a name
        is_here = host == "localhost" or host.endswith(".localhost")
    return "" if is_here else address


def _told(agreement: Mapping[Cell, Agreement]) -> list[dict[str, Any]]:
    return [
        {
            "nation": nation,
            "kind": str(kind),
            "items": found.items,
            "votes": found.votes,
            "annotators": found.annotators,
            "raw": _rounded(found.raw.value),
            "alpha": _rounded(found.alpha.value),
            "low": _rounded(found.alpha.low),
            "high": _rounded(found.alpha.high),
            "why_undefined": found.alpha.why_undefined,
        }
        for (nation, kind), found in agreement.items()
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)


def _took_part(golds: Sequence[Gold]) -> dict[str, list[dict[str, Any]]]:
    counts: Counter[Made] = Counter()
    for start in range(0, len(golds), _BATCH):
        batch = golds[start : start + _BATCH]
        counts.update(made for _, made in set(_made(batch)))
    ordered = sorted(counts, key=lambda made: (_FLOW.index(made[0]), *made[1:]))
    return {
        "engines": [
            {"stage": stage, "engine": engine, "version": version, "items": counts[stage, engine, version]}
            for stage, engine, version in ordered
            if engine not in PEOPLE
        ],
        "people": [
            {"stage": stage, "judge": judge, "items": counts[stage, judge, version]}
            for stage, judge, version in ordered
            if judge in PEOPLE
        ],
    }


def _made(golds: Sequence[Gold]) -> Iterator[tuple[int, Made]]:
    """Statement, and what or who took part in making its item; a pair may come more than once."""
    statements = {gold.statement_id for gold in golds}
    by_document: dict[int, set[int]] = {}
    rows = Triple.objects.filter(pk__in=[gold.triple_id for gold in golds]).values_list(
        "statement_id",
        "statement__document_id",
        "derivation__run__engine",
        "derivation__version",
        "statement__derivation__run__engine",
        "statement__derivation__version",
    )
    for statement, document, engine, version, drawn_by, drawn_version in rows:
        by_document.setdefault(document, set()).add(statement)
        if engine is not None:
            yield statement, ("triples", engine, version)
        if drawn_by is not None:
            yield statement, ("statements", drawn_by, drawn_version)
    by_topic: dict[int, set[int]] = {}
    topics = TopicMembership.objects.filter(is_current=True, document__in=by_document)
    for document, topic, engine, version in topics.values_list(
        "document_id", "topic_id", "topic__run__engine", "topic__run__version"
    ):
        by_topic.setdefault(topic, set()).update(by_document[document])
        for statement in by_document[document]:
            yield statement, ("topics", engine, version)
    for subject, ids in (
        ("topic_id", set(by_topic)),
        ("statement_id", statements),
        ("conflict__first_id", statements),
        ("conflict__second_id", statements),
    ):
        judged = Decision.objects.filter(**{f"{subject}__in": ids})
        for found, kind, judge_type, judge in judged.order_by("pk").values_list(
            subject, "kind", "judge_type", "judge"
        ):
            judge_type = JudgeType(judge_type)
            who = (str(judge_type), "") if judge_type in PEOPLE else (str(_ENGINE_OF[judge_type]), judge)
            made = (_STAGE_OF[DecisionKind(kind)], *who)
            for statement in by_topic[found] if subject == "topic_id" else (found,):
                yield statement, made
