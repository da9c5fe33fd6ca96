"""Requests by files, over real HTTP."""

from __future__ import annotations

import pytest

from pipeline.engines.batch import BatchModel
from pipeline.engines.client import ChatRequest, EndpointUnavailableError
from pipeline.engines.openai import OpenAIModel
from pipeline.engines.replies import Reply
from pipeline.records import DocumentRecord, StatementRecord
from pipeline.screening.model import StatementScreeningModel
from tests.openai_server import Answer, openai_server
from tests.pipeline.engines.test_cache import DictStore


class Word(Reply):
    word: str


def request(text: str) -> ChatRequest:
    return ChatRequest(({"role": "user", "content": text},), Word, "word")


def test_batch_answers_every_request_at_its_place():
    waits: list[float] = []
    with openai_server(lambda asked: f'{{"word": "{asked.prompt}"}}') as server:
        model = BatchModel(OpenAIModel(server.base_url, "", "tiny"), DictStore(), wait=7, sleep=waits.append)
        found = dict(model.complete_many(request(name) for name in "abc"))

    assert {at: reply.parsed for at, reply in found.items()} == {
        at: Word(word=w) for at, w in enumerate("abc")
    }
    assert waits == [7]
    assert [asked.path for asked in server.requests] == ["batch"] * 3


def test_run_that_was_stopped_picks_its_batch_up():
    class KilledError(Exception):
        pass

    def killed(seconds: float) -> None:
        raise KilledError

    store = DictStore()
    with openai_server(lambda asked: '{"word": "x"}') as server:
        endpoint = OpenAIModel(server.base_url, "", "tiny")
        with pytest.raises(KilledError):
            list(BatchModel(endpoint, store, sleep=killed).complete_many([request("a")]))
        [(_, reply)] = BatchModel(endpoint, store, sleep=lambda seconds: None).complete_many([request("a")])

    assert reply.parsed == Word(word="x")
    assert len(server.batches.started) == 1


def test_unanswered_and_unreadable_requests_are_errors_of_their_own():
    answers = {"a": Answer(status=500), "b": "no json", "c": '{"word": "c"}'}
    with openai_server(lambda asked: answers[asked.prompt]) as server:
        model = BatchModel(OpenAIModel(server.base_url, "", "tiny"), DictStore(), sleep=lambda seconds: None)
        found = [reply for _, reply in model.complete_many(request(name) for name in "abc")]

    assert found[0].error == "the batch gave no answer"
    assert found[1].error.startswith("reply does not fit the schema")
    assert found[2].parsed == Word(word="c")


def test_batch_that_failed_says_why():
    with openai_server() as server:
        server.batches.fails_with = "the file is too long"
        model = BatchModel(OpenAIModel(server.base_url, "", "tiny"), DictStore(), sleep=lambda seconds: None)
        with pytest.raises(EndpointUnavailableError, match="the file is too long"):
            list(model.complete_many([request("a")]))


def test_stage_with_follow_up_questions_works_in_batches():
    text = "Every child has a right to a school."
    items = [
        StatementRecord(key, text, "en", (0, len(text)), DocumentRecord(key, "GB", "en", text))
        for key in (1, 2)
    ]
    with openai_server(logprobs=False) as server:
        model = BatchModel(OpenAIModel(server.base_url, "", "tiny"), DictStore(), sleep=lambda seconds: None)
        results = list(StatementScreeningModel(model, samples=3).run(items))

    assert sorted(result.key for result in results) == [1, 2]
    assert all(result.outputs and not result.error for result in results)
    assert len(server.batches.started) == 2  # the first answers, then the samples of both
