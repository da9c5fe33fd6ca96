"""Replies kept by what was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.engines.ask import converse
from pipeline.engines.cache import CachedModel
from pipeline.engines.client import ChatReply, ChatRequest, TokenLogprob
from pipeline.engines.fake import QueueModel
from pipeline.engines.ledger import Ledger
from pipeline.engines.replies import Reply


class Word(Reply):
    word: str


class DictStore(dict[str, str]):
    """A store in memory."""

    def put(self, replies):
        for key, reply in replies.items():
            self.setdefault(key, reply)


def request(text: str, **changes: object) -> ChatRequest:
    return replace(ChatRequest(({"role": "user", "content": text},), Word, "word"), **changes)


def cached(model: QueueModel, store: DictStore) -> CachedModel:
    return CachedModel(model, store, "http://here/v1", Ledger())


def test_same_question_is_asked_once():
    model, store = QueueModel(['{"word": "peace"}']), DictStore()
    first = cached(model, store).complete(request("a"))
    second = cached(model, store).complete(request("a"))

    assert (first.parsed, second.parsed) == (Word(word="peace"), Word(word="peace"))
    assert len(model.requests) == 1


@pytest.mark.parametrize(
    "changes",
    [{"temperature": 0.5}, {"seed": 3}, {"max_tokens": 9}, {"want_logprobs": True}, {"schema": None}],
)
def test_other_parameters_are_another_question(changes):
    model = cached(QueueModel(), DictStore())

    assert model.key(request("a")) != model.key(request("a", **changes))


def test_logprobs_and_repaired_replies_come_back_as_they_were():
    reply = ChatReply(
        '{"word": "x"}',
        Word(word="x"),
        (TokenLogprob("x", -0.25, {"x": -0.25, "y": -2.0}),),
        earlier=("bad",),
    )
    store = DictStore()
    cached(QueueModel([reply]), store).complete(request("a"))

    again = cached(QueueModel(), store).complete(request("a"))

    assert (again.logprobs, again.earlier, again.raw) == (reply.logprobs, reply.earlier, reply.raw)


@pytest.mark.parametrize("bad", [ChatReply(error="HTTP 500"), ChatReply("no", refusal="no"), "not json"])
def test_failures_are_asked_for_again(bad):
    model, store = QueueModel([bad, '{"word": "late"}']), DictStore()
    cached(model, store).complete(request("a"))

    assert cached(model, store).complete(request("a")).parsed == Word(word="late")


def test_known_and_unknown_questions_are_answered_at_their_places():
    store = DictStore()
    cached(QueueModel(['{"word": "b"}']), store).complete(request("b"))
    model = QueueModel(['{"word": "a"}', '{"word": "c"}'])

    found = dict(cached(model, store).complete_many(request(name) for name in "abcb"))

    assert {at: reply.parsed.word for at, reply in found.items()} == {0: "a", 1: "b", 2: "c", 3: "b"}


def test_conversations_of_many_turns_run_from_the_cache_alone():
    def talk(name: str):
        [one] = yield [request(name)]
        [two] = yield [request(f"{name} {one.parsed.word}")]
        return two.parsed.word

    store, names = DictStore(), [f"n{number}" for number in range(1200)]
    answers = [f'{{"word": "{number}"}}' for number in range(2 * len(names))]
    first = sorted(converse(cached(QueueModel(answers), store), (talk(name) for name in names)))
    asleep = QueueModel()

    again = sorted(converse(cached(asleep, store), (talk(name) for name in names)))

    assert again == first
    assert asleep.requests == []
