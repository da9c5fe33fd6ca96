"""Reading a task's annotations against the votes we hold: what is new, changed, missing, forged.

An annotation is known by its id and the moment it was made: ids come back after a restore. Who acted last is
what Label Studio says itself (``updated_by``); whose answer it is (``completed_by``) anybody there can claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from annotation.label_studio.client import RemoteTask
from annotation.label_studio.configs import Screen
from annotation.label_studio.tasks import Answer, MalformedAnnotationError, to_answer
from annotation.models import Person, Review, SetAside, Vote


class Hand(StrEnum):
    """Who wrote an annotation last."""

    OWN = "own"  # whose answer it is
    OURS = "ours"  # we, by our key
    UNSIGNED = "unsigned"  # an import does not say; so we put votes on a task that is made anew
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Overwritten:
    """A vote whose annotation says something else, not by its annotator's wish."""

    vote: Vote
    annotation_id: int
    hand: Hand


@dataclass(slots=True)
class Reading:
    """What a task says about a review."""

    new: list[tuple[Person, Answer]] = field(default_factory=list)
    changed: list[tuple[Vote, Person, Answer]] = field(default_factory=list)
    same: list[tuple[Vote, Answer]] = field(default_factory=list)  # but id or times are to be written down
    missing: list[Vote] = field(default_factory=list)  # votes without an annotation
    overwritten: list[Overwritten] = field(default_factory=list)
    forged: list[tuple[Person, Answer]] = field(default_factory=list)
    unwanted: list[int] = field(default_factory=list)  # annotations that are not to be there
    strangers: list[int] = field(default_factory=list)  # annotations by nobody of ours
    problems: list[str] = field(default_factory=list)

    @property
    def needs_repair(self) -> bool:
        """Whether something has to be put right in Label Studio."""
        return bool(self.missing or self.overwritten or self.forged or self.unwanted)


def says_the_same(vote: Vote, answer: Answer) -> bool:
    """Whether a vote and an answer agree in all that people say."""
    said = (answer.label, dict(answer.value), answer.note, answer.is_skipped, answer.reason)
    return (vote.label, vote.value, vote.note, vote.is_skipped, vote.reason) == said


def is_standing(vote: Vote) -> bool:
    """Whether it is a person's vote as far as the person is concerned: one that is gone is to be put back."""
    return not vote.is_withdrawn and vote.set_aside in ("", SetAside.GONE)


def read_task(
    review: Review,
    votes: Iterable[Vote],
    task: RemoteTask,
    people: Mapping[int, Person],
    our_user: int | None,
) -> Reading:
    """Compare a task with the votes on its review.

    ``people`` are by their ids there, with nations loaded; ``our_user`` is the id of our key's account.
    """
    return _Reader(review, list(votes), task, people, our_user).read()


