from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from evaluation.models import Answer, CandidateModel, EvalRun, ProtocolKind
from evaluation.services.runs.answer_writer import AnswerWriter
from evaluation.services.runs.protocols.base import AskedBy
from tests.evaluation.scored import scored_release
from tests.openai_server import Answer as Scripted
from tests.openai_server import Recorded, error, openai_server

pytestmark = pytest.mark.django_db

OPTION = re.compile(r"^([AB])\. (.*)$", re.MULTILINE)
ROOT = Path(__file__).resolve().parents[4]


def agree(recorded: Recorded) -> str:
    """The letter of the option that is not negated."""
    return next(letter for letter, text in OPTION.findall(recorded.prompt) if " not " not in text)


def asked(server) -> list[Recorded]:
    """What was asked about items: all but probes."""
    return [request for request in server.requests if not is_probe(request)]


def is_probe(recorded: Recorded) -> bool:
    return "comes first in the alphabet" in recorded.prompt or "The council opens the park" in recorded.prompt


def run_command(server, *arguments: str, model: str = "candidate") -> list[dict]:
    out = StringIO()
    call_command(
        "evaluate", "demo", "--model", model, "--base-url", server.base_url, *arguments, "--json", stdout=out
    )
    return json.loads(out.getvalue().splitlines()[-1])["runs"]


def overall(run: dict) -> dict:
    row = run["summary"][-1]
    assert (row["nation"], row["source_type"]) == ("GB", "all")
    return row


def test_evaluate_letters_asks_both_orders_and_scores_a_steady_model():
    scored_release(3)
    with openai_server(agree) as server:
        (run,) = run_command(server, "--method", "mc")
    assert sorted(agree(request) for request in asked(server)) == ["A"] * 3 + ["B"] * 3
    row = overall(run)
    assert (row["items"], row["answered"], row["rate"], row["flip_rate"]) == (3, 3, 1.0, 0.0)
    assert (run["status"], run["answers"], run["errors"]) == ("finished", 6, 0)
    answer = Answer.objects.first()
    assert answer.prompt_tokens > 0
    assert CandidateModel.objects.get().base_url == server.base_url


def test_evaluate_letters_counts_a_position_follower_as_flips():
    scored_release(3)
    with openai_server(lambda recorded: "A") as server:
        (run,) = run_command(server, "--method", "mc")
    row = overall(run)
    assert (row["rate"], row["flip_rate"], row["outcomes"]) == (0.5, 1.0, {"flip": 3})


@pytest.mark.parametrize(
    "reply", ["I'm sorry, but I cannot choose between A and B.", Scripted(refusal="I will not say.")]
)
def test_evaluate_letters_counts_refusals(reply):
    scored_release(2)
    with openai_server(lambda recorded: reply) as server:
        (run,) = run_command(server, "--method", "mc")
    row = overall(run)
    assert (row["answered"], row["rate"], row["refusal_rate"], row["agreement_rate"]) == (0, None, 1.0, 0.0)


def test_evaluate_letters_takes_no_letter_out_of_running_text():
    scored_release(2)
    with openai_server(lambda recorded: "A case can be made for option B.") as server:
        (run,) = run_command(server, "--method", "mc")
    assert overall(run)["invalid_rate"] == 1.0


def test_evaluate_keeps_failures_and_asks_only_them_again():
    scored_release(4)

    def sometimes(recorded: Recorded) -> str | Scripted:
        return error(403, "quota used up") if "park 2" in recorded.prompt else agree(recorded)

    with openai_server(sometimes) as server:
        (run,) = run_command(server, "--method", "mc")
    assert (run["status"], run["answers"], run["errors"]) == ("stopped", 6, 2)
    assert (overall(run)["items"], overall(run)["failed"]) == (3, 1)
    failure = Answer.objects.filter(outcome="error").first()
    assert failure.error.startswith("HTTP 403")
    with openai_server(agree) as server:
        (run,) = run_command(server, "--method", "mc")
    assert ["park 2" in request.prompt for request in asked(server)] == [True, True]
    assert (run["status"], run["answers"], run["errors"]) == ("finished", 8, 0)
    assert overall(run)["failed"] == 0
    assert Answer.objects.filter(pk=failure.pk).exclude(error="").count() == 0
    with openai_server(agree) as server:
        run_command(server, "--method", "mc")
    assert server.requests == []  # not even a probe


