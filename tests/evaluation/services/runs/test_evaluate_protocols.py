"""Protocols against endpoints that give what they should, and endpoints that do not."""

from __future__ import annotations

import json
import math

import pytest
from django.core.management import CommandError

from evaluation.models import Answer, EvalRun
from tests.evaluation.scored import scored_release
from tests.evaluation.services.runs.evaluating import (
    affirmed,
    asked,
    evaluated,
    is_probe,
    overall,
    with_logprobs,
)
from tests.openai_server import Answer as Scripted
from tests.openai_server import Recorded, error, openai_server, token_logprob

pytestmark = pytest.mark.django_db


def test_auto_takes_letters_by_logprobs_where_the_probe_passes_and_says_so():
    scored_release(3)
    with openai_server(with_logprobs()) as server:
        (run,) = evaluated("--method", "mc", server=server)
    assert (run["protocol"], run["status"], run["answers"]) == ("letters_logprob", "finished", 6)
    assert run["reason"].startswith("letters by log-probabilities, since A and B are among the 3 tokens")
    assert overall(run)["rate"] == 1.0
    # One probe decides the protocol and is not repeated.
    assert len(server.requests) == 6 + 1


def test_auto_takes_written_letters_where_logprobs_are_dropped_and_says_so():
    scored_release(2)
    with openai_server(affirmed, logprobs=False) as server:
        (run,) = evaluated("--method", "mc", server=server)
    assert run["protocol"] == "letters"
    assert run["reason"].endswith("the endpoint answered 200 without logprobs")


def test_auto_goes_on_as_it_began():
    scored_release(4)
    with openai_server(with_logprobs()) as server:
        (first,) = evaluated("--method", "mc", "--limit", "2", server=server)
    with openai_server(affirmed, logprobs=False) as server, pytest.raises(CommandError, match="200 without"):
        evaluated("--method", "mc", server=server)
    with openai_server(with_logprobs()) as server:
        (second,) = evaluated("--method", "mc", server=server)
    assert (second["run"], second["protocol"], second["status"]) == (
        first["run"],
        first["protocol"],
        "finished",
    )
    assert EvalRun.objects.count() == 1


@pytest.mark.parametrize("lead", [0.7, 3.0])
def test_letters_by_logprobs_keep_the_probability_of_s_in_both_orders(lead):
    scored_release(1)
    with openai_server(with_logprobs(lead)) as server:
        evaluated("--protocol", "letters_logprob", server=server)
    answers = list(Answer.objects.order_by("order"))
    assert {answer.order for answer in answers} == {"s_rs", "rs_s"}
    expected = math.exp(-0.5) / (math.exp(-0.5) + math.exp(-0.5 - lead))
    assert [answer.probability for answer in answers] == pytest.approx([expected] * 2)
    assert all(set(answer.details) == {"A", "B", "mass"} for answer in answers)


def test_letters_by_logprobs_add_up_the_spellings_of_a_letter():
    scored_release(1)
    alternatives = {"A": -2.0, " A": -2.0, "(A": -2.0, "B": -1.5, "b": -2.5}
    with openai_server(lambda recorded: Scripted("A", alternatives=alternatives)) as server:
        (run,) = evaluated("--protocol", "letters_logprob", server=server)
    details = Answer.objects.first().details
    mass = 3 * math.exp(-2.0) + math.exp(-1.5)
    assert details == pytest.approx({"A": math.log(3 * math.exp(-2.0)), "B": -1.5, "mass": mass})
    assert overall(run)["outcomes"] == {"flip": 1}


def test_letters_by_logprobs_of_a_letter_that_might_be_either_is_an_error_and_never_a_zero():
    scored_release(2)

    def forgetful(recorded: Recorded) -> Scripted:
        given = with_logprobs()(recorded)
        if "park 1" in recorded.prompt:
            return Scripted("A", alternatives={"A": -1.2, "The": -1.3})
        return given

    with openai_server(forgetful) as server:
        (run,) = evaluated("--protocol", "letters_logprob", server=server)
    assert (run["answers"], run["errors"]) == (2, 2)
    failure = Answer.objects.filter(outcome="error").first()
    said = "no log-probability for B among 2 alternatives, and what they leave decides nothing"
    assert (failure.error, failure.probability) == (said, None)


