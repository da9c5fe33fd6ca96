"""Conversations side by side."""

from __future__ import annotations

from pipeline.engines.ask import Conversation, converse
from pipeline.engines.client import ChatRequest
from pipeline.engines.fake import QueueModel
from pipeline.engines.openai import OpenAIModel
from tests.openai_server import openai_server


def say(text: str) -> ChatRequest:
    return ChatRequest(({"role": "user", "content": text},))


def chat(name: str, *turns: int) -> Conversation[str]:
    """Asks ``n`` questions a turn; its value is all it heard."""
    heard = []
    for turn, width in enumerate(turns):
        replies = yield [say(f"{name}{turn}{place}") for place in range(width)]
        heard += [reply.text for reply in replies]
    return " ".join(heard)


def test_converse_gives_each_its_own_replies_in_order() -> None:
    talks = [chat("a", 2, 1), chat("b", 1), chat("c", 1, 1, 3)]

    with openai_server(lambda asked: asked.prompt.upper()) as server:
        found = sorted(converse(OpenAIModel(server.base_url, "", "tiny", concurrency=3), talks))

    assert found == ["A00 A01 A10", "B00", "C00 C10 C20 C21 C22"]


def test_converse_yields_what_asks_nothing() -> None:
    assert list(converse(QueueModel(), [chat("a"), chat("b")])) == ["", ""]


def test_converse_of_nothing_is_nothing() -> None:
    assert list(converse(QueueModel(), [])) == []


def test_converse_keeps_the_client_busy_with_follow_ups() -> None:
    with openai_server(lambda asked: "ok", delay=0.02) as server:
        model = OpenAIModel(server.base_url, "", "tiny", concurrency=4)
        found = list(converse(model, (chat(str(n), 1, 3) for n in range(8))))

    assert len(found) == 8
    assert (len(server.requests), server.most_at_once) == (32, 4)


def test_converse_starts_conversations_lazily() -> None:
    started = []

    def talks():
        for name in "abcdefgh":
            started.append(name)
            yield chat(name, 1)

    first = next(converse(QueueModel(["one", "two"]), talks()))

    assert (first, started) == ("one", ["a"])
