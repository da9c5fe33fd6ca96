"""Confidences calibrated on what people have decided."""

from __future__ import annotations

import pytest

from annotation.models import Decision, DecisionKind, JudgeType
from annotation.services.decisions.calibration import RAW, calibrations
from annotation.services.decisions.recording import DecisionDraft, record_decisions, settle_decision
from pipeline.calibration import FEWEST
from pipeline.records import Judgement
from tests import factories

pytestmark = pytest.mark.django_db
KIND = DecisionKind.STATEMENT_SCREENING


def judge(statement, label: str, confidence: float, version: str = "rules-1") -> Decision:
    [decision] = record_decisions(
        [DecisionDraft(KIND, statement, statement.nation_id, Judgement(label, confidence), statement.text)],
        judge_type=JudgeType.RULES,
        judge=version,
    )
    return decision


def answer(count: int, right: int, label: str = "sensitive", confidence: float = 0.95) -> None:
    """``count`` judgements of one confidence, ``right`` of which annotators agree with."""
    other = {"sensitive": "not_sensitive", "not_sensitive": "sensitive"}[label]
    for number in range(count):
        settle_decision(
            decision=judge(factories.StatementFactory(), label, confidence),
            label=label if number < right else other,
            judge_type=JudgeType.ANNOTATORS,
            judge="2 annotators",
        )


def test_before_enough_verdicts_a_confidence_stays_what_it_is():
    answer(FEWEST - 1, 0)

    decision = judge(factories.StatementFactory(), "sensitive", 0.95)

    assert (decision.confidence, RAW in decision.evidence) == (0.95, False)


def test_judge_people_disagree_with_loses_confidence_and_its_answers_go_to_people():
    answer(40, 16)

    decision = judge(factories.StatementFactory(), "sensitive", 0.95)

    assert decision.confidence == pytest.approx(0.4, abs=0.1)
    assert decision.status == "open"
    assert decision.evidence == {RAW: 0.95, "calibrated_on": 40, "calibration": "platt"}


def test_labels_are_calibrated_apart():
    answer(40, 40)
    answer(40, 8, label="not_sensitive")

    sure = judge(factories.StatementFactory(), "sensitive", 0.95)
    unsure = judge(factories.StatementFactory(), "not_sensitive", 0.95)

    assert unsure.confidence < 0.4 < 0.85 < sure.confidence


def test_a_new_version_is_calibrated_on_its_predecessors_until_it_has_answers_of_its_own():
    answer(40, 8)

    assert judge(factories.StatementFactory(), "sensitive", 0.95, "rules-2").confidence < 0.5


def test_calibration_learns_from_what_the_judge_said_not_from_what_was_made_of_it():
    answer(80, 40)

    found = calibrations(KIND).of(judge_type="rules", judge="rules-1", nation_id="GB", label="sensitive")

    assert (found.answers, found(0.95)) == (80, pytest.approx(0.5, abs=0.05))


def test_a_curators_overruling_counts_instead_of_the_vote_before_it():
    curator = factories.user(group="curator")
    for _ in range(FEWEST):
        vote = settle_decision(
            decision=judge(factories.StatementFactory(), "sensitive", 0.9),
            label="not_sensitive",
            judge_type=JudgeType.ANNOTATORS,
            judge="2 annotators",
        )
        settle_decision(
            decision=vote, label="sensitive", judge_type=JudgeType.CURATOR, judge=str(curator), actor=curator
        )

    found = calibrations(KIND).of(judge_type="rules", judge="rules-1", nation_id="GB", label="sensitive")

    assert found.answers == FEWEST
    assert found(0.9) > 0.85
