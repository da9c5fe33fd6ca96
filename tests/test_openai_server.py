"""The test server speaks the protocol its users rely on, as the SDK and plain HTTP see it."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import openai
import pytest

from pipeline.prompts import render
from tests.openai_server import DIMENSIONS, openai_server
from tests.tiny_model import answer, language_of, reverse


def post(url: str, **body: Any) -> dict[str, Any]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def test_models_are_listed() -> None:
    with openai_server(models=("tiny", "judge")) as server:
        client = openai.OpenAI(base_url=server.base_url, api_key="k")
        listed = [model.id for model in client.models.list()]

    assert listed == ["tiny", "judge"]


def test_completions_echo_the_prompt_with_its_logprobs() -> None:
    with openai_server() as server:
        body = post(
            f"{server.base_url}/completions",
            model="tiny",
            prompt="the park is",
            echo=True,
            logprobs=1,
            max_tokens=0,
        )

    [choice] = body["choices"]
    assert choice["text"] == "the park is"
    assert choice["logprobs"]["tokens"] == ["the", " park", " is"]
    first, *rest = choice["logprobs"]["token_logprobs"]
    assert first is None
    assert len(set(rest)) == 2


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_embeddings_come_in_both_encodings(encoding: Any) -> None:
    with openai_server() as server:
        client = openai.OpenAI(base_url=server.base_url, api_key="k")
        made = client.embeddings.create(model="tiny", input=["a b", "b a"], encoding_format=encoding)

    first, second = (row.embedding for row in made.data)
    assert encoding == "base64" or len(first) == DIMENSIONS
    assert first == second


def test_unknown_pages_are_404() -> None:
    with openai_server() as server, pytest.raises(urllib.error.HTTPError, match="404"):
        post(f"{server.base_url}/nothing")


@pytest.mark.parametrize("language", ["de", "en", "fr", "zh"])
def test_tiny_model_chooses_the_same_option_in_both_orders(language: str) -> None:
    options = ("We must not sell it.", "We must sell it.")
    letters = [
        answer(render("mc", language=language, question="Q?", option_a=a, option_b=b).text, None)
        for a, b in (options, options[::-1])
    ]

    assert letters == ["B", "A"]


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("de", "Was soll die Stadt mit dem Park tun?"),
        ("en", "What should the town do with the park?"),
        ("fr", "Que doit faire la ville de son parc ?"),
        ("zh", "城市应当如何对待公园？"),
    ],
)
def test_tiny_model_answers_a_question_in_its_language(language: str, question: str) -> None:
    said = answer(render("aj_answer", language=language, question=question).text, None)

    assert language_of(said) == language
    assert said.endswith((".", "。"))


def test_tiny_model_judges_the_nearer_position() -> None:
    schema = {"type": "object", "properties": {"verdict": {"enum": ["first", "second", "tie", "refusal"]}}}
    sides = ("The park must be sold.", "The park must not be sold.")

    def verdict(said: str) -> str:
        prompt = render("aj_judge", question="Q?", answer=said, first=sides[0], second=sides[1])
        return json.loads(answer(prompt.text, schema))["verdict"]

    assert [verdict("Sell the park."), verdict("No, do not sell the park.")] == ["first", "second"]


def test_tiny_model_fills_a_schema_it_does_not_know() -> None:
    schema = {
        "type": "object",
        "properties": {
            "kind": {"$ref": "#/$defs/Kind"},
            "many": {"type": "array"},
            "count": {"type": "integer"},
            "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "$defs": {"Kind": {"enum": ["x", "y"]}},
    }

    assert json.loads(answer("anything", schema)) == {"kind": "x", "many": [], "count": 0, "maybe": "text"}


def test_tiny_model_reverses_in_every_language() -> None:
    statements = (
        "We must act.",
        "We must not act.",
        "L'État doit agir.",
        "Der Staat muss handeln.",
        "我们必须行动。",
    )

    assert [reverse(text) for text in statements] == [
        "We must not act.",
        "We must act.",
        "L'État ne doit pas agir.",
        "Der Staat muss nicht handeln.",
        "我们不必行动。",
    ]