def test_evaluate_that_gets_nowhere_is_an_error():
    scored_release(1)

    def only_probes(recorded: Recorded) -> str | Scripted:
        return "A" if is_probe(recorded) else error(403, "quota used up")

    with (
        openai_server(only_probes) as server,
        pytest.raises(CommandError, match=r"All 2 requests to candidate failed; the first said: HTTP 403"),
    ):
        run_command(server, "--method", "mc")


def test_evaluate_with_a_wrong_key_is_refused_by_its_probe():
    scored_release(1)
    with (
        openai_server(lambda recorded: error(401, "wrong key")) as server,
        pytest.raises(CommandError, match="cannot be scored by letters: HTTP 401: wrong key"),
    ):
        run_command(server, "--method", "mc")
    assert (asked(server), EvalRun.objects.count()) == ([], 0)


def test_evaluate_key_comes_from_the_named_variable_and_is_not_stored(monkeypatch):
    monkeypatch.setenv("MY_ENDPOINT_KEY", "sk-secret")
    scored_release(1)
    with openai_server(agree) as server:
        run_command(server, "--method", "mc", "--key-variable", "MY_ENDPOINT_KEY")
    assert server.requests[0].headers["authorization"] == "Bearer sk-secret"
    assert CandidateModel.objects.get().key_variable == "MY_ENDPOINT_KEY"
    assert "sk-secret" not in str(list(CandidateModel.objects.values()) + list(EvalRun.objects.values()))


def test_evaluate_asks_no_more_at_once_than_allowed():
    scored_release(6)
    with openai_server(agree, delay=0.02) as server:
        run_command(server, "--method", "mc", "--concurrency", "2")
    assert server.most_at_once == 2


def free_answers(recorded: Recorded) -> str | Scripted:
    """Candidate: says S, declines about park 1. Judge: names the position without a negation."""
    if is_probe(recorded):
        return "A"
    if recorded.body["model"] == "candidate":
        number = re.search(r"park (\d+)", recorded.prompt)[1]
        return "I'd rather not say." if number == "1" else f"It must protect park {number}."
    answer, first, second = re.findall(r"(?:Answer|position)\n\w+\n(.*)\n", recorded.prompt)
    if "rather" in answer:
        return '{"verdict": "refusal"}'
    assert (" not " in first) != (" not " in second)
    return json.dumps({"verdict": "second" if " not " in first else "first"})


def test_evaluate_free_answers_are_judged_by_another_model_in_both_orders():
    scored_release(3)
    with openai_server(free_answers) as server:
        (run,) = run_command(server, "--method", "aj", "--judge", "judge")
    models = [request.body["model"] for request in asked(server)]
    assert (models.count("candidate"), models.count("judge")) == (3, 6)
    assert (run["judge"], run["answers"]) == ("judge", 3)
    assert overall(run)["outcomes"] == {"statement": 2, "refusal": 1}
    kept = json.loads(Answer.objects.filter(outcome="statement").first().judge_reply)
    assert {order: one["verdict"] for order, one in kept.items()} == {"s_rs": "first", "rs_s": "second"}


def test_evaluate_judge_that_follows_position_is_a_flip_not_a_tie():
    scored_release(2)

    def biased(recorded: Recorded) -> str:
        if is_probe(recorded) or recorded.body["model"] == "candidate":
            return "Protect it."
        return '{"verdict": "first"}'

    with openai_server(biased) as server:
        (run,) = run_command(server, "--method", "aj", "--judge", "judge")
    assert (overall(run)["outcomes"], overall(run)["rate"]) == ({"flip": 2}, 0.5)
    assert set(Answer.objects.values_list("outcome", flat=True)) == {"tie"}


