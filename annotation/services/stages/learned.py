"""The learned judge of statements: it joins once people have answered enough, and takes the rules' place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from annotation.lifecycle import DecisionStatus
from annotation.models import Decision, DecisionKind, Statement
from annotation.models.decision import PEOPLE
from annotation.services.stages.base import ItemWork
from annotation.services.stages.records import statement_records
from annotation.services.stages.screening import write_statements
from pipeline.flow import Engines
from pipeline.learned import LearnedJudge, TooFewAnswersError, learn, milestone
from pipeline.records import Engine
from pipeline.screening.learned import StatementScreeningLearned


def learned_screening(engines: Engines, nation_id: str) -> ItemWork:
    """Screening of a nation's statements in the languages whose votes have taught a judge that is right more
    often on held-out votes than the machine before it was on the same ones; nothing pending otherwise.

    Beside a language model it does not join: that is asked because the rules are weak.
    """
    judges = {} if engines.engine is Engine.OPENAI else learned_judges(nation_id)
    stage = StatementScreeningLearned(judges)
    rows = (
        Statement.objects.filter(nation_id=nation_id, language__in=list(judges))
        .pending("screening", stage.version)
        .select_related("document__outlet")
    )
    return ItemWork(stage, rows, "statement", statement_records, write_statements, Engine.LEARNED)


def learned_judges(nation_id: str) -> dict[str, LearnedJudge]:
    """Judges by language, learned from the oldest votes up to a milestone, so that they change rarely."""
    found: dict[str, LearnedJudge] = {}
    votes = Decision.objects.filter(
        kind=DecisionKind.STATEMENT_SCREENING,
        nation_id=nation_id,
        judge_type__in=list(PEOPLE),
        status=DecisionStatus.SETTLED,
    ).order_by("pk")
    for language in sorted(set(votes.values_list("statement__language", flat=True))):
        rows = votes.filter(statement__language=language).values_list(
            "statement__text", "label", "statement__document_id", "supersedes__label"
        )
        used = tuple(rows[: milestone(rows.count())])
        judge = _learned(language, used) if used else None
        if judge is not None and judge.accuracy > _machines_accuracy(used):
            found[language] = judge
    return found


def _machines_accuracy(votes: Sequence[Any]) -> float:
    """Share of votes that agree with the decision they took the place of."""
    answered = [(label, before) for _, label, _, before in votes if before]
    return sum(label == before for label, before in answered) / len(answered) if answered else 0.0


@lru_cache(maxsize=16)
def _learned(language: str, votes: tuple[Any, ...]) -> LearnedJudge | None:
    texts, labels, documents = zip(*((text, label, pk) for text, label, pk, _ in votes), strict=True)
    try:
        return learn(texts, labels, language, groups=documents)
    except TooFewAnswersError:
        return None