class _Reader:
    def __init__(
        self,
        review: Review,
        votes: list[Vote],
        task: RemoteTask,
        people: Mapping[int, Person],
        our_user: int | None,
    ) -> None:
        self.review, self.votes, self.task = review, votes, task
        self.people, self.our_user = people, our_user
        self.out = Reading()
        self.tied: dict[int, Answer] = {}  # vote pk to what its annotation says
        self.malformed: set[int] = set()  # votes whose annotation cannot be read
        self.own: dict[int, list[tuple[Person, Answer]]] = {}  # by user id, no vote's yet
        self.ours: dict[int, list[tuple[Person, Answer, Hand]]] = {}

    def read(self) -> Reading:
        by_id = {vote.remote_annotation_id: vote for vote in self.votes if vote.remote_annotation_id}
        for annotation in self.task.annotations:
            vote = by_id.get(annotation.get("id"))
            if vote is not None and not _is_same_one(vote, annotation):
                vote = None
            self._sort(annotation, vote)
        for user_id, answers in self.own.items():
            self._take_own(self._standing(user_id), *max(answers, key=lambda pair: _age(pair[1])))
        for user_id, copies in self.ours.items():
            for person, answer, hand in copies:
                self._take_ours(user_id, person, answer, hand)
        accounted = {vote.pk for vote, _ in self.out.same} | {vote.pk for vote, *_ in self.out.changed}
        accounted |= {one.vote.pk for one in self.out.overwritten} | self.tied.keys() | self.malformed
        self.out.missing = [vote for vote in self.votes if is_standing(vote) and vote.pk not in accounted]
        return self.out

    def _sort(self, annotation: Mapping[str, Any], vote: Vote | None) -> None:
        where = f"annotation {annotation.get('id')} on task {self.task.id} (review {self.review.pk})"
        try:
            answer = to_answer(Screen(self.review.kind), annotation)
        except MalformedAnnotationError as error:
            self.out.problems.append(f"{where} is not counted: {error}")
            if vote is not None:
                self.malformed.add(vote.pk)
                if is_standing(vote) and annotation.get("updated_by") not in (None, _author(annotation)):
                    self.out.overwritten.append(Overwritten(vote, int(annotation["id"]), Hand.OTHER))
            return
        person = self.people.get(answer.studio_user_id)
        hand = self._hand(annotation, answer, person)
        if vote is not None:
            self._take_tied(vote, answer, person, hand)
        elif person is None:
            self.out.strangers.append(answer.annotation_id)
            self.out.problems.append(
                f"{where} is not counted: Label Studio user {answer.studio_user_id} is nobody of ours"
            )
        elif hand is Hand.OTHER:
            self.out.forged.append((person, answer))
        elif hand is not Hand.OWN and self._standing(person.user_id) is not None:
            self.ours.setdefault(person.user_id, []).append((person, answer, hand))
        elif not person.user.is_active or self.review.nation_id not in {n.code for n in person.nations.all()}:
            self.out.problems.append(
                f"{where} is not counted: {person} does not work for {self.review.nation_id}"
            )
        elif hand is Hand.OWN:
            self.own.setdefault(person.user_id, []).append((person, answer))
        else:
            self.ours.setdefault(person.user_id, []).append((person, answer, hand))

    def _hand(self, annotation: Mapping[str, Any], answer: Answer, person: Person | None) -> Hand:
        by = annotation.get("updated_by", answer.studio_user_id)
        by = by.get("id") if isinstance(by, Mapping) else by
        if by == answer.studio_user_id or (person is not None and self.people.get(by) == person):
            return Hand.OWN
        if by is None:
            # Its action that takes the machine's answers over signs with completed_by alone, which nobody
            # can choose there.
            return Hand.OWN if annotation.get("parent_prediction") else Hand.UNSIGNED
        return Hand.OURS if by == self.our_user else Hand.OTHER

    def _take_tied(self, vote: Vote, answer: Answer, person: Person | None, hand: Hand) -> None:
        self.tied[vote.pk] = answer
        if vote.is_withdrawn or vote.set_aside == SetAside.FORGED:
            self.out.unwanted.append(answer.annotation_id)
        elif person is not None and person.user_id == vote.annotator_id and says_the_same(vote, answer):
            if vote.set_aside == SetAside.GONE or _is_news(vote, answer):
                self.out.same.append((vote, answer))
        elif person is not None and person.erased_at and is_standing(vote):
            # What an erased person wrote freely is gone with us, and is to be gone there.
            self.out.overwritten.append(Overwritten(vote, answer.annotation_id, Hand.OWN))
        elif (
            hand is Hand.OWN
            and person is not None
            and person.user_id == vote.annotator_id
            and answer.updated_at >= vote.remote_updated_at
        ):
            self.out.changed.append((vote, person, answer))
        elif is_standing(vote):
            is_own = person is not None and person.user_id == vote.annotator_id
            by = hand if is_own or hand is not Hand.OWN else Hand.OTHER
            self.out.overwritten.append(Overwritten(vote, answer.annotation_id, by))

    def _take_own(self, vote: Vote | None, person: Person, answer: Answer) -> None:
        """The newest answer of a person that is no vote's yet."""
        if vote is None:
            self.out.new.append((person, answer))
        elif vote.pk in self.tied:
            if _age(answer) > _age(self.tied[vote.pk]):
                self._drop(vote)
                self.out.changed.append((vote, person, answer))
        elif says_the_same(vote, answer):
            self.out.same.append((vote, answer))
        elif answer.updated_at >= vote.remote_updated_at:
            self.out.changed.append((vote, person, answer))
        else:
            self.out.overwritten.append(Overwritten(vote, answer.annotation_id, Hand.OWN))

    def _take_ours(self, user_id: int, person: Person, answer: Answer, hand: Hand) -> None:
        """An answer we wrote: a vote put back, by a visit that could not write that down any more."""
        vote = self._standing(user_id)
        if vote is None:
            is_taken_back = any(one.annotator_id == user_id and one.is_withdrawn for one in self.votes)
            if is_taken_back:
                self.out.unwanted.append(answer.annotation_id)
            elif hand is Hand.OURS:
                self.out.new.append((person, answer))
            else:
                self.out.forged.append((person, answer))
        elif vote.pk in self.tied or any(one.pk == vote.pk for one, *_ in self.out.changed):
            self.out.unwanted.append(answer.annotation_id)
        elif says_the_same(vote, answer):
            self.tied[vote.pk] = answer
            self.out.same.append((vote, answer))
        else:
            self.tied[vote.pk] = answer
            self.out.overwritten.append(Overwritten(vote, answer.annotation_id, hand))

    def _standing(self, user_id: int) -> Vote | None:
        return next((v for v in self.votes if v.annotator_id == user_id and is_standing(v)), None)

    def _drop(self, vote: Vote) -> None:
        self.out.same = [pair for pair in self.out.same if pair[0].pk != vote.pk]
        self.out.changed = [row for row in self.out.changed if row[0].pk != vote.pk]
        self.out.overwritten = [one for one in self.out.overwritten if one.vote.pk != vote.pk]


def _is_same_one(vote: Vote, annotation: Mapping[str, Any]) -> bool:
    if vote.remote_created_at is None or not annotation.get("created_at"):
        return True
    try:
        return datetime.fromisoformat(str(annotation["created_at"])) == vote.remote_created_at
    except ValueError:
        return False


def _is_news(vote: Vote, answer: Answer) -> bool:
    known = (vote.remote_created_at, vote.remote_updated_at, vote.lead_time)
    return known != (answer.created_at, answer.updated_at, answer.lead_time)


def _author(annotation: Mapping[str, Any]) -> Any:
    by = annotation.get("completed_by")
    return by.get("id") if isinstance(by, Mapping) else by


def _age(answer: Answer) -> tuple[datetime, int]:
    return answer.updated_at, answer.annotation_id