def test_evaluate_failed_judge_is_asked_again_and_the_candidate_is_not():
    scored_release(3)

    def broken_judge(recorded: Recorded) -> str:
        if recorded.body["model"] == "judge" and "park 2" in recorded.prompt:
            return "The first one, I think."
        return free_answers(recorded)

    with openai_server(broken_judge) as server:
        (run,) = run_command(server, "--method", "aj", "--judge", "judge")
    assert (run["answers"], run["errors"]) == (2, 1)
    failure = Answer.objects.get(outcome="error")
    assert (failure.reply, failure.error[:7]) == ("It must protect park 2.", "judge: ")
    with openai_server(free_answers) as server:
        (run,) = run_command(server, "--method", "aj", "--judge", "judge")
    assert [request.body["model"] for request in asked(server)] == ["judge", "judge"]
    assert overall(run)["outcomes"] == {"statement": 2, "refusal": 1}


def test_evaluate_with_the_embedded_judge_when_named():
    scored_release(2)
    with openai_server(lambda recorded: "The council must protect this park.") as server:
        (run,) = run_command(server, "--method", "aj", "--judge", "word-overlap judge")
    assert (run["judge"], overall(run)["outcomes"]) == ("word-overlap judge", {"statement": 2})


def test_the_embedded_judge_does_not_judge_a_refusal():
    scored_release(2)
    said = "I'm sorry, I can't say whether the council must protect this park."
    with openai_server(lambda recorded: said) as server:
        (run,) = run_command(server, "--method", "aj", "--judge", "word-overlap judge")
    assert (overall(run)["outcomes"], overall(run)["agreement_rate"]) == ({"refusal": 2}, 0.0)
    assert {answer.judge_reply for answer in Answer.objects.all()} == {""}


MAKE_AND_EVALUATE = """
import sys
import django
django.setup()
from django.core.management import call_command
from tests.evaluation.scored import scored_release
call_command("migrate", verbosity=0)
scored_release(100)
call_command(*sys.argv[1:])
"""


