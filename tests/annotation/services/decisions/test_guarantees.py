"""Thresholds solved from people's verdicts: they hold, route, are suspended by the audit, and recover."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from annotation.lifecycle import DecisionStatus
from annotation.models import CountedVote, Decision, Guarantee, GuaranteeState, JudgeType, Policy, Vote
from annotation.services.decisions.guarantees import fewest_verdicts, solve_guarantees
from annotation.services.decisions.recording import settle_decision
from annotation.services.decisions.routing import policy_for, routing_policies
from annotation.services.reviews.queue import request_reviews
from tests import factories
from tests.annotation.services.decisions.judged_documents import (
    JUDGE,
    KIND,
    document,
    judge,
    keys,
    page_of,
    policy,
    routes,
    row_of,
    standing,
    states,
    verdicts,
)
from tests.annotation.votes import vote

pytestmark = pytest.mark.django_db

__all__ = ["document", "keys", "policy"]


def test_a_guarantee_from_the_first_vote_to_suspension_and_recovery(client, document):
    rule = policy_for(routing_policies(), "GB", KIND)

    # Too few votes: the policy's threshold decides, the page says how many more are needed.
    few = judge(document, 20, 0.95)
    asked = verdicts(few)
    solve_guarantees()
    assert standing().state == GuaranteeState.WAITING
    assert (standing().sampled, standing().errors) == (asked, 0)
    assert 0 < standing().votes_needed < fewest_verdicts(rule)
    page = page_of(client)
    assert row_of(page)["state"] == "no guarantee yet"
    assert f"At least {standing().votes_needed} more sampled verdicts are needed" in page.content.decode()
    assert routes(judge(document, 10, 0.75)) == {(DecisionStatus.OPEN, False)}

    # Enough of them: what scores 0.7 is right, what scores 0.55 is wrong half of the time.
    good, bad = judge(document, 160, 0.7), judge(document, 60, 0.55)
    verdicts(good)
    verdicts(bad, wrong=15)
    solve_guarantees()
    held = standing()
    assert (held.state, held.threshold, held.votes_needed) == (GuaranteeState.HOLDS, 0.56, 0)
    assert held.bound < 0.1
    page = page_of(client)
    assert (row_of(page)["state"], row_of(page)["threshold"]) == ("guaranteed", "0.5600")
    assert (
        "With 90 % confidence at most 10 % of what stands alone since then has a wrong label"
        in page.content.decode()
    )

    # It settles what waits and is not sampled, and routes what is new by the raw confidence.
    waiting = Decision.objects.filter(status=DecisionStatus.OPEN, pk__in=[d.pk for d in good])
    assert not waiting.exists()
    assert routes(judge(document, 30, 0.6)) == {
        (DecisionStatus.SETTLED, False),
        (DecisionStatus.SETTLED, True),
    }
    assert routes(judge(document, 10, 0.55)) == {(DecisionStatus.OPEN, False)}

    # The audit finds errors: it is suspended, the page says so, everything is asked.
    later = judge(document, 60, 0.95)
    audited = verdicts(later, wrong=20)
    solve_guarantees()
    gone = standing()
    assert (gone.state, gone.threshold, gone.errors, gone.settled_sampled) == (
        GuaranteeState.SUSPENDED,
        None,
        20,
        audited,
    )
    page = page_of(client)
    [alert] = page.context["suspended"]
    assert (alert, row_of(page)["state"]) == (gone, "suspended")
    assert f"20 of {audited} audited judgements were wrong" in page.content.decode()
    assert f"At least {fewest_verdicts(rule)} more sampled verdicts are needed" in page.content.decode()
    during = judge(document, 160, 1.0)
    assert routes(during) == {(DecisionStatus.OPEN, False)}

    # What it was suspended for is still told after the next look.
    few = verdicts(during[:10])
    solve_guarantees()
    assert (standing().state, standing().sampled) == (GuaranteeState.SUSPENDED, few)
    assert f"20 of {audited} audited judgements were wrong" in page_of(client).content.decode()

    # Enough right ones since: it holds again, and what is new stands alone again.
    many = few + verdicts(during[10:])
    solve_guarantees()
    assert (standing().state, standing().sampled) == (GuaranteeState.HOLDS, many)
    assert page_of(client).context["suspended"] == []
    assert DecisionStatus.SETTLED in {decision.status for decision in judge(document, 10, 0.95)}


def test_nothing_is_written_when_nothing_has_changed(document):
    verdicts(judge(document, 20, 0.95))

    first, second = solve_guarantees(), solve_guarantees()

    assert (len(first), second, len(states())) == (1, [], 1)


def test_a_guarantee_that_verdicts_no_longer_bear_is_suspended_and_told(client, document):
    verdicts(judge(document, 200, 0.95))
    solve_guarantees()
    assert standing().state == GuaranteeState.HOLDS
    # Verdicts on older judgements are overruled: no drift since it holds, yet no threshold passes.
    curator = factories.user(group="curator")
    for verdict in Decision.objects.filter(judge_type="annotators")[:20]:
        settle_decision(
            decision=verdict, label="not_sensitive", judge_type=JudgeType.CURATOR, judge="c", actor=curator
        )

    solve_guarantees()
    solve_guarantees()

    page = page_of(client)
    assert states() == ["holds", "suspended"]
    assert (standing().counts_from, standing().errors) == (None, 20)
    assert row_of(page)["state"] == "suspended"
    assert "The verdicts no longer bear a guarantee, so everything is asked." in page.content.decode()
    assert f"20 of {standing().settled_sampled} sampled judgements were wrong" in page.content.decode()
    assert routes(judge(document, 5, 1.0)) == {(DecisionStatus.OPEN, False)}


def test_the_audit_goes_on_when_the_threshold_moves(document):
    verdicts(judge(document, 300, 0.95))
    solve_guarantees()
    audited = verdicts(judge(document, 60, 0.95), wrong=20)
    moved = standing()
    moved.pk, moved.threshold = None, 0.6
    moved.save()

    solve_guarantees()

    assert (states(), standing().counts_from is None) == (["holds", "holds", "suspended"], False)
    assert (standing().errors, standing().settled_sampled) == (20, audited)


def test_what_people_dispute_counts_as_wrong_until_it_is_decided(document):
    decisions = [decision for decision in judge(document, 60, 0.95) if decision.is_sampled]
    verdicts(decisions[5:])
    request_reviews(decisions[:5])
    for decision in decisions[:5]:
        type(decision.review).objects.filter(decision=decision).update(status="disputed")
    solve_guarantees()
    before = (standing().sampled, standing().errors)

    verdicts(decisions[:5])
    solve_guarantees()

    assert before == (len(decisions), 5)
    assert (standing().sampled, standing().errors) == (len(decisions), 0)


def test_only_the_random_sample_counts(document):
    decisions = judge(document, 40, 0.95)
    for decision in decisions:
        settle_decision(
            decision=decision, label="sensitive", judge_type=JudgeType.ANNOTATORS, judge="annotators:2/2"
        )

    solve_guarantees()

    assert standing().sampled == sum(decision.is_sampled for decision in decisions) < 40


def test_the_sample_knows_nothing_of_the_confidence(document):
    decisions = judge(document, 100, 0.95) + judge(document, 100, 0.1)

    by_status = {
        status: [decision.is_sampled for decision in decisions if decision.status == status]
        for status in (DecisionStatus.SETTLED, DecisionStatus.OPEN)
    }

    assert {status: 30 < sum(drawn) < 70 for status, drawn in by_status.items()} == dict.fromkeys(
        by_status, True
    )


def test_a_policy_that_lets_nothing_stand_alone_is_kept_whatever_the_votes(client, document, policy):
    Policy.objects.filter(pk=policy.pk).update(threshold=1.1)
    verdicts(judge(document, 100, 0.95))

    solve_guarantees()

    assert standing().state == GuaranteeState.HOLDS
    assert routes(judge(document, 10, 1.0)) == {(DecisionStatus.OPEN, False)}
    assert row_of(page_of(client))["state"] == "never alone"


def test_a_guarantee_is_of_its_nation_and_judge_only(document):
    Guarantee.objects.create(
        nation=document.nation,
        kind=KIND,
        judge=JUDGE,
        state=GuaranteeState.SUSPENDED,
        sampled=0,
        settled_sampled=9,
        errors=9,
        bound=1.0,
    )
    elsewhere = factories.DocumentFactory(nation=factories.nation("DE"))

    routed = [
        judge(document, 5, 0.95),
        judge(elsewhere, 5, 0.95),
        judge(document, 5, 0.95, judge="m-2"),
    ]

    assert [{decision.status for decision in decisions} for decisions in routed] == [
        {DecisionStatus.OPEN},
        {DecisionStatus.SETTLED},
        {DecisionStatus.SETTLED},
    ]


def test_a_threshold_settles_what_waits_and_closes_its_questions_but_not_the_sample(document):
    waiting = judge(document, 40, 0.7)
    request_reviews(waiting)
    verdicts(judge(document, 100, 0.95))
    assert {decision.status for decision in waiting} == {DecisionStatus.OPEN}

    solve_guarantees()

    found = {
        (decision.is_sampled, decision.status, decision.review.status)
        for decision in Decision.objects.filter(pk__in=[row.pk for row in waiting]).select_related("review")
    }
    assert found == {(True, "open", "queued"), (False, "settled", "closed")}


def test_running_the_pipeline_solves_thresholds_first(document):
    verdicts(judge(document, 20, 0.95))

    call_command("run_pipeline", nation=["GB"], stage="triples", stdout=StringIO(), stderr=StringIO())

    assert states() == ["waiting"]


def test_an_answer_changed_after_the_machines_was_shown_counts_as_it_was_before(document):
    [decision] = judge(document, 1, 0.95)
    Decision.objects.filter(pk=decision.pk).update(is_sampled=True)
    review = factories.ReviewFactory(decision=decision)
    verdict = settle_decision(
        decision=decision, label=decision.label, judge_type=JudgeType.ANNOTATORS, judge="annotators:2/2"
    )
    for blind in ("not_sensitive", "not_sensitive"):
        given = vote(review, factories.user(group="annotator", nations=("GB",)), decision.label)
        Vote.objects.filter(pk=given.pk).update(blind_label=blind, revealed_at=timezone.now())
        CountedVote.objects.create(
            verdict=verdict, vote=given, qualification=given.qualification, label=given.label
        )

    solve_guarantees()

    assert (standing().sampled, standing().errors) == (1, 1)


def test_a_policy_that_asks_for_more_than_was_solved_for_is_not_guaranteed(client, document):
    row = Guarantee.objects.create(
        nation_id="GB", kind=KIND, judge=JUDGE, state=GuaranteeState.HOLDS, threshold=0.6, sampled=200,
        settled_sampled=200, errors=0, bound=0.04, error_budget=0.1, confidence_level=0.9,
    )  # fmt: skip
    assert {decision.status for decision in judge(document, 30, 0.65)} == {DecisionStatus.SETTLED}
    Policy.objects.filter(kind=KIND).update(error_budget=0.001)

    page = page_of(client)

    assert row_of(page)["state"] == "no guarantee yet"
    assert "The policy has changed since" in page.content.decode()
    assert routes(judge(document, 30, 0.65)) == {(DecisionStatus.OPEN, False)}
    assert not row.holds_for(0.001, 0.9)
