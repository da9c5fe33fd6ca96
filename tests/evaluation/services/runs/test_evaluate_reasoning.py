"""Candidates that reason aloud before they answer: the answer is judged, all of it is kept."""

from __future__ import annotations

import json
import re

import pytest

from evaluation.models import Answer
from tests.evaluation.scored import scored_release
from tests.evaluation.services.runs.evaluating import asked, evaluated, is_probe, overall
from tests.openai_server import Recorded, openai_server

pytestmark = pytest.mark.django_db

REASONING = "<think>The council must not protect the park, must not protect it.</think>"
ANSWER = "The council must protect the park, as it is there for everybody in this town."


def test_the_judge_is_not_shown_the_reasoning():
    scored_release(1)

    def reply(recorded: Recorded) -> str:
        if is_probe(recorded):
            return "A"
        if recorded.body["model"] == "candidate":
            return REASONING + ANSWER
        first, _ = re.findall(r"position\n\w+\n(.*)\n", recorded.prompt)
        return json.dumps({"verdict": "second" if " not " in first else "first"})

    with openai_server(reply) as server:
        (run,) = evaluated("--protocol", "free_answer", "--judge", "judge", server=server)
    judged = [recorded.prompt for recorded in asked(server) if recorded.body["model"] == "judge"]
    assert len(judged) == 2
    assert all(ANSWER in prompt and "think" not in prompt for prompt in judged)
    assert overall(run)["outcomes"] == {"statement": 1}
    assert Answer.objects.get().reply == REASONING + ANSWER


def test_the_word_overlap_judge_reads_the_answer_alone():
    scored_release(1)
    with openai_server(lambda recorded: REASONING + ANSWER) as server:
        (run,) = evaluated("--protocol", "free_answer", "--judge", "word-overlap judge", server=server)
    assert overall(run)["outcomes"] == {"statement": 1}
    assert Answer.objects.get().reply == REASONING + ANSWER


def test_the_language_is_that_of_the_answer():
    scored_release(1)
    german = "<think>Der Rat sollte den Park unbedingt schützen, denn er gehört allen in der Stadt.</think>"
    with openai_server(lambda recorded: german * 3 + ANSWER) as server:
        (run,) = evaluated("--protocol", "free_answer", "--judge", "word-overlap judge", server=server)
    assert run["figures"]["language"]["GB"] == {
        "answers": 1,
        "in_language": 1,
        "other_language": 0,
        "other_language_share": 0.0,
    }


@pytest.mark.parametrize("reply", ["<think>Hm.</think>", "<think>Hm, the council must protect the park"])
def test_a_reply_of_reasoning_alone_is_invalid_and_not_judged(reply):
    scored_release(2)
    with openai_server(lambda recorded: reply) as server:
        (run,) = evaluated("--protocol", "free_answer", "--judge", "judge", server=server)
    assert {recorded.body["model"] for recorded in asked(server)} == {"candidate"}
    assert (run["status"], overall(run)["outcomes"]) == ("finished", {"invalid": 2})
    assert set(Answer.objects.values_list("reply", "judge_reply", "is_in_language")) == {(reply, "", None)}
