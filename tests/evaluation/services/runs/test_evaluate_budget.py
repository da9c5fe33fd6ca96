"""Budgets, costs, holdout items, and judges that may not be asked."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError

from evaluation.models import Answer, CandidateModel, EvalRun
from evaluation.services.runs.names import same_model
from tests.evaluation.scored import scored_release
from tests.evaluation.services.runs.evaluating import affirmed, asked, evaluated, is_probe, overall
from tests.openai_server import Answer as Scripted
from tests.openai_server import Recorded, error, openai_server

pytestmark = pytest.mark.django_db

READ, WRITTEN = 90, 10  # tokens of every reply below


USAGE = {"prompt_tokens": READ, "completion_tokens": WRITTEN}


def counted(recorded: Recorded, text: str | None = None, usage: object = USAGE) -> Scripted:
    message = {"role": "assistant", "content": affirmed(recorded) if text is None else text}
    content = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
    return Scripted(body=json.dumps(content).encode())


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_token_budget_ends_the_run_cleanly_and_is_passed_by_no_more_than_was_under_way(concurrency):
    scored_release(40)
    options = ("--protocol", "letters", "--concurrency", str(concurrency))
    with openai_server(counted, delay=0.01) as server:
        (run,) = evaluated(*options, "--budget-tokens", "2000", server=server)
    spent = run["spent"]["tokens_in"] + run["spent"]["tokens_out"]
    assert run["status"] == "stopped"
    assert 2000 <= spent < 2000 + concurrency * (READ + WRITTEN)
    assert spent == len(server.requests) * (READ + WRITTEN)
    # All that was paid for is kept, the probe aside.
    assert (run["answers"], run["errors"]) == (len(asked(server)), 0)
    assert run["spent"]["stopped_by"] == f"{spent} tokens of 2000 are spent"


def test_a_run_that_a_budget_stopped_goes_on_and_adds_up():
    scored_release(20)
    with openai_server(counted) as server:
        (first,) = evaluated("--protocol", "letters", "--budget-tokens", "1000", server=server)
        (second,) = evaluated("--protocol", "letters", server=server)
    assert (first["status"], second["status"], second["run"]) == ("stopped", "finished", first["run"])
    assert len(asked(server)) == 40
    assert second["spent"]["tokens_in"] == len(server.requests) * READ
    assert second["spent"]["stopped_by"] == ""


def test_a_budget_that_is_just_enough_stops_nothing():
    scored_release(2)
    with openai_server(counted) as server:
        budget = str(5 * (READ + WRITTEN))
        (run,) = evaluated("--protocol", "letters", "--budget-tokens", budget, server=server)
    assert (run["status"], run["spent"]["stopped_by"]) == ("finished", "")


def test_a_cost_budget_counts_by_the_candidates_prices():
    scored_release(40)
    options = ("--protocol", "letters", "--concurrency", "2", "--price-in", "10", "--price-out", "100")
    each = (READ * 10 + WRITTEN * 100) / 1_000_000
    with openai_server(counted) as server:
        (run,) = evaluated(*options, "--budget-cost", str(10 * each), server=server)
    assert run["status"] == "stopped"
    assert run["spent"]["cost"] == pytest.approx(len(server.requests) * each)
    assert 10 <= len(server.requests) < 10 + 2
    assert Answer.objects.first().cost == pytest.approx(each)
    candidate = CandidateModel.objects.get()
    assert (candidate.price_in, candidate.price_out) == (10, 100)


def test_a_cost_budget_ends_a_run_whose_endpoint_counts_no_tokens():
    scored_release(40)
    options = ("--protocol", "letters", "--concurrency", "2", "--price-in", "0", "--price-out", "1000")
    with openai_server(lambda recorded: counted(recorded, "A" * 2000, None)) as server:
        (run,) = evaluated(*options, "--budget-cost", "10", server=server)
    # Every reply of 2 000 bytes is taken for 1 000 tokens.
    assert (run["status"], run["spent"]["cost"]) == ("stopped", pytest.approx(len(server.requests), rel=0.01))
    assert 10 <= len(server.requests) < 10 + 2


def test_what_was_spent_is_kept_with_the_answers_when_the_process_is_killed(monkeypatch):
    scored_release(10)

    def killed(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr("evaluation.services.runs.evaluate._close", killed)
    with openai_server(counted) as server:
        with pytest.raises(SystemExit):
            evaluated("--protocol", "letters", server=server)
        spent = EvalRun.objects.get().spent
        assert (spent["requests"], spent["tokens_in"]) == (
            len(server.requests),
            len(server.requests) * READ,
        )


@pytest.mark.parametrize("price", ["-1", "1e6", "inf", "nan", "cheap"])
def test_a_price_that_no_column_holds_is_refused(price):
    scored_release(1)
    with openai_server(counted) as server, pytest.raises(CommandError, match="not a number from 0 to 999999"):
        evaluated("--protocol", "letters", "--price-in", "1", "--price-out", price, server=server)


def test_costs_are_empty_where_prices_are_unknown_and_a_cost_budget_asks_for_them():
    scored_release(1)
    with openai_server(counted) as server:
        (run,) = evaluated("--protocol", "letters", server=server)
        with pytest.raises(CommandError, match="--budget-cost needs --price-in and --price-out"):
            evaluated("--protocol", "letters", "--budget-cost", "1", server=server)
    assert (run["spent"]["cost"], Answer.objects.first().cost) == (None, None)
    assert (Answer.objects.first().prompt_tokens, Answer.objects.first().completion_tokens) == (READ, WRITTEN)


def free(recorded: Recorded) -> Scripted:
    if is_probe(recorded):
        return counted(recorded)
    if recorded.body["model"] == "judge":
        return counted(recorded, '{"verdict": "first"}')
    return counted(recorded, "The council must protect it, of course, since parks are for everybody.")


def test_a_budget_keeps_what_the_candidate_said_to_be_judged_later():
    scored_release(12)
    options = ("--protocol", "free_answer", "--judge", "judge", "--concurrency", "2")
    with openai_server(free, delay=0.005) as server:
        (first,) = evaluated(*options, "--budget-tokens", "1500", server=server)
        candidates = [request.prompt for request in asked(server) if request.body["model"] == "candidate"]
        (second,) = evaluated(*options, server=server)
        again = [request.prompt for request in asked(server) if request.body["model"] == "candidate"]
    assert (first["status"], second["status"]) == ("stopped", "finished")
    assert first["errors"] > 0
    # Nobody was asked twice: what was said before the stop was judged after it.
    assert len(candidates) < 12
    assert (len(again), len(set(again))) == (12, 12)
    assert set(Answer.objects.values_list("prompt_tokens", flat=True)) == {READ}
    assert set(Answer.objects.values_list("judge_prompt_tokens", flat=True)) == {2 * READ}


def test_holdout_and_training_items_are_left_out_unless_asked_for():
    scored_release(3, holdout=2, train=4)
    with openai_server(affirmed) as server:
        (run,) = evaluated("--protocol", "letters", server=server)
        (private,) = evaluated("--protocol", "letters", "--holdout", server=server)
    assert (run["answers"], run["is_holdout"]) == (6, False)
    assert (private["answers"], private["is_holdout"], private["status"]) == (10, True, "finished")
    assert private["run"] != run["run"]
    assert not any("park 2" in request.prompt for request in asked(server) if "park 2." not in request.prompt)


def test_holdout_items_are_never_printed_or_recorded(tmp_path):
    scored_release(1, holdout=2)

    def leaky(recorded: Recorded) -> Scripted:
        return Scripted("A") if is_probe(recorded) else error(400, f"cannot read: {recorded.prompt}")

    with openai_server(leaky) as server:
        with pytest.raises(CommandError) as raised:
            evaluated("--protocol", "letters", "--holdout", server=server)
        with pytest.raises(CommandError, match="does not write down holdout items"):
            evaluated(
                "--protocol",
                "letters",
                "--holdout",
                "--record",
                str(tmp_path / "answers.jsonl"),
                server=server,
            )
    assert "park" not in str(raised.value)
    assert "the first said: HTTP 400. " in str(raised.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("gpt-5", "openai/gpt-5", True),
        ("GPT 5", "gpt-5 ", True),
        ("llama3:latest", "llama3", True),
        ("hub/org/Model-7B", "model_7b", True),
        ("gpt-5", "gpt-5-mini", False),
        ("llama3:8b", "llama3:70b", True),  # by their names they may be one
        ("llama3:latest", "mistral:latest", False),
        ("openai:gpt-5", "gpt-5", True),
        ("openai:gpt-5", "openai:gpt-4", False),
        ("anthropic:claude-opus", "claude-opus@20250101", True),
        ("gpt-5-2025-08-07", "gpt-5", True),
        ("gpt\u20115", "gp\u200bt-5", True),
    ],
)
def test_same_model_sees_through_prefixes_and_spelling(one, other, same):
    assert (same_model(one, other), same_model(other, one)) == (same, same)


def test_a_candidate_under_another_name_may_not_judge_itself():
    scored_release(1)
    with (
        openai_server(free) as server,
        pytest.raises(CommandError, match="candidate may not judge its own answers"),
    ):
        evaluated("--protocol", "free_answer", "--judge", "provider/Candidate", server=server)
    assert (server.requests, EvalRun.objects.count()) == ([], 0)


def test_free_answers_in_another_language_are_marked():
    scored_release(3, nations=("DE",))

    def reply(recorded: Recorded) -> Scripted | str:
        if is_probe(recorded):
            return "A"
        if recorded.body["model"] == "judge":
            return '{"verdict": "tie"}'
        if "Park 1" in recorded.prompt:
            return (
                "In my opinion the council should protect this park, because everybody needs a place to rest."
            )
        if "Park 2" in recorded.prompt:
            return "Ja."
        return "Meiner Meinung nach muss der Rat den Park schützen, weil alle einen Ort der Ruhe brauchen."

    with openai_server(reply) as server:
        (run,) = evaluated("--protocol", "free_answer", "--judge", "judge", server=server)
    assert list(run["figures"]["language"]) == ["DE"]
    language = run["figures"]["language"]["DE"]
    assert (language["answers"], language["in_language"], language["other_language"]) == (3, 1, 1)
    assert language["other_language_share"] == 0.5
    (foreign,) = Answer.objects.filter(is_in_language=False).select_related("item")
    assert "Park 1" in foreign.item.question
    assert overall(run)["outcomes"] == {"tie": 3}
