"""What annotators are shown of a decision."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from annotation.label_studio.tasks import to_task
from annotation.models import Decision, Review, Statement
from annotation.services.conflicts.listing import MOST
from annotation.services.reviews.drafts import RELATED, draft_columns, task_drafts
from tests import factories
from tests.annotation.conflict_groups import make_group

pytestmark = pytest.mark.django_db


def test_task_about_a_speaker_shows_nothing_the_machine_found_but_as_its_prediction() -> None:
    document = factories.DocumentFactory(
        outlet=None, title="", published=None, date_precision="", speaker="Radio Young"
    )
    statement = factories.StatementFactory(document=document, speaker="Young")
    value = {"speaker": "Ada Young", "is_office_holder": True}
    decision = factories.DecisionFactory(kind="attribution", statement=statement, label="quoted", value=value)
    factories.ReviewFactory(decision=decision)

    (draft,) = task_drafts(Review.objects.select_related(*RELATED))

    task = to_task(draft)
    assert (task["data"]["origin"], task["data"]["speaker"]) == ("Radio Young", "")
    assert [part["value"] for part in task["predictions"][0]["result"]] == [
        {"choices": ["quoted"]},
        {"text": ["Ada Young"]},
    ]


@pytest.mark.parametrize(
    ("code", "first", "second", "more", "undated"),
    [
        ("CN", "与陈述一同一方 (12)", "与陈述二同一方 (3)", "……另有 4 条", "日期不详"),
        (
            "DE",
            "Auf der Seite der ersten Aussage (12)",
            "Auf der Seite der zweiten Aussage (3)",
            "… und 4 weitere",
            "ohne Datum",
        ),
        (
            "FR",
            "Du côté du premier énoncé (12)",
            "Du côté du second énoncé (3)",
            "… et 4 de plus",
            "sans date",
        ),
        (
            "GB",
            "On the side of the first statement (12)",
            "On the side of the second statement (3)",
            "… and 4 more",
            "no date",
        ),
    ],
)
def test_conflict_lists_its_whole_group_in_the_language_of_the_nation(
    code: str, first: str, second: str, more: str, undated: str
) -> None:
    group = make_group(12, 3, code=code)
    decision = Decision.objects.filter(conflict__relation="contradiction").first()
    factories.ReviewFactory(decision=decision)
    newest = group.sides.filter(side=-1).order_by("statement__as_of").last()
    Statement.objects.filter(pk=newest.statement_id).update(as_of=None)

    (draft,) = task_drafts(Review.objects.select_related(*RELATED))

    ahead, other = draft.group.split("\n\n")
    assert (ahead.splitlines()[0], len(ahead.splitlines()), ahead.splitlines()[-1]) == (first, MOST + 2, more)
    assert other.splitlines() == [
        second,
        *(
            f"• {row.statement.text} ({row.statement.document.outlet.name}, {row.statement.as_of or undated})"
            for row in group.sides.filter(side=-1)
            .order_by(F("statement__as_of").asc(nulls_last=True))
            .select_related("statement__document__outlet")
        ),
    ]


def test_side_of_the_first_statement_comes_first_whichever_is_proposed_and_the_dead_are_left_out() -> None:
    group = make_group(2, 1)
    ends = dict(group.sides.values_list("statement", "side"))
    least = min(pk for pk, side in ends.items() if side < 0)
    Statement.objects.filter(pk=max(pk for pk, side in ends.items() if side > 0)).update(status="rejected")
    decision = Decision.objects.filter(conflict__second=least, conflict__first__status="contested").get()
    factories.ReviewFactory(decision=decision)

    (draft,) = task_drafts(Review.objects.select_related(*RELATED))

    assert [part.splitlines()[0] for part in draft.group.split("\n\n")] == [
        "On the side of the first statement (1)",
        "On the side of the second statement (1)",
    ]


def test_two_statements_of_one_side_stand_against_the_other_side() -> None:
    make_group(5, 4)
    decision = Decision.objects.filter(conflict__relation="duplicate").first()
    factories.ReviewFactory(decision=decision)

    (draft,) = task_drafts(Review.objects.select_related(*RELATED))

    assert [part.splitlines()[0] for part in draft.group.split("\n\n")] == [
        "On the side of both statements (5)",
        "On the other side (4)",
    ]


@pytest.mark.parametrize("has_old_group", [True, False])
def test_pair_in_no_current_group_says_so(has_old_group: bool) -> None:
    group = make_group(1, 1)
    group.is_current = False
    group.save()
    if not has_old_group:
        group.delete()
    factories.ReviewFactory(decision=Decision.objects.get())

    (draft,) = task_drafts(Review.objects.select_related(*RELATED))

    task = to_task(draft)
    assert task["data"]["group"] == (
        "These two statements are in no group of conflicting statements at present."
    )


def test_drafts_of_conflicts_ask_as_many_queries_for_1_as_for_3(django_assert_num_queries: Any) -> None:
    for number in range(3):
        make_group(1, 1)
        factories.ReviewFactory(decision=Decision.objects.order_by("-pk").first())
        reviews = list(Review.objects.select_related(*RELATED))
        with django_assert_num_queries(2):
            assert len(task_drafts(reviews)) == number + 1


@pytest.mark.parametrize(
    ("kind", "label", "subject"),
    [
        ("topic_screening", "sensitive", "topic"),
        ("statement_screening", "sensitive", "statement"),
        ("attribution", "quoted", "statement"),
        ("conflict", "keep_first", "conflict"),
        ("triple", "valid", "triple"),
    ],
)
def test_columns_of_drafts_are_all_that_drafts_need(
    kind: str, label: str, subject: str, django_assert_num_queries: Any
) -> None:
    made = {
        "topic": factories.TopicFactory,
        "statement": factories.StatementFactory,
        "conflict": factories.ConflictFactory,
        "triple": factories.TripleFactory,
    }
    for _ in range(2):
        decision = factories.DecisionFactory(kind=kind, label=label, **{subject: made[subject]()})
        factories.ReviewFactory(decision=decision)
    whole = list(Review.objects.select_related(*RELATED).order_by("pk"))
    thin = list(Review.objects.select_related(*RELATED).only(*draft_columns(RELATED)).order_by("pk"))

    with CaptureQueriesContext(connection) as queries:
        expected = [to_task(draft) for draft in task_drafts(whole)]
    with django_assert_num_queries(len(queries)):
        found = [to_task(draft) for draft in task_drafts(thin)]

    assert found == expected
