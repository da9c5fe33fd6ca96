"""The ablation: triples of what conflict reduction holds back, only where it is wanted."""

from __future__ import annotations

import pytest

from annotation.lifecycle import StatementStatus
from annotation.models import Decision, DecisionKind, Triple
from annotation.services.decisions.recording import mark_asked, settle_decision
from annotation.services.reviews.queue import waiting_decisions
from tests import factories
from tests.defects.engines import run_stage

pytestmark = pytest.mark.django_db


HELD_BACK = [StatementStatus.CONTESTED, StatementStatus.SET_ASIDE]


def held_back(status: str) -> object:
    sentence = "The council must protect the park."
    document = factories.DocumentFactory(text=f"{sentence} It rained.")
    return factories.StatementFactory(document=document, text=sentence, span_end=len(sentence), status=status)


@pytest.mark.parametrize("status", HELD_BACK)
@pytest.mark.parametrize(("wanted", "number"), [(False, 0), (True, 1)])
def test_what_is_held_back_gets_a_triple_and_is_asked_only_for_the_ablation(settings, wanted, number, status):
    settings.NAVAB_ABLATION = wanted
    statement = held_back(status)

    run_stage("GB", "triples")

    assert Triple.objects.count() == number
    assert waiting_decisions().filter(kind=DecisionKind.TRIPLE).count() == number
    statement.refresh_from_db()
    assert statement.status == status


@pytest.mark.parametrize("status", HELD_BACK)
def test_verdict_on_what_is_held_back_leaves_it_there(settings, status):
    settings.NAVAB_ABLATION = True
    statement = held_back(status)
    run_stage("GB", "triples")
    decision = Decision.objects.get(kind=DecisionKind.TRIPLE)

    mark_asked([decision], actor_name="test")
    decision.refresh_from_db()
    settle_decision(decision=decision, label="valid", judge_type="annotators", judge="2 annotators")

    statement.refresh_from_db()
    assert statement.status == status
