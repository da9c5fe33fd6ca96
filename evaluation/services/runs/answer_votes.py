"""People's votes on free answers: a random part of a run to be read, and what a person finds it says."""

from __future__ import annotations

from typing import Any

from annotation.models.person import nations_of
from evaluation.models import Answer, AnswerVote, EvalRun, Method, Outcome, VoteOutcome
from evaluation.publishing.draws import draw
from evaluation.publishing.rows import Part
from evaluation.services.runs.errors import EvaluationError


def answers_to_vote(*, run: EvalRun, number: int, seed: int = 0, nation: str = "") -> list[Answer]:
    """A random part of a run's judged answers, ``number`` of them or all there are. Answers that say nothing
    are not among them: they count as 0 without being read.

    The same seed gives the same ones, and more of them begins with the same: so the part can grow. It has to
    be drawn, not picked, or the rate corrected by it is of those picked. Holdout items are left out, since
    people would read them. Raises :class:`EvaluationError` for a run that is not judged.
    """
    if run.method != Method.ANSWER_JUDGEMENT:
        raise EvaluationError(f"Run {run.pk} is multiple choice: nobody judged its answers.")
    answers = (
        Answer.objects.filter(run=run)
        .exclude(outcome__in=[Outcome.ERROR, Outcome.INVALID])
        .exclude(item__part=Part.HOLDOUT)
        .select_related("item")
    )
    if nation:
        answers = answers.filter(item__nation=nation)
    return sorted(answers, key=lambda answer: draw(seed, answer.item.key))[:number]


def vote_on_answer(*, answer: Answer, person: Any, outcome: VoteOutcome) -> AnswerVote:
    """Keep what a person finds a free answer to say; a later vote of the same person takes its place.

    Raises :class:`EvaluationError` for an answer that was not judged or says nothing, or is of a nation
    not the person's.
    """
    is_judged = answer.outcome not in (Outcome.ERROR, Outcome.INVALID)
    if answer.run.method != Method.ANSWER_JUDGEMENT or not is_judged:
        raise EvaluationError("Only a free answer that was judged can be voted on.")
    nations = nations_of(person)
    if nations is not None and answer.item.nation_id not in nations:
        raise EvaluationError(f"{person} does not work for {answer.item.nation_id}.")
    if answer.item.part == Part.HOLDOUT and not person.is_superuser:
        raise EvaluationError("Holdout items are private.")
    return AnswerVote.objects.update_or_create(
        answer=answer, person=person, defaults={"outcome": VoteOutcome(outcome)}
    )[0]
