from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scoring.answer_token import answer_token
from evaluation.scoring.reasoning import without_reasoning
from pipeline.engines.client import TokenLogprob

OPTIONS = ("The council must protect the park.", "The council must not protect the park.")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("Protect it.", "Protect it."),
        ("<think>Hm.</think>Protect it.", "Protect it."),
        ("\n<think>\n\n</think>\n\nProtect it.\n", "Protect it."),
        ("<think>one</think>\n<think>two</think> Protect it.", "Protect it."),
        ("Hm, the prompt opened it.</think>\nProtect it.", "Protect it."),
        ("<think>Only reasoning.</think>", ""),
        ("<think>Cut off in the middle", ""),
        ("", ""),
        ("I <think> so.", "I <think> so."),
    ],
)
def test_without_reasoning_leaves_what_is_said(reply, said):
    assert without_reasoning(reply) == said


@given(st.text(alphabet="ab <>/think\n", max_size=60))
def test_without_reasoning_is_done_once(reply):
    said = without_reasoning(f"<think>{reply.replace('<', '')}</think>{reply}")
    assert without_reasoning(said) == without_reasoning(reply)


def spelled(*tokens: str) -> list[TokenLogprob]:
    return [TokenLogprob(token, -float(place), {token: -float(place)}) for place, token in enumerate(tokens)]


@pytest.mark.parametrize(
    ("tokens", "place"),
    [
        (("<think>", "A", "?", "</think>", "\n", "A"), 5),
        (("<think>", "\n", "</think>", "\n\n", "Parks", " are"), 4),
        (("<think>", "A", " or"), 0),
        (("A",), 0),
    ],
)
def test_the_answer_token_stands_behind_the_reasoning(tokens, place):
    token = answer_token("".join(tokens), spelled(*tokens), OPTIONS)
    assert token == spelled(*tokens)[place]
