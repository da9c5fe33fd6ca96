"""Annotators of nations: who may judge, how much they do and how attentively."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max
from django.utils import timezone

from annotation.models import Nation, Person, Qualification, Vote
from annotation.models.person import ANNOTATOR
from annotation.services.people.attention import attention_records


@dataclass(frozen=True, slots=True)
class Annotator:
    """One annotator of one nation. ``standing`` is the qualification in force, ``newest`` the last one."""

    person: Person
    standing: Qualification | None
    newest: Qualification | None
    votes: int
    last_vote: datetime | None
    right: int  # of the newest answers to questions whose answer is known
    answered: int


def annotators_of(user: Any) -> list[tuple[Nation, list[Annotator]]]:
    """Active annotators of every nation of ``user``, in as many queries for many as for one."""
    nations = list(Nation.objects.for_user(user))
    codes = [nation.pk for nation in nations]
    people: dict[str, list[Person]] = defaultdict(list)
    for row in working_for(codes):
        people[row.nation_id].append(row.person)
    given: dict[tuple[int, str], list[Qualification]] = defaultdict(list)
    for qualification in Qualification.objects.filter(nation__in=codes).order_by("-pk"):
        given[qualification.person_id, qualification.nation_id].append(qualification)
    votes = Vote.objects.standing().filter(review__nation__in=codes).order_by()
    counts = {
        (annotator, nation): (number, last)
        for annotator, nation, number, last in votes.values_list("annotator", "review__nation").annotate(
            Count("pk"), Max("remote_updated_at")
        )
    }
    attention = attention_records(codes)

    def shown(person: Person, code: str) -> Annotator:
        mine = given[person.pk, code]
        number, last = counts.get((person.user_id, code), (0, None))
        right, answered = attention.get((person.user_id, code), (0, 0))
        return Annotator(
            person, longest_in_force(mine), mine[0] if mine else None, number, last, right, answered
        )

    return [(nation, [shown(person, nation.pk) for person in people[nation.pk]]) for nation in nations]


def working_for(nations: list[str]) -> Any:
    """Active annotators of nations: rows with ``person`` and ``nation_id``."""
    return (
        Person.nations.through.objects.filter(
            nation__in=nations, person__user__is_active=True, person__user__groups__name=ANNOTATOR
        )
        .select_related("person__user")
        .order_by("person__user__username")
    )


def longest_in_force(rows: list[Qualification]) -> Qualification | None:
    """Of some qualifications the one in force now for longest."""
    now = timezone.now()
    in_force = [row for row in rows if row.is_in_force(now)]
    return max(in_force, key=lambda row: row.expires_at, default=None)
