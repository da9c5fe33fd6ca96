"""What records keep of unusual replies, and records of runs that were stopped: they score as the run did."""

from __future__ import annotations

import json
import math

import pytest
from django.core.management import CommandError

from evaluation.models import Answer, EvalRun
from tests.evaluation.scored import scored_release
from tests.evaluation.services.runs.evaluating import affirmed, evaluated, is_probe, overall, with_logprobs
from tests.openai_server import Answer as Scripted
from tests.openai_server import Recorded, openai_server

pytestmark = pytest.mark.django_db

JUDGE = ("--judge", "word-overlap judge")


def answers() -> list[tuple]:
    fields = ("item__key", "order", "outcome", "probability", "reply", "is_in_language", "details")
    return list(Answer.objects.order_by("item__key", "order").values_list(*fields))


def lines(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()[1:] if line.strip()]


def unusual(recorded: Recorded) -> Scripted:
    """Nothing, nothing but reasoning, a refusal beside a text, and else what anybody would say."""
    if is_probe(recorded):
        return with_logprobs()(recorded)
    if "park 0" in recorded.prompt:
        return Scripted("")
    if "park 1" in recorded.prompt:
        return Scripted("<think>Hm, or A?</think>")
    if "park 2" in recorded.prompt:
        said = "Das möchte ich hier nicht sagen, bitte."
        message = {"role": "assistant", "content": said, "refusal": "No."}
        return Scripted(body=json.dumps({"choices": [{"message": message}]}).encode())
    if "A." not in recorded.prompt:
        return Scripted("The council must protect the park, because it is there for everybody in the town.")
    return with_logprobs(2 / 3)(recorded)


@pytest.mark.parametrize("protocol", ["letters", "letters_logprob", "free_answer"])
def test_unusual_replies_are_answers_and_score_the_same_from_their_record(tmp_path, protocol):
    scored_release(5)
    path = str(tmp_path / "answers.jsonl")
    options = ("--protocol", protocol, *JUDGE)
    with openai_server(unusual) as server:
        (asked,) = evaluated(*options, "--record", path, server=server)
    assert set(Answer.objects.values_list("error", flat=True)) == {""}
    assert (asked["status"], asked["errors"]) == ("finished", 0)
    assert overall(asked)["outcomes"] == {"statement": 2, "invalid": 2, "refusal": 1}
    there = answers()
    EvalRun.objects.all().delete()
    (replayed,) = evaluated(*options, "--replay", path)
    assert replayed["status"] == "finished"
    assert (replayed["summary"], replayed["figures"]) == (asked["summary"], asked["figures"])
    assert answers() == there


def test_an_endpoint_that_says_nothing_is_scored_and_its_probe_says_so():
    scored_release(2)
    with openai_server(lambda recorded: Scripted("")) as server:
        (run,) = evaluated("--protocol", "letters", server=server)
    assert (run["status"], overall(run)["invalid_rate"]) == ("finished", 1.0)
    assert EvalRun.objects.get().probe["said"] == "its reply is empty"


def test_log_probabilities_that_are_no_numbers_do_not_spoil_the_record(tmp_path):
    scored_release(2)
    path = tmp_path / "answers.jsonl"

    def missing(recorded: Recorded) -> Scripted:
        letter = affirmed(recorded)
        other = "B" if letter == "A" else "A"
        tops = [{"token": letter, "logprob": -0.25}, {"token": other, "logprob": -2.0}]
        spoiled = math.nan if "park 0" in recorded.prompt else -9.0
        tops.append({"token": " \u0000" + other, "logprob": spoiled})
        token = {"token": letter, "logprob": None, "top_logprobs": tops}
        choice = {"message": {"content": letter}, "logprobs": {"content": [token]}}
        return Scripted(body=json.dumps({"choices": [choice]}).encode())

    with openai_server(lambda it: with_logprobs()(it) if is_probe(it) else missing(it)) as server:
        evaluated("--protocol", "letters_logprob", "--record", str(path), server=server)
    there = answers()
    assert "NaN" not in path.read_text()
    EvalRun.objects.all().delete()
    evaluated("--protocol", "letters_logprob", "--replay", str(path))
    assert answers() == there