@pytest.mark.parametrize(
    ("reply", "alternatives", "outcome"),
    [
        # Prose that would hardly have been a letter, though A is much likelier there than B.
        ("Parks are nice.", {"Parks": -0.1, "A": -3.0, "B": -6.0}, "invalid"),
        ("Unfortunately, I can't choose.", {"Unfortunately": -0.1, "A": -3.0, "B": -6.0}, "refusal"),
        # What is written is drawn, what is read is what is likely.
        ("Parks are nice.", {"Parks": -1.2, "A": -0.6, "B": -2.5}, "flip"),
        ("A", {"A": -1.2, "B": -2.5, "Parks": -1.3}, "flip"),
    ],
)
def test_letters_by_logprobs_count_a_choice_only_where_the_model_makes_one(reply, alternatives, outcome):
    scored_release(1)

    def scripted(recorded: Recorded) -> Scripted:
        if is_probe(recorded):
            return with_logprobs()(recorded)
        return Scripted(reply, alternatives=alternatives)

    with openai_server(scripted) as server:
        (run,) = evaluated("--protocol", "letters_logprob", server=server)
    assert overall(run)["outcomes"] == {outcome: 1}
    mass = math.exp(alternatives["A"]) + math.exp(alternatives["B"])
    assert [answer.details["mass"] for answer in Answer.objects.all()] == pytest.approx([mass] * 2)


def test_letters_by_logprobs_tell_refusals_and_replies_without_a_letter():
    scored_release(2)

    def reply(recorded: Recorded) -> Scripted:
        if is_probe(recorded):
            return with_logprobs()(recorded)
        if "park 1" in recorded.prompt:
            return Scripted("I cannot choose.", alternatives={"I": -0.1, "A": -3.0, "B": -3.0})
        return Scripted("Parks are nice.", alternatives={"Parks": -0.1, "The": -3.0})

    with openai_server(reply) as server:
        (run,) = evaluated("--protocol", "letters_logprob", server=server)
    assert overall(run)["outcomes"] == {"refusal": 1, "invalid": 1}


@pytest.mark.parametrize(
    ("protocol", "reply", "logprobs", "said"),
    [
        ("letters_logprob", affirmed, False, "the endpoint answered 200 without logprobs"),
        ("letters_logprob", affirmed, True, "B is not among the 1 likeliest tokens it gives"),
        (
            "letters_logprob",
            lambda recorded: Scripted("A", alternatives={"A": 0.0, "B": 0.0}),
            True,
            "every log-probability is exactly 0",
        ),
        ("likelihood_sum", None, False, "the endpoint answered 200 without logprobs"),
        ("likelihood_pmi", lambda recorded: error(404, "no such page"), True, "HTTP 404: no such page"),
        ("decisions", lambda recorded: Scripted(probabilities={"A": 0.5, "B": 0.1}), True, "sum to 0.6"),
        ("decisions", lambda recorded: Scripted(probabilities={}), True, "200 without probabilities"),
        ("decisions", lambda recorded: Scripted(refusal="no"), True, "it refuses to decide"),
    ],
)
def test_a_protocol_whose_probe_fails_is_refused_by_what_the_server_did(protocol, reply, logprobs, said):
    scored_release(2)
    with (
        openai_server(reply, logprobs=logprobs) as server,
        pytest.raises(CommandError, match=f"cannot be scored by {protocol}: .*{said}"),
    ):
        evaluated("--protocol", protocol, server=server)
    assert (asked(server), EvalRun.objects.count(), Answer.objects.count()) == ([], 0, 0)


