"""Priorities: in which order people are asked, by what each answer is worth."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count, Q

from annotation.lifecycle import StatementStatus
from annotation.models import Conflict, Decision, DecisionKind, Statement, TopicMembership
from pipeline.records import SourceType
from pipeline.routing import expected_value, uniform_draw

_CHUNK = 400
_NO_SIGN = 0  # the two statements of such an edge do not meet


def priorities(decisions: Sequence[Decision]) -> dict[int, float]:
    """Priority in [0, 1] by decision id, higher first.

    What belongs to the random sample comes at a random place: were it asked in the order of anything else,
    what has been answered of it so far would be no random sample. Load ``decisions`` with the statement,
    triple's statement or conflict they are about.
    """
    needs = _needs({decision.nation_id for decision in decisions})
    graph = _centralities([d for d in decisions if d.kind == DecisionKind.CONFLICT])
    graph |= _topic_weights([d for d in decisions if d.kind == DecisionKind.TOPIC_SCREENING])
    return {
        decision.pk: uniform_draw(str(decision.pk).encode())
        if decision.is_audit or decision.is_sampled
        else expected_value(
            1.0 - decision.confidence, needs[decision.nation_id, _slice(decision)], graph.get(decision.pk)
        )
        for decision in decisions
    }


def _slice(decision: Decision) -> str:
    """Type of the statement a decision is about; empty for a topic or a pair."""
    statement = decision.statement or (decision.triple.statement if decision.triple else None)
    return str(statement.source_type) if statement is not None else ""


def _needs(nations: Iterable[str]) -> Mapping[tuple[str, str], float]:
    """How much each slice (nation and type) lacks against the fullest of all, in [0, 1]; under the empty type
    the nation as a whole."""
    approved = Statement.objects.filter(status=StatementStatus.APPROVED).order_by()
    rows = approved.values_list("nation", "source_type").annotate(number=Count("pk"))
    counts = {(nation, kind): number for nation, kind, number in rows}
    most = max(counts.values(), default=0)
    found: dict[tuple[str, str], float] = {}
    for nation in nations:
        lacks = {
            str(kind): 1.0 - counts.get((nation, kind), 0) / most if most else 1.0 for kind in SourceType
        }
        found.update(((nation, kind), lack) for kind, lack in lacks.items())
        found[nation, ""] = sum(lacks.values()) / len(lacks)
    return found


def _centralities(decisions: Sequence[Decision]) -> dict[int, float]:
    """How connected the two statements of a conflict are among the judged edges, log-scaled to the most
    connected of these: an answer there decides most."""
    ends: dict[int, tuple[int, int]] = {
        d.pk: (d.conflict.first_id, d.conflict.second_id) for d in decisions if d.conflict is not None
    }
    degrees: Counter[int] = Counter()
    ids = sorted({end for pair in ends.values() for end in pair})
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        wanted = set(chunk)
        edges = Conflict.objects.filter(Q(first__in=chunk) | Q(second__in=chunk)).exclude(sign=_NO_SIGN)
        for pair in edges.order_by().values_list("first", "second").distinct():
            degrees.update(wanted.intersection(pair))
    return _scaled({pk: float(degrees[a] + degrees[b]) for pk, (a, b) in ends.items()})


def _topic_weights(decisions: Sequence[Decision]) -> dict[int, float]:
    """How many documents hang on a topic, log-scaled to the largest of these."""
    topic_of = {decision.pk: decision.topic_id for decision in decisions if decision.topic_id}
    rows = TopicMembership.objects.filter(topic__in=set(topic_of.values()), is_current=True).order_by()
    sizes: dict[int, int] = defaultdict(int, rows.values_list("topic").annotate(number=Count("pk")))
    return _scaled({pk: float(sizes[topic]) for pk, topic in topic_of.items()})


def _scaled(values: Mapping[int, float]) -> dict[int, float]:
    most = math.log1p(max(values.values(), default=0.0))
    return {pk: math.log1p(value) / most if most else 0.0 for pk, value in values.items()}
