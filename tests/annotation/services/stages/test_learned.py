"""The learned judge joins screening once people have voted enough."""

from __future__ import annotations

import pytest

from annotation.models import Decision, DecisionKind, JudgeType, Run, Statement
from annotation.services.stages.run import run_pipeline
from pipeline.flow import Engines
from pipeline.records import Engine
from tests import factories
from tests.pipeline.test_learned import answers

pytestmark = pytest.mark.django_db
KIND = DecisionKind.STATEMENT_SCREENING
OTHER = {"sensitive": "not_sensitive", "not_sensitive": "sensitive"}


def statement(text: str) -> Statement:
    return factories.StatementFactory(document=factories.DocumentFactory(text=text), text=text)


def voted(count: int, *, machine_is_right: bool = False) -> None:
    """Statements that people have judged; the machine before them said the contrary, or the same."""
    for text, label in zip(*answers(count), strict=True):
        row = statement(text)
        said = label if machine_is_right else OTHER[label]
        machine = factories.DecisionFactory(
            kind=KIND, triple=None, statement=row, label=said, status="superseded"
        )
        factories.DecisionFactory(
            kind=KIND,
            triple=None,
            statement=row,
            label=label,
            judge_type=JudgeType.ANNOTATORS,
            judge="2 annotators",
            status="settled",
            supersedes=machine,
        )


def screen() -> list[str]:
    """Versions of the screening steps that had something to report."""
    reports = run_pipeline(
        nations=["GB"], stage="screening", engines=Engines(), progress=lambda name, done, total: None
    )
    return [report.version for report in reports]


def test_too_few_votes_leave_screening_to_the_rules():
    voted(90)
    row = statement("The state must protect equal rights in the north.")

    assert len(screen()) == 2
    assert Decision.objects.get(statement=row).judge_type == JudgeType.RULES


def test_enough_votes_bring_a_judge_that_takes_the_rules_place_but_nobodys_vote():
    voted(120)
    row = statement("The state must protect equal rights in the north.")

    versions = screen()

    assert versions[2].startswith("learned-1+")
    rules, learned = Decision.objects.filter(statement=row).order_by("pk")
    assert (rules.judge_type, rules.status) == (JudgeType.RULES, "superseded")
    assert (learned.judge_type, learned.label) == (JudgeType.LEARNED, "sensitive")
    assert learned.rationale.startswith("learned from 100 answers")
    assert Run.objects.filter(engine=Engine.LEARNED).count() == 1
    by_people = Decision.objects.filter(judge_type=JudgeType.ANNOTATORS)
    assert set(by_people.values_list("status", flat=True)) == {"settled"}


def test_it_is_asked_once_and_again_only_after_many_more_votes():
    voted(120)
    statement("The state must protect solidarity in the south.")
    screen()
    before = Decision.objects.count()

    assert len(screen()) == 2
    assert Decision.objects.count() == before


def test_judge_that_is_no_better_than_the_machine_does_not_join():
    voted(120, machine_is_right=True)
    statement("The state must protect solidarity in the south.")

    assert len(screen()) == 2
