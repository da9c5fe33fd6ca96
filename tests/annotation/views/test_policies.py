"""The page of policies: thresholds, budgets and what stands alone, per nation and judge."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.models import Policy
from annotation.services.decisions.guarantees import fewest_verdicts, judged_counts, solve_guarantees
from annotation.services.decisions.routing import policy_for, routing_policies
from annotation.services.reviews.queue import request_reviews
from tests import factories
from tests.annotation.services.decisions.judged_documents import (
    JUDGE,
    KIND,
    PAGE,
    document,
    judge,
    keys,
    page_of,
    policy,
    verdicts,
)
from tests.queries import queries

pytestmark = pytest.mark.django_db

__all__ = ["document", "keys", "policy"]


def test_page_of_a_judge_without_verdicts_says_how_many_it_takes(client, document):
    judge(document, 10, 0.95)

    page = page_of(client)

    needed = fewest_verdicts(policy_for(routing_policies(), "GB", KIND))
    assert needed > 10
    assert f"At least {needed} sampled verdicts are needed; there is none yet." in page.content.decode()


def test_page_of_scores_below_every_start_says_so(client, document):
    verdicts(judge(document, 20, 0.4))
    solve_guarantees()

    assert "No sampled judgement has a raw confidence of 0.6 or more" in page_of(client).content.decode()


def test_page_shows_own_nations_and_their_policies_only(client, document):
    judge(document, 2, 0.95)
    Policy.objects.create(nation=factories.nation("DE"), kind=KIND, threshold=0.7)
    Policy.objects.create(nation=factories.nation("GB"), kind=KIND, threshold=0.9, error_budget=0.025)

    german, british = page_of(client, "DE"), page_of(client, "GB")

    assert [len(page.context["tables"][0].rows) for page in (german, british)] == [0, 1]
    nations = [{row[0] for row in page.context["tables"][1].rows} for page in (german, british)]
    assert nations == [{"all others", "DE"}, {"all others", "GB"}]


def test_page_states_the_budget_exactly(client, document, policy):
    Policy.objects.filter(pk=policy.pk).update(error_budget=0.025, confidence_level=0.975)
    verdicts(judge(document, 500, 0.95))
    solve_guarantees()

    page = page_of(client).content.decode()

    assert "With 97.5 % confidence at most 2.5 % of what stands alone since then has a wrong label" in page


def test_tables_can_be_had_as_files(client, document):
    judge(document, 4, 0.95)
    page_of(client)

    judges = client.get(reverse("annotation:policies_csv", args=["judges"])).content.decode().splitlines()
    missing = client.get(reverse("annotation:policies_csv", args=["weather"]))

    assert judges[1].startswith("GB,statement screening,m-1,no guarantee yet,,0.1,0,,,")
    assert missing.status_code == 404


def test_counts_tell_what_stands_alone_and_what_was_asked(document):
    sure, unsure = judge(document, 20, 0.95), judge(document, 5, 0.1)
    request_reviews([*sure, *unsure])

    [(key, counts)] = judged_counts(factories.user(group="curator", nations=("GB",))).items()

    audits = sum(decision.is_audit for decision in sure)
    assert (key, counts) == (("GB", KIND.value, JUDGE), (20 - audits, audits + 5))


def test_page_query_count_is_constant(client, document):
    client.force_login(factories.user(group="operator"))
    counts = []
    for number in range(3):
        verdicts(judge(document, 4, 0.95, judge=f"m-{number}"))
        solve_guarantees()
        counts.append(queries(client, PAGE))

    assert counts[0] == counts[2]