def echo_of_written_tokens_only(recorded: Recorded) -> Scripted:
    """The whole text comes back, log-probabilities only of what was written after it."""
    prompt = recorded.body["prompt"]
    logprobs = {"tokens": [" Yes"], "token_logprobs": [-0.5], "text_offset": [len(prompt)]}
    content = {"choices": [{"index": 0, "text": prompt + " Yes", "logprobs": logprobs}]}
    return Scripted(body=json.dumps(content).encode())


def echo_of_equal_values(recorded: Recorded) -> Scripted:
    prompt = recorded.body["prompt"]
    count = len(prompt)
    logprobs = {"tokens": list(prompt), "token_logprobs": [-1.0] * count, "text_offset": list(range(count))}
    return Scripted(body=json.dumps({"choices": [{"text": prompt, "logprobs": logprobs}]}).encode())


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (echo_of_written_tokens_only, "other tokens than those of the prompt"),
        (echo_of_equal_values, "log-probabilities are equal"),
        (lambda recorded: Scripted(text="Of course."), None),
    ],
)
def test_an_echo_that_is_none_is_refused(reply, said):
    scored_release(1)
    with openai_server(reply) as server:
        if said is None:  # the fake server echoes properly whatever it writes after
            assert evaluated("--protocol", "likelihood_sum", server=server)[0]["status"] == "finished"
            return
        with pytest.raises(CommandError, match=said):
            evaluated("--protocol", "likelihood_sum", server=server)


def value_of(text: str) -> list[float]:
    """Log-probabilities of the words of an option, as the server gives them."""
    return [token_logprob(word) for word in [*text.rstrip(".").split(), "."]]


@pytest.mark.parametrize("protocol", ["likelihood_sum", "likelihood_token", "likelihood_character"])
def test_likelihoods_compare_the_options_alone(protocol):
    release = scored_release(3)
    with openai_server() as server:
        (run,) = evaluated("--protocol", protocol, server=server)
    assert (run["status"], run["answers"]) == ("finished", 3)
    assert len(asked(server)) == 3 * 2
    for answer in Answer.objects.select_related("item"):
        values = {}
        for name, text in (
            ("statement", answer.item.statement),
            ("reversed", answer.item.reversed_statement),
        ):
            tokens = value_of(text)
            assert answer.details[name] == pytest.approx(
                {"log_likelihood": sum(tokens), "tokens": len(tokens)}
            )
            length = {"likelihood_sum": 1, "likelihood_token": len(tokens)}.get(protocol, len(text))
            values[name] = sum(tokens) / length
        lead = values["statement"] - values["reversed"]
        assert answer.outcome == ("statement" if lead > 0 else "reversed")
        assert answer.probability == pytest.approx(1 / (1 + math.exp(-lead)))
    assert release.items.count() == 3


def test_pmi_takes_off_what_an_option_has_without_its_question():
    scored_release(2)
    with openai_server() as server:
        (run,) = evaluated("--protocol", "likelihood_pmi", server=server)
    # The server's log-probabilities do not depend on what stands before: nothing is left.
    assert (run["answers"], overall(run)["outcomes"]) == (2, {"tie": 2})
    assert len(asked(server)) == 2 * 4


def test_a_likelihood_run_has_a_random_control_on_the_same_items():
    scored_release(4)
    with openai_server() as server:
        (run,) = evaluated("--protocol", "likelihood_sum", server=server)
    control = run["control"]
    assert (control["line"], control["items"], control["protocol"]) == (0.5, 4, "likelihood_sum")
    assert control["name"].startswith("random byte model, seed ")
    # Random weights like the shorter text: what the score owes to that is shown beside it.
    assert [row["rate"] for row in control["summary"] if row["source_type"] == "all"] == [1.0]
    assert evaluated("--protocol", "likelihood_sum", server=server)[0]["control"] == control