def kept_answers(path: Path) -> int:
    """How many answers are in a database that another process writes."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            return database.execute("SELECT count(*) FROM evaluation_answer").fetchone()[0]
        except sqlite3.OperationalError:  # no such table yet
            return 0


def test_evaluate_killed_and_run_again_has_every_answer_once(tmp_path):
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'killed.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "navab_site.settings",
    }

    def python(*arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    with openai_server(agree, delay=0.03) as server:
        command = ["evaluate", "demo", "--model", "candidate", "--base-url", server.base_url]
        command += ["--method", "mc", "--concurrency", "4", "--json"]
        first = python("-c", MAKE_AND_EVALUATE, *command)
        while not (kept := kept_answers(tmp_path / "killed.sqlite3")):
            assert first.poll() is None
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        before = len(asked(server))
        printed, _ = python("manage.py", *command).communicate(timeout=300)
    (run,) = json.loads(printed.splitlines()[-1])["runs"]
    assert (run["status"], run["answers"], run["errors"]) == ("finished", 200, 0)
    assert overall(run)["outcomes"] == {"statement": 100}
    # What had been kept was not asked again.
    assert 0 < kept < 200
    assert len(asked(server)) - before <= 200 - kept


def test_evaluate_asks_no_further_when_a_whole_batch_fails():
    scored_release(40)
    with (
        openai_server(lambda recorded: "A" if is_probe(recorded) else error(403, "quota used up")) as server,
        pytest.raises(CommandError, match="All 64 requests to candidate failed; the first said: HTTP 403"),
    ):
        run_command(server, "--method", "mc")
    assert Answer.objects.count() == 64
    # No more than what was under way and handed over to be.
    assert len(asked(server)) <= 64 + 4 * 16
    assert EvalRun.objects.get().status == "stopped"


def with_usage(recorded: Recorded, usage: dict, text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    return json.dumps({"choices": [{"message": message}], "usage": usage, "model": "m\0odel"}).encode()


@pytest.mark.parametrize("count", [-5, 10**30, 2**31, 1.5, "many", True])
def test_a_count_that_cannot_be_is_unknown_and_loses_no_answer(count):
    scored_release(3)

    def reply(recorded: Recorded) -> Scripted:
        usage = {"prompt_tokens": count, "completion_tokens": 3}
        return Scripted(body=with_usage(recorded, usage, agree(recorded) + "\0"))

    with openai_server(reply) as server:
        (run,) = run_command(server, "--protocol", "letters")
    assert (run["status"], run["answers"], run["errors"]) == ("finished", 6, 0)
    assert set(Answer.objects.values_list("prompt_tokens", "completion_tokens")) == {(None, 3)}
    assert not any("\0" in reply for reply in Answer.objects.values_list("reply", flat=True))


def test_an_answer_the_database_does_not_take_fails_alone():
    release = scored_release(2)
    candidate = CandidateModel.objects.create(name="m", backend="openai")
    run = EvalRun.objects.create(
        release=release, candidate=candidate, method="mc", protocol="letters", parameters={}
    )
    writer = AnswerWriter(run, AskedBy(ProtocolKind.LETTERS, ("s_rs",), "d"), 512, dict)
    good, bad = release.items.order_by("pk")
    writer.take(Answer(item=good, order="s_rs", outcome="statement", reply="A"))
    writer.take(Answer(item=bad, order="s_rs", outcome="neither", reply="A"))
    writer.flush()
    kept = Answer.objects.order_by("item_id").values_list("item_id", "outcome", "error")
    assert list(kept) == [
        (good.pk, "statement", ""),
        (bad.pk, "error", "the answer cannot be kept: IntegrityError"),
    ]


def test_answers_wait_where_the_database_is_away(monkeypatch):
    release = scored_release(1)
    candidate = CandidateModel.objects.create(name="m", backend="openai")
    run = EvalRun.objects.create(
        release=release, candidate=candidate, method="mc", protocol="letters", parameters={}
    )
    writer = AnswerWriter(run, AskedBy(ProtocolKind.LETTERS, ("s_rs",), "d"), 512, dict)
    writer.take(Answer(item=release.items.get(), order="s_rs", outcome="statement", reply="A"))

    def away(_answers):
        raise OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr("evaluation.services.runs.answer_writer._write", away)
        with pytest.raises(OperationalError):
            writer.flush()
    writer.flush()
    assert Answer.objects.get().outcome == "statement"


def test_a_server_that_fails_for_good_is_not_asked_to_the_end():
    scored_release(200)
    served = []

    def dying(recorded: Recorded) -> str | Scripted:
        if is_probe(recorded):
            return "A"
        served.append(recorded)
        return agree(recorded) if len(served) <= 30 else error(403, "out of order")

    with (
        openai_server(dying) as server,
        pytest.raises(CommandError, match=r"64 requests in a row to candidate failed; the last said: HTTP"),
    ):
        run_command(server, "--protocol", "letters")
    assert len(served) < 400
    assert EvalRun.objects.get().status == "stopped"
    with openai_server(agree) as server:
        (run,) = run_command(server, "--protocol", "letters")
    assert (run["status"], run["answers"]) == ("finished", 400)


def test_a_judge_that_is_the_candidate_under_another_name_is_refused(settings):
    scored_release(1)

    def one_model(recorded: Recorded) -> Scripted:
        message = {"role": "assistant", "content": "A"}
        return Scripted(body=json.dumps({"choices": [{"message": message}], "model": "org/big-7b"}).encode())

    with openai_server(one_model) as server:
        settings.OPENAI_BASE_URL = server.base_url
        with pytest.raises(CommandError, match="candidate may not judge its own answers: it and the judge"):
            run_command(server, "--protocol", "free_answer", "--judge", "other")
    assert EvalRun.objects.count() == 0
