"""Answers recorded and replayed: the same figures without the model, and clear errors for what is missing."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError

from evaluation.models import Answer, CandidateModel, EvalRun
from evaluation.services.runs.errors import EvaluationError
from tests.evaluation.scored import scored_release
from tests.evaluation.services.runs.evaluating import affirmed, evaluated, overall, with_logprobs
from tests.openai_server import Answer as Scripted
from tests.openai_server import Recorded, openai_server

pytestmark = pytest.mark.django_db

PROTOCOLS = ("letters", "letters_logprob", "likelihood_token", "likelihood_pmi", "decisions", "free_answer")


def reply(recorded: Recorded) -> Scripted | None:
    if recorded.path == "/v1/completions":
        return None
    if recorded.path == "/v1/decisions":
        letter = affirmed(recorded)
        return Scripted(probabilities={letter: 0.75, "B" if letter == "A" else "A": 0.25})
    if "A." not in recorded.prompt:
        return Scripted("The council must protect the park, because it is there for everybody in the town.")
    return with_logprobs()(recorded)


def outcomes() -> list[tuple]:
    fields = ("item__key", "order", "outcome", "probability", "reply", "prompt_digest", "is_in_language")
    return list(Answer.objects.order_by("item__key", "order").values_list(*fields))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_replay_gives_the_same_answers_and_figures_as_the_model_did(tmp_path, protocol):
    scored_release(4)
    path = str(tmp_path / "answers.jsonl")
    options = ("--protocol", protocol, "--judge", "word-overlap judge")
    with openai_server(reply) as server:
        (asked,) = evaluated(*options, "--record", path, server=server)
    there = outcomes()
    EvalRun.objects.all().delete()
    (replayed,) = evaluated(*options, "--replay", path)
    assert (replayed["status"], replayed["errors"]) == ("finished", 0)
    assert replayed["summary"] == asked["summary"]
    assert outcomes() == there
    run = EvalRun.objects.get()
    assert run.candidate.name == "candidate"
    assert set(run.place) == {"record", "recorded_at", "recorded_engine"}
    assert run.place["recorded_engine"].startswith("endpoint http://127.0.0.1:")


def recorded_file(tmp_path, number: int = 3):
    scored_release(number)
    path = tmp_path / "answers.jsonl"
    with openai_server(affirmed) as server:
        evaluated("--protocol", "letters", "--record", str(path), server=server)
    EvalRun.objects.all().delete()
    CandidateModel.objects.all().delete()
    return path


def test_a_record_is_small_and_names_what_it_is_of(tmp_path):
    header, *rows = map(json.loads, recorded_file(tmp_path).read_text().splitlines())
    assert (header["format"], header["model"], header["release"]) == (
        "navab-answers-1",
        "candidate",
        "demo@1.0.0",
    )
    assert len(rows) == 6
    assert {tuple(sorted(row)) for row in rows} == {
        ("key", "order", "prompt_digest", "protocol", "reply", "tokens")
    }


def test_what_a_record_says_of_its_model_describes_the_candidate(tmp_path):
    path = recorded_file(tmp_path, 1)
    header, *rows = path.read_text().splitlines()
    said = json.dumps({**json.loads(header), "about": "A small model."})
    path.write_text("\n".join([said, *rows]))
    evaluated("--protocol", "letters", "--replay", str(path))
    assert CandidateModel.objects.get().description == "A record of answers says of it: A small model."


def test_a_missing_recorded_answer_is_an_error(tmp_path):
    path = recorded_file(tmp_path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-2]) + "\n")
    (run,) = evaluated("--protocol", "letters", "--replay", str(path))
    assert (run["answers"], run["errors"], run["status"]) == (4, 2, "stopped")
    assert CandidateModel.objects.get().backend == "replay"
    assert Answer.objects.filter(outcome="error").first().error.startswith("no recorded answer for letters|")


def test_an_answer_to_another_prompt_is_an_error_and_one_without_digest_is_taken(tmp_path):
    path = recorded_file(tmp_path, 1)
    header, first, second = map(json.loads, path.read_text().splitlines())
    first["prompt_digest"] = "0" * 32
    del second["prompt_digest"]
    path.write_text("\n".join(map(json.dumps, (header, first, second))))
    (run,) = evaluated("--protocol", "letters", "--replay", str(path))
    assert (run["answers"], run["errors"]) == (1, 1)
    assert Answer.objects.get(outcome="error").error.endswith("is to another prompt")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("hello\n", "line 1: "),
        ('{"format": "other", "model": "m", "recorded_at": "2026"}\n', "line 1: format: "),
        ('{"format": "navab-answers-1", "recorded_at": "2026"}\n', "line 1: model: "),
        (
            '{"format": "navab-answers-1", "model": "m", "recorded_at": "2026"}\n{"protocol": "letters"}\n',
            "line 2: key: ",
        ),
        (
            '{"format": "navab-answers-1", "model": "m", "recorded_at": "2026"}\n'
            '{"protocol": "likelihood", "key": "k", "logprobs": [NaN]}\n',
            "line 2: ",
        ),
    ],
)
def test_a_file_that_is_no_record_is_refused_by_line(tmp_path, content, said):
    scored_release(1)
    path = tmp_path / "answers.jsonl"
    path.write_text(content)
    with pytest.raises(CommandError, match=said):
        evaluated("--protocol", "letters", "--replay", str(path))


def test_a_protocol_that_was_not_recorded_is_refused(tmp_path):
    path = recorded_file(tmp_path)
    with pytest.raises(CommandError, match="holds no decisions answers, only letters"):
        evaluated("--protocol", "decisions", "--replay", str(path))


def test_auto_takes_the_protocol_that_was_recorded(tmp_path):
    path = recorded_file(tmp_path)
    (run,) = evaluated("--method", "mc", "--replay", str(path))
    assert (run["protocol"], run["status"]) == ("letters", "finished")


def test_another_record_is_another_run(tmp_path):
    path = recorded_file(tmp_path)
    other = tmp_path / "other.jsonl"
    other.write_text(path.read_text().replace('"reply":"A"', '"reply":"B"'))
    (first,) = evaluated("--protocol", "letters", "--replay", str(path))
    (second,) = evaluated("--protocol", "letters", "--replay", str(other))
    assert first["run"] != second["run"]
    assert (overall(first)["rate"], overall(second)["outcomes"]) == (1.0, {"flip": 3})


def test_a_record_of_another_model_is_not_added_to(tmp_path):
    path = recorded_file(tmp_path)
    with openai_server(affirmed) as server, pytest.raises(CommandError, match="records another model"):
        evaluated("--protocol", "letters", "--record", str(path), server=server, model="other")


def test_a_replay_names_its_model_itself(tmp_path):
    path = recorded_file(tmp_path)
    with pytest.raises((CommandError, EvaluationError), match="records candidate, not another"):
        evaluated("--protocol", "letters", "--replay", str(path), "--model", "another")


def test_a_record_of_a_run_that_has_answers_elsewhere_is_refused(tmp_path):
    scored_release(3)
    path = tmp_path / "answers.jsonl"
    with openai_server(affirmed) as server:
        evaluated("--protocol", "letters", "--limit", "1", server=server)
        with pytest.raises(CommandError, match="would be incomplete: 2 answers of the run by letters"):
            evaluated("--protocol", "letters", "--record", str(path), server=server)
    assert not path.exists()


def test_a_record_that_was_stopped_goes_on_in_its_file(tmp_path):
    scored_release(3)
    path = str(tmp_path / "answers.jsonl")
    with openai_server(affirmed) as server:
        evaluated("--protocol", "letters", "--limit", "1", "--record", path, server=server)
        (run,) = evaluated("--protocol", "letters", "--record", path, server=server)
    EvalRun.objects.all().delete()
    (replayed,) = evaluated("--protocol", "letters", "--replay", path)
    assert (run["status"], replayed["status"], replayed["answers"]) == ("finished", "finished", 6)