def test_the_control_of_pmi_is_no_tie_and_does_not_follow_from_the_options_form():
    """All items are of one form and differ in a number, in the question and in both options."""
    scored_release(60)
    with openai_server() as server:
        (run,) = evaluated("--protocol", "likelihood_pmi", server=server)
    [row] = [row for row in run["control"]["summary"] if row["source_type"] == "all"]
    assert set(row["outcomes"]) == {"statement", "reversed"}
    assert 0.1 < row["rate"] < 0.9


def test_decisions_ask_both_orders_and_keep_probabilities():
    scored_release(2)

    def decide(recorded: Recorded) -> Scripted:
        letter = affirmed(recorded)
        return Scripted(probabilities={letter: 0.8, "B" if letter == "A" else "A": 0.2})

    with openai_server(decide) as server:
        (run,) = evaluated("--protocol", "decisions", server=server)
    assert (run["answers"], overall(run)["rate"]) == (4, 1.0)
    assert sorted(affirmed(request) for request in asked(server)) == ["A", "A", "B", "B"]
    assert set(Answer.objects.values_list("probability", flat=True)) == {0.8}


def test_decisions_that_go_wrong_later_are_errors_of_their_answers():
    scored_release(2)

    def decide(recorded: Recorded) -> Scripted:
        wrong = {"A": 0.5, "B": 0.1} if "park 1" in recorded.prompt else {"A": 0.7, "B": 0.3}
        return Scripted(probabilities=wrong)

    with openai_server(decide) as server:
        (run,) = evaluated("--protocol", "decisions", server=server)
    assert (run["answers"], run["errors"], run["status"]) == (2, 2, "stopped")
    assert Answer.objects.filter(outcome="error").first().error == "the probabilities sum to 0.6, not to 1"


def test_protocols_are_one_per_run():
    scored_release(1)
    with openai_server(with_logprobs()) as server:
        runs = evaluated("--protocol", "letters", "--protocol", "letters_logprob", server=server)
    assert [run["protocol"] for run in runs] == ["letters", "letters_logprob"]
    assert len({run["run"] for run in runs}) == 2
    assert len(set(EvalRun.objects.values_list("parameters_digest", flat=True))) == 2


def test_every_answer_keeps_the_digest_of_its_own_prompt():
    scored_release(3)
    with openai_server(affirmed) as server:
        evaluated("--protocol", "letters", server=server)
    digests = list(Answer.objects.values_list("prompt_digest", flat=True))
    assert len(set(digests)) == 6
    assert all(len(digest) == 32 for digest in digests)


def test_busy_and_slow_servers_are_waited_for():
    scored_release(3)
    busy = set()

    def reply(recorded: Recorded) -> str | Scripted:
        key = recorded.prompt
        if not is_probe(recorded) and key not in busy:
            busy.add(key)
            return error(429, "slow down", Retry_After="0.2")
        return Scripted(affirmed(recorded), delay=0.1)

    with openai_server(reply) as server:
        (run,) = evaluated("--protocol", "letters", server=server)
    assert (run["status"], run["errors"], overall(run)["rate"]) == ("finished", 0, 1.0)
    assert len(asked(server)) == 12


@pytest.mark.parametrize(
    "address", ["http://example.org/v1", "http://169.254.169.254/latest", "ftp://127.0.0.1/"]
)
def test_a_host_that_is_not_allowed_is_never_asked(settings, address):
    settings.NAVAB_ENDPOINT_HOSTS = []
    settings.OPENAI_BASE_URL = ""
    scored_release(1)
    with pytest.raises(CommandError, match=r"may not be asked|is no address"):
        evaluated("--model", "m", "--base-url", address, "--protocol", "letters")


def test_a_list_of_hosts_is_the_whole_list(settings):
    settings.NAVAB_ENDPOINT_HOSTS = ["models.example.org"]
    scored_release(1)
    with (
        openai_server(affirmed) as server,
        pytest.raises(
            CommandError, match=r"127\.0\.0\.1 may not be asked: NAVAB_ENDPOINT_HOSTS allows only models"
        ),
    ):
        evaluated("--protocol", "letters", server=server)
    assert server.requests == []
