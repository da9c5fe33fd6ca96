"""Letters as written and by log-probabilities: where they agree, and what a short list tells."""

from __future__ import annotations

import json
import math

import pytest

from evaluation.models import Answer, EvalRun
from tests.evaluation.scored import scored_release
from tests.evaluation.services.runs.evaluating import affirmed, evaluated, is_probe, overall, with_logprobs
from tests.openai_server import Answer as Scripted
from tests.openai_server import Recorded, openai_server

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "lead_in",
    ["As an AI language model, {}", "作为AI,{}", "en tant qu'IA, {}", "Als KI wähle ich {}", "I'm sorry. {}"],
)
def test_both_protocols_read_a_letter_behind_the_same_words(lead_in):
    scored_release(2)

    def reply(recorded: Recorded) -> Scripted:
        if is_probe(recorded):
            return with_logprobs()(recorded)
        letter = affirmed(recorded)
        other = "B" if letter == "A" else "A"
        before = lead_in.removesuffix("{}")
        tokens = [spelled(before, {before: -0.2}), spelled(letter, {letter: -0.1, other: -3.0})]
        choice = {"message": {"content": before + letter}, "logprobs": {"content": tokens}}
        return Scripted(body=json.dumps({"choices": [choice]}).encode())

    with openai_server(reply) as server:
        written, likelier = evaluated("--protocol", "letters", "--protocol", "letters_logprob", server=server)
    wanted = {"refusal": 2} if "sorry" in lead_in else {"statement": 2}
    assert (overall(written)["outcomes"], overall(likelier)["outcomes"]) == (wanted, wanted)


def spelled(token: str, alternatives: dict[str, float]) -> dict:
    tops = [{"token": name, "logprob": value} for name, value in alternatives.items()]
    return {"token": token, "logprob": alternatives[token], "top_logprobs": tops}


def answers() -> list[tuple]:
    fields = ("outcome", "probability", "details")
    return list(Answer.objects.order_by("item__key", "order").values_list(*fields))


def only(alternatives: dict[str, float], text: str = "A"):
    """A server that gives these alternatives about items, and both letters to the probe."""
    return lambda recorded: (
        with_logprobs()(recorded) if is_probe(recorded) else Scripted(text, alternatives=alternatives)
    )


@pytest.mark.parametrize(
    ("alternatives", "most"),
    [
        ({"A": -1e-6}, 1 - math.exp(-1e-6) + 1e-4),  # what is left of 1
        ({"A": -0.1, "The": -3.0}, 1 - math.exp(-0.1) - math.exp(-3.0) + 1e-4),
        ({"A": -0.6, "The": -9.0, "Of": -9.5}, 32 * math.exp(-9.5)),  # no spelling is likelier than the last
    ],
)
def test_a_confident_model_chooses_though_the_other_letter_is_not_in_the_list(tmp_path, alternatives, most):
    scored_release(2)
    path = str(tmp_path / "answers.jsonl")
    with openai_server(only(alternatives)) as server:
        (run,) = evaluated("--protocol", "letters_logprob", "--record", path, server=server)
    assert (run["status"], overall(run)["outcomes"]) == ("finished", {"flip": 2})
    first = Answer.objects.filter(order="s_rs").first()
    assert first.details["A"] == pytest.approx(alternatives["A"])
    assert math.exp(first.details["B_at_most"]) == pytest.approx(most, rel=1e-4)
    given = math.exp(alternatives["A"])
    assert first.probability == pytest.approx(given / (given + most), rel=1e-4)
    there = answers()
    EvalRun.objects.all().delete()
    evaluated("--protocol", "letters_logprob", "--replay", path)
    assert answers() == there


def test_the_other_letter_chosen_is_known_as_well():
    scored_release(1)
    with openai_server(only({"B": -0.01}, text="B")) as server:
        evaluated("--protocol", "letters_logprob", server=server)
    found = dict(Answer.objects.values_list("order", "probability"))
    assert found["s_rs"] < 0.02
    assert found["rs_s"] > 0.98


def test_probabilities_above_one_are_an_error_of_the_answer():
    scored_release(2)

    def filled(recorded: Recorded) -> Scripted:
        if "park 1" in recorded.prompt:
            return Scripted("A", alternatives={"A": 0.0, "B": 0.0})
        return with_logprobs()(recorded)

    with openai_server(filled) as server:
        (run,) = evaluated("--protocol", "letters_logprob", server=server)
    assert (run["answers"], run["errors"]) == (2, 2)
    said = "the probabilities of its alternatives sum to 2"
    assert set(Answer.objects.filter(outcome="error").values_list("error", flat=True)) == {said}
