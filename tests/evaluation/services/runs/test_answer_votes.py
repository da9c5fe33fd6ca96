"""People's votes on free answers, and the judge measured by them."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from evaluation.models import Answer, AnswerVote, EvalRun, StoredFigures
from evaluation.services.figures.model_checks import judge_checks
from evaluation.services.runs.answer_votes import answers_to_vote, vote_on_answer
from evaluation.services.runs.errors import EvaluationError
from tests import factories
from tests.evaluation.scored import scored_release
from tests.evaluation.services.runs.evaluating import affirmed, evaluated
from tests.openai_server import openai_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> EvalRun:
    """Twelve free answers and two to holdout items, all of which the embedded judge finds to say S."""
    scored_release(12, holdout=2)
    with openai_server(lambda recorded: "The council must protect this park.") as server:
        (result,) = evaluated(
            "--protocol", "free_answer", "--judge", "word-overlap judge", "--holdout", server=server
        )
    return EvalRun.objects.get(pk=result["run"])


def test_answers_to_vote_are_drawn_by_seed_and_grow_from_their_beginning(run):
    few, more = (answers_to_vote(run=run, number=number, seed=3) for number in (4, 9))
    other = answers_to_vote(run=run, number=9, seed=4)
    assert (len(few), more[:4]) == (4, few)
    assert [answer.pk for answer in other] != [answer.pk for answer in more]
    # Nobody gets to read what is held back.
    assert {answer.item.part for answer in answers_to_vote(run=run, number=99)} == {"evaluation"}


def test_vote_on_answer_keeps_a_persons_latest(run):
    answer, person = Answer.objects.first(), factories.user(nations=("GB",))
    vote_on_answer(answer=answer, person=person, outcome="tie")
    vote_on_answer(answer=answer, person=person, outcome="reversed")
    vote_on_answer(answer=answer, person=factories.user(nations=("GB",)), outcome="statement")
    assert sorted(AnswerVote.objects.values_list("outcome", flat=True)) == ["reversed", "statement"]


def test_vote_on_answer_refuses_other_nations_private_items_and_choices(run):
    person = factories.user(nations=("FR",))
    with pytest.raises(EvaluationError, match="does not work for GB"):
        vote_on_answer(answer=Answer.objects.first(), person=person, outcome="tie")
    held = Answer.objects.filter(item__part="holdout").first()
    with pytest.raises(EvaluationError, match="private"):
        vote_on_answer(answer=held, person=factories.user(nations=("GB",)), outcome="tie")
    with openai_server(affirmed) as server:
        evaluated("--protocol", "letters", server=server)
    letter = Answer.objects.filter(run__method="mc").first()
    with pytest.raises(EvaluationError, match="Only a free answer"):
        vote_on_answer(answer=letter, person=factories.user(nations=("GB",)), outcome="tie")
    assert AnswerVote.objects.count() == 0


def test_judge_check_measures_the_judge_and_keeps_it_with_the_run(run):
    person = factories.user(nations=("GB",))
    drawn = answers_to_vote(run=run, number=8)
    for place, answer in enumerate(drawn):
        vote_on_answer(answer=answer, person=person, outcome="reversed" if place < 2 else "statement")
    out = StringIO()
    call_command("judge_check", str(run.pk), stdout=out)
    (row,) = json.loads(out.getvalue())
    assert (row["nation"], row["items"], row["agreement"]) == ("GB", 8, 0.75)
    table = dict(zip(row["labels"], row["table"], strict=True))
    judged_s = row["labels"].index("statement")
    assert (table["statement"][judged_s], table["reversed"][judged_s]) == (6, 2)
    # The judge finds S everywhere; people do so for three in four.
    assert (row["corrected"]["judged_rate"], row["corrected"]["people_rate"]) == (1.0, 0.75)
    assert row["corrected"]["low"] <= row["corrected"]["rate"] <= row["corrected"]["high"]
    run.refresh_from_db()
    assert run.figures["judge"] == json.loads(out.getvalue())
    assert "language" in run.figures


def test_answers_that_people_call_refusals_count_nothing_and_leave_the_rest(run):
    people = [factories.user(nations=("GB",)) for _ in range(2)]
    drawn = answers_to_vote(run=run, number=8)
    for place, answer in enumerate(drawn):
        said = ["refusal"] * 2 if place < 4 else ["statement", "refusal"] if place == 4 else ["statement"] * 2
        for person, outcome in zip(people, said, strict=True):
            vote_on_answer(answer=answer, person=person, outcome=outcome)
    (row,) = judge_checks(run)
    # Three are for S, four are refusals, one is called both by as many.
    assert row["items"] == 7
    assert (row["corrected"]["labelled"], row["corrected"]["people_rate"]) == (8, 3.5 / 8)


def test_answers_that_say_nothing_count_nothing_without_being_read(run):
    person = factories.user(nations=("GB",))
    *silent, _ = answers_to_vote(run=run, number=7)
    Answer.objects.filter(pk__in=[answer.pk for answer in silent]).update(outcome="invalid", reply="")
    StoredFigures.objects.all().delete()  # of the run as it had ended
    with pytest.raises(EvaluationError, match="Only a free answer that was judged"):
        vote_on_answer(answer=Answer.objects.get(pk=silent[0].pk), person=person, outcome="tie")
    for answer in answers_to_vote(run=run, number=6):
        vote_on_answer(answer=answer, person=person, outcome="statement")
    (row,) = judge_checks(run)
    # People find all they read to be for S: 8 of 14 items, two private ones among them, say anything.
    assert (row["corrected"]["items"], row["corrected"]["labelled"]) == (14, 6)
    assert row["corrected"]["rate"] == row["corrected"]["judged_rate"] == pytest.approx(8 / 14)


def test_judge_check_says_what_to_do_without_votes_and_draws_answers(run):
    with pytest.raises(CommandError, match="Nobody has voted on answers"):
        call_command("judge_check", str(run.pk), stdout=StringIO())
    out = StringIO()
    call_command("judge_check", str(run.pk), "--sample", "3", stdout=out)
    drawn = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [row["answer"] for row in drawn] == [answer.pk for answer in answers_to_vote(run=run, number=3)]
    with pytest.raises(CommandError, match="There is no run 0"):
        call_command("judge_check", "0", stdout=StringIO())


def test_a_vote_is_entered_in_the_admin_under_ones_own_name(client, run):
    person = factories.user(is_staff=True, is_superuser=True)
    client.force_login(person)
    answer = Answer.objects.first()
    page = reverse("admin:evaluation_answervote_add")
    assert client.get(page).status_code == 200
    response = client.post(page, {"answer": answer.pk, "outcome": "refusal"})
    assert response.status_code == 302
    vote = AnswerVote.objects.get()
    assert (vote.answer, vote.person, vote.outcome) == (answer, person, "refusal")


def test_a_finished_run_tells_flips_option_prior_and_margin():
    scored_release(6)
    with openai_server(lambda recorded: "A") as server:
        (run,) = evaluated("--protocol", "letters", server=server)
    bias = run["figures"]["option_bias"]["GB|all"]
    assert (bias["items"], bias["flips"]["rate"], bias["first_option"]["rate"]) == (6, 1.0, 1.0)
    assert bias["margin"] is None  # letters as written have no probability
