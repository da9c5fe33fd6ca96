"""Attention: questions whose answer is known, mixed into annotators' tasks."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from uuid import uuid4

from django.db.models import Count, Exists, Max, OuterRef

from annotation.lifecycle import DecisionStatus
from annotation.models import (
    DecisionKind,
    GoldQuestion,
    Person,
    ProjectKind,
    Qualification,
    Review,
    ReviewPurpose,
    ReviewStatus,
    Vote,
)
from annotation.models.review import PROJECT_OF
from annotation.services.people.qualifications import revoke_qualifications
from pipeline.routing import uniform_draw

SHARE = 0.05  # of the tasks of a project
EVERYBODY = 1000  # votes asked for: each annotator of the nation answers once
WINDOW = 10  # newest answers that are looked at
FEWEST = 5  # answers before anything follows from them
PASS_MARK = 0.6
Key = tuple[int, str]  # user, nation


def mix_in_attention(nation: str | None = None) -> int:
    """Queue gold questions as tasks until they are ``SHARE`` of every project's; returns how many."""
    live = Review.objects.filter(status__in=[ReviewStatus.QUEUED, ReviewStatus.PUSHED])
    questions = GoldQuestion.objects.filter(
        is_active=True, decision__status=DecisionStatus.SETTLED, decision__review=None
    )
    if nation:
        live, questions = live.filter(nation=nation), questions.filter(nation=nation)
    counts = live.order_by().values_list("nation", "kind", "purpose").annotate(number=Count("pk"))
    asked: dict[tuple[str, str], int] = defaultdict(int)
    mixed: dict[tuple[str, str], int] = defaultdict(int)
    for code, kind, purpose, number in counts:
        (mixed if purpose == ReviewPurpose.ATTENTION else asked)[code, kind] += number
    made = []
    for question in questions.select_related("decision").order_by("pk"):
        kind = PROJECT_OF[DecisionKind(question.decision.kind)]
        place = (question.nation_id, str(kind))
        if mixed[place] < math.ceil(SHARE * asked[place]):
            mixed[place] += 1
            made.append(_review(question, kind))
    Review.objects.bulk_create(made)
    return len(made)


def _review(question: GoldQuestion, kind: ProjectKind) -> Review:
    key = uuid4()
    return Review(
        decision=question.decision,
        nation_id=question.nation_id,
        kind=kind,
        purpose=ReviewPurpose.ATTENTION,
        key=key,
        votes_required=EVERYBODY,
        priority=uniform_draw(key.bytes),  # anywhere among the others
    )


def attention_records(nations: Iterable[str], *, user: int | None = None) -> dict[Key, tuple[int, int]]:
    """Right answers and answers among the newest ``WINDOW`` to questions whose answer is known, by annotator
    (user id) and nation; of all annotators or of one.

    Only what was said before the verdict was shown counts, and only since the person last qualified. Who has
    had a part in the verdict, having been asked before it was given, is not tried by it.
    """
    asked_before = Vote.objects.filter(
        annotator=OuterRef("annotator"), review__decision=OuterRef("review__decision__supersedes")
    )
    votes = Vote.objects.standing().with_said()
    votes = votes.filter(
        ~Exists(asked_before),
        review__nation__in=nations,
        review__purpose=ReviewPurpose.ATTENTION,
        is_skipped=False,
    )
    passed = Qualification.objects.filter(nation__in=nations).order_by()
    if user is not None:
        votes, passed = votes.filter(annotator=user), passed.filter(person__user=user)
    since = {
        (annotator, nation): at
        for annotator, nation, at in passed.values_list("person__user", "nation").annotate(Max("passed_at"))
    }
    found: dict[Key, list[bool]] = defaultdict(list)
    rows = votes.order_by("-remote_updated_at", "-pk").values_list(
        "annotator", "review__nation", "remote_created_at", "said", "review__decision__label"
    )
    for annotator, nation, made_at, said, known in rows.iterator(2000):
        key = annotator, nation
        is_new = key not in since or (made_at is not None and made_at >= since[key])
        if is_new and len(found[key]) < WINDOW:
            found[key].append(said == known)
    return {key: (sum(answers), len(answers)) for key, answers in found.items() if answers}


def attention_of(person: Person, nation_id: str) -> tuple[int, int]:
    """Right answers and answers of one person for one nation, as :func:`attention_records` counts them."""
    return attention_records([nation_id], user=person.user_id).get((person.user_id, nation_id), (0, 0))


def check_attention(person: Person, nation_id: str) -> bool:
    """End the qualification of whoever fails too many of these; returns whether it did."""
    right, answered = attention_of(person, nation_id)
    if answered < FEWEST or right >= PASS_MARK * answered:
        return False
    because = f"attention: {right} of the last {answered} questions with a known answer right"
    return revoke_qualifications(person, nation_id, because=because) > 0