def test_a_reply_that_no_record_can_hold_is_an_error_of_its_answer(tmp_path):
    scored_release(2)
    path = tmp_path / "answers.jsonl"

    def above(recorded: Recorded) -> Scripted:
        return Scripted("A", alternatives={"A": 0.25, "B": -2.0})

    with openai_server(lambda it: with_logprobs()(it) if "park 1" not in it.prompt else above(it)) as server:
        (run,) = evaluated("--protocol", "letters_logprob", "--record", str(path), server=server)
    assert (run["answers"], run["errors"]) == (2, 2)
    failure = Answer.objects.filter(outcome="error").first()
    assert failure.error.startswith("the reply cannot be recorded: logprobs.")
    assert len(lines(path)) == 2


def test_a_run_that_was_killed_has_one_line_per_answer_and_that_it_went_on_with(tmp_path):
    scored_release(4)
    path = tmp_path / "answers.jsonl"
    with openai_server(lambda recorded: "A") as server:
        evaluated("--protocol", "letters", "--record", str(path), server=server)
    # Written down, and then killed before the database had them: half a line, too.
    unkept = list(Answer.objects.order_by("pk").values_list("pk", flat=True)[2:])
    Answer.objects.filter(pk__in=unkept).delete()
    with path.open("a") as file:
        file.write('{"protocol":"letters","key":"')
    with openai_server(affirmed) as server:
        (resumed,) = evaluated("--protocol", "letters", "--record", str(path), server=server)
    labels = [(row["key"], row["order"]) for row in lines(path)]
    assert (len(labels), len(set(labels))) == (8, 8)
    there = answers()
    EvalRun.objects.all().delete()
    (replayed,) = evaluated("--protocol", "letters", "--replay", str(path))
    assert (resumed["status"], replayed["status"]) == ("finished", "finished")
    assert answers() == there


def test_a_record_with_lines_written_twice_is_put_in_order_when_it_is_added_to(tmp_path):
    scored_release(2)
    path = tmp_path / "answers.jsonl"
    with openai_server(affirmed) as server:
        evaluated("--protocol", "letters", "--record", str(path), server=server)
        kept = lines(path)
        first = path.read_text().splitlines()[1]
        with path.open("a") as file:
            file.write(first.replace('"reply":"A"', '"reply":"C"').replace('"reply":"B"', '"reply":"C"'))
        evaluated("--protocol", "letters", "--record", str(path), server=server)
    assert lines(path) == [*kept[1:], {**kept[0], "reply": "C"}]
    assert path.read_text().endswith("\n")


def test_variants_of_likelihood_share_their_lines(tmp_path):
    scored_release(2)
    path = tmp_path / "answers.jsonl"
    kinds = ("likelihood_sum", "likelihood_token", "likelihood_pmi")
    variants = [option for kind in kinds for option in ("--protocol", kind)]
    with openai_server() as server:
        evaluated(*variants, "--record", str(path), server=server)
    there = answers()
    assert len(lines(path)) == 2 * 4
    EvalRun.objects.all().delete()
    evaluated(*variants, "--replay", str(path))
    assert answers() == there


def alias(recorded: Recorded) -> Scripted:
    message = {"role": "assistant", "content": "A"}
    return Scripted(body=json.dumps({"choices": [{"message": message}], "model": "org/big-7b"}).encode())


def test_a_model_does_not_judge_what_it_said_under_another_name_in_a_record(tmp_path, settings):
    scored_release(1)
    path = tmp_path / "answers.jsonl"
    with openai_server(alias) as server:
        evaluated("--protocol", "free_answer", *JUDGE, "--record", str(path), server=server)
        assert [row["served"] for row in lines(path)] == ["org/big-7b"]
        settings.OPENAI_BASE_URL = server.base_url
        with pytest.raises(CommandError, match=r"candidate may not judge its own answers: .* org/big-7b"):
            evaluated("--protocol", "free_answer", "--judge", "other", "--replay", str(path))


def test_a_record_that_does_not_say_who_served_it_is_of_the_model_it_names(tmp_path, settings):
    scored_release(1)
    path = tmp_path / "answers.jsonl"
    with openai_server(alias) as server:
        evaluated("--protocol", "free_answer", *JUDGE, "--record", str(path), server=server)
    path.write_text(path.read_text().replace(',"served":"org/big-7b"', ""))
    EvalRun.objects.all().delete()
    (run,) = evaluated("--protocol", "free_answer", *JUDGE, "--replay", str(path))
    assert (run["status"], EvalRun.objects.get().probe["models"]) == ("finished", ["candidate"])
