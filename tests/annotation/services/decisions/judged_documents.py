"""Judgements on one document, verdicts on the sampled ones, and what is then guaranteed."""

from __future__ import annotations

import itertools

import pytest
from django.urls import reverse

from annotation.models import DecisionKind, Guarantee, JudgeType, Policy
from annotation.services.decisions.recording import DecisionDraft, record_decisions, settle_decision
from annotation.services.decisions.routing import standing_guarantees
from pipeline.records import Judgement
from tests import factories

KIND = DecisionKind.STATEMENT_SCREENING
JUDGE = "m-1"
PAGE = reverse("annotation:policies")
_keys = itertools.count()


@pytest.fixture(autouse=True)
def policy():
    """One judgement in two is sampled, so that a few hundred are enough."""
    return Policy.objects.update_or_create(
        nation=None,
        kind=KIND,
        defaults={"threshold": 0.8, "audit_rate": 0.5, "error_budget": 0.1, "confidence_level": 0.9},
    )[0]


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    """Every test draws the same sample."""
    monkeypatch.setitem(globals(), "_keys", itertools.count())


@pytest.fixture
def document():
    return factories.DocumentFactory()


def judge(document, number, confidence, judge=JUDGE):
    """So many judgements that statements of a document are sensitive."""
    drafts = []
    for _ in range(number):
        key = next(_keys)
        statement = factories.StatementFactory(
            document=document,
            text=f"We must keep park {key}.",
            span_start=key,
            span_end=key + 9,
            status="extracted",
        )
        judgement = Judgement("sensitive", confidence)
        drafts.append(DecisionDraft(KIND, statement, document.nation_id, judgement, f"key {key}"))
    return record_decisions(drafts, judge_type=JudgeType.MODEL, judge=judge)


def verdicts(decisions, *, wrong=0):
    """People answer the sampled ones of these: so many first ones are found wrong. Returns how many."""
    sampled = [decision for decision in decisions if decision.is_sampled]
    for place, decision in enumerate(sampled):
        settle_decision(
            decision=decision,
            label="not_sensitive" if place < wrong else "sensitive",
            judge_type=JudgeType.ANNOTATORS,
            judge="annotators:2/2",
        )
    return len(sampled)


def standing():
    return standing_guarantees()["GB", KIND.value, JUDGE]


def states():
    return list(Guarantee.objects.order_by("pk").values_list("state", flat=True))


def routes(decisions):
    return {(decision.status, decision.is_audit) for decision in decisions}


def page_of(client, *nations):
    client.force_login(factories.user(group="curator", nations=nations or ("GB",)))
    return client.get(PAGE)


def row_of(page):
    """The row of the judge as column to text."""
    table = page.context["tables"][0]
    [row] = [row for row in table.shown if row[2].text == JUDGE]
    return dict(zip(table.columns, (cell.text for cell in row), strict=True))
