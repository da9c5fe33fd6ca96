"""The client against a real server: structure, repair, retries, failures, concurrency, and the key."""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Literal

import pytest

from pipeline.engines.client import ChatReply, ChatRequest, EmbeddingError
from pipeline.engines.openai import OpenAIModel
from pipeline.engines.replies import Reply
from tests.openai_server import Answer, Recorded, error, openai_server

KEY = "sk-a-very-secret-key"


class Verdict(Reply):
    label: Literal["yes", "no"]
    rationale: str


GOOD = '{"label": "yes", "rationale": "because"}'


def request(**fields: object) -> ChatRequest:
    return ChatRequest(({"role": "user", "content": "Is it so?"},), Verdict, "verdict", **fields)  # type: ignore[arg-type]


def plain(text: str = "Say something.", **fields: object) -> ChatRequest:
    return ChatRequest(({"role": "user", "content": text},), **fields)  # type: ignore[arg-type]


def model_of(server: object, **options: object) -> OpenAIModel:
    return OpenAIModel(server.base_url, KEY, "tiny", **options)  # type: ignore[attr-defined, arg-type]


def test_complete_gives_text_tokens_and_model() -> None:
    with openai_server(["Hello there."]) as server:
        reply = model_of(server).complete(plain("one two three"))

    assert reply == ChatReply(text="Hello there.", tokens_in=3, tokens_out=3, model="tiny")


def test_complete_sends_the_parameters_of_the_request() -> None:
    with openai_server(["ok"]) as server:
        model_of(server).complete(plain("hi", max_tokens=7, temperature=0.3, seed=5, top_logprobs=2))

    body = server.requests[0].body
    assert body == {
        "model": "tiny",
        "messages": [{"role": "user", "content": "hi"}],
        "max_completion_tokens": 7,
        "temperature": 0.3,
        "seed": 5,
        "logprobs": True,
        "top_logprobs": 2,
    }


def test_complete_with_a_schema_gives_a_checked_value() -> None:
    with openai_server([GOOD]) as server:
        reply = model_of(server).complete(request())

    assert reply.parsed == Verdict(label="yes", rationale="because")
    sent = server.requests[0].body["response_format"]["json_schema"]
    assert (sent["name"], sent["strict"]) == ("verdict", True)
    assert sent["schema"]["properties"]["label"]["enum"] == ["yes", "no"]


@pytest.mark.parametrize(
    "broken",
    ["not json", '{"label": "perhaps", "rationale": ""}', '{"label": "yes"}', GOOD[:-1] + ', "x": 1}'],
)
def test_complete_repairs_a_reply_that_does_not_fit(broken: str) -> None:
    with openai_server([broken, GOOD]) as server:
        reply = model_of(server).complete(request())

    assert (reply.error, reply.parsed) == ("", Verdict(label="yes", rationale="because"))
    assert reply.earlier == (broken,)
    assert server.requests[1].body["messages"][1] == {"role": "assistant", "content": broken}


def test_complete_keeps_what_could_not_be_repaired() -> None:
    with openai_server(["yes and no", "still not json"]) as server:
        reply = model_of(server).complete(request())

    assert reply.parsed is None
    assert reply.error.startswith("reply does not fit the schema, also after repair: ")
    assert reply.raw == "yes and no\nstill not json"
    assert len(server.requests) == 2


def test_complete_never_reads_a_label_out_of_running_text() -> None:
    with openai_server(["The label is yes, not no.", "yes"]) as server:
        reply = model_of(server).complete(request())

    assert reply.parsed is None


def test_complete_accepts_a_fence_and_a_block_of_reasoning() -> None:
    with openai_server([f"<think>no? yes.</think>\n```json\n{GOOD}\n```"]) as server:
        reply = model_of(server).complete(request())

    assert reply.parsed == Verdict(label="yes", rationale="because")


def test_complete_reports_a_refusal_without_asking_again() -> None:
    with openai_server([Answer(refusal="I would rather not.")]) as server:
        reply = model_of(server).complete(request())

    assert (reply.refusal, reply.error, reply.parsed) == ("I would rather not.", "the model refused", None)
    assert reply.raw == "I would rather not."
    assert len(server.requests) == 1


def test_complete_takes_a_refusal_of_a_plain_question_as_an_answer() -> None:
    with openai_server([Answer(refusal="No.")]) as server:
        reply = model_of(server).complete(plain())

    assert (reply.refusal, reply.error) == ("No.", "")


def test_complete_reports_a_reply_cut_off() -> None:
    with openai_server([Answer('{"label": "y', finish_reason="length")]) as server:
        reply = model_of(server).complete(request(max_tokens=9))

    assert (reply.error, reply.is_cut, reply.raw) == ("reply cut off at 9 tokens", True, '{"label": "y')


def test_complete_waits_as_long_as_a_busy_server_asks() -> None:
    with openai_server([error(429, Retry_After="0.3"), "done"]) as server:
        started = time.monotonic()
        reply = model_of(server).complete(plain())

    assert (reply.text, len(server.requests)) == ("done", 2)
    assert time.monotonic() - started >= 0.3


def test_complete_tries_again_after_a_server_error() -> None:
    with openai_server([error(500, retry_after_ms="10"), error(503, retry_after_ms="10"), "done"]) as server:
        reply = model_of(server).complete(plain())

    assert (reply.text, len(server.requests)) == ("done", 3)


def test_complete_gives_up_after_its_retries() -> None:
    with openai_server(lambda asked: error(500, "on fire", retry_after_ms="5")) as server:
        reply = model_of(server, max_retries=2).complete(plain())

    assert len(server.requests) == 3
    assert reply.error.startswith("HTTP 500: ")
    assert "on fire" in reply.error


def test_complete_reports_a_time_out() -> None:
    with openai_server(delay=2.0) as server:
        started = time.monotonic()
        reply = model_of(server, timeout=0.2, max_retries=0).complete(plain())

    assert reply.error.startswith("TimedOutError")
    assert time.monotonic() - started < 1.5


def test_complete_reports_an_endpoint_that_is_not_there() -> None:
    with openai_server() as server:
        gone = server.base_url
    reply = OpenAIModel(gone, KEY, "tiny", max_retries=0).complete(plain())

    assert reply.error.startswith("NotReachedError")


@pytest.mark.parametrize(
    "body", [b"{not json", b'{"choices": []}', b'{"choices": "none"}', b"null", b"<html>welcome</html>", b""]
)
def test_complete_keeps_a_body_that_is_no_completion(body: bytes) -> None:
    with openai_server([Answer(body=body)]) as server:
        reply = model_of(server).complete(plain())

    assert reply.error.startswith("not a chat completion: ")
    assert reply.raw == body.decode()


@pytest.mark.parametrize("text", ["", " \n"])
def test_complete_takes_an_empty_reply_to_a_plain_question_as_an_answer(text: str) -> None:
    with openai_server([Answer(text)]) as server:
        reply = model_of(server).complete(plain())

    assert (reply.text, reply.error, reply.model, len(server.requests)) == (text, "", "tiny", 1)


def test_complete_reports_an_empty_reply_where_a_schema_is_asked_for() -> None:
    with openai_server([Answer("")]) as server:
        reply = model_of(server).complete(request())

    assert (reply.error, reply.parsed, len(server.requests)) == ("empty reply", None, 1)


def test_complete_reports_text_that_cannot_be_sent() -> None:
    with openai_server() as server:
        reply = model_of(server).complete(plain("half a pair \ud800"))

    assert reply.error != ""


def test_complete_removes_nul_from_replies() -> None:
    with openai_server(['{"label": "yes", "rationale": "a\\u0000b"}', "a\0b"]) as server:
        model = model_of(server)
        replies = [model.complete(plain()), model.complete(plain())]

    assert replies[1].text == "ab"
    assert "\0" not in replies[0].raw


def test_schema_goes_into_the_prompt_where_the_endpoint_takes_none() -> None:
    def reply(asked: Recorded) -> Answer | str:
        if "response_format" in asked.body:
            return error(400, "unknown field response_format", param="response_format")
        assert asked.schema is not None
        assert asked.schema["required"] == ["label", "rationale"]
        return GOOD

    with openai_server(reply) as server:
        model = model_of(server)
        replies = [model.complete(request()), model.complete(request())]

    assert [reply.parsed for reply in replies] == [Verdict(label="yes", rationale="because")] * 2
    # It is found out once and remembered.
    assert ["response_format" in asked.body for asked in server.requests] == [True, False, False]


def test_parameters_an_endpoint_rejects_are_left_out() -> None:
    rejected = ("logprobs", "temperature", "max_completion_tokens")

    def reply(asked: Recorded) -> Answer | str:
        for name in rejected:
            if name in asked.body:
                return error(400, f"Unsupported parameter: '{name}'", param=name)
        return "fine"

    with openai_server(reply) as server:
        found = model_of(server).complete(plain(top_logprobs=3, max_tokens=11))

    assert (found.text, found.error) == ("fine", "")
    assert server.requests[-1].body == {
        "model": "tiny",
        "messages": [{"role": "user", "content": "Say something."}],
        "max_tokens": 11,
    }


def test_a_rejection_of_the_request_itself_is_an_error() -> None:
    with openai_server(lambda asked: error(400, "the text is too long")) as server:
        reply = model_of(server).complete(request())

    assert reply.error.startswith("HTTP 400: ")
    assert len(server.requests) == 2


def test_logprobs_are_read_where_served() -> None:
    with openai_server(["yes"]) as server:
        reply = model_of(server).complete(plain(top_logprobs=1))

    [token] = reply.logprobs
    assert token.token == "yes"
    assert token.top == {"yes": token.logprob}
    assert token.logprob < 0


def test_logprobs_are_empty_where_dropped_silently() -> None:
    with openai_server(["yes"], logprobs=False) as server:
        reply = model_of(server).complete(plain(want_logprobs=True))

    assert (reply.text, reply.logprobs, reply.error) == ("yes", (), "")


def test_a_missing_logprob_is_not_a_number_and_never_zero() -> None:
    body = {
        "choices": [
            {
                "message": {"content": "a"},
                "logprobs": {"content": [{"token": "a", "logprob": None, "top_logprobs": None}]},
            }
        ]
    }
    with openai_server([Answer(body=json.dumps(body).encode())]) as server:
        [token] = model_of(server).complete(plain(want_logprobs=True)).logprobs

    assert token.logprob != token.logprob


def test_complete_many_keeps_its_bound_and_uses_it() -> None:
    with openai_server(lambda asked: "ok", delay=0.03) as server:
        replies = dict(model_of(server, concurrency=4).complete_many(plain(str(n)) for n in range(24)))

    assert server.most_at_once == 4
    assert sorted(replies) == list(range(24))


def test_concurrency_is_bound_over_all_callers() -> None:
    with openai_server(lambda asked: "ok", delay=0.03) as server:
        model = model_of(server, concurrency=3)
        threads = [
            threading.Thread(target=lambda: list(model.complete_many(plain() for _ in range(8))))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert (server.most_at_once, len(server.requests)) == (3, 24)


def test_complete_many_names_the_position_of_each_reply() -> None:
    with openai_server(lambda asked: asked.prompt.upper()) as server:
        replies = dict(model_of(server).complete_many(plain(word) for word in ("a", "b", "c")))

    assert {place: reply.text for place, reply in replies.items()} == {0: "A", 1: "B", 2: "C"}


def test_complete_many_goes_on_after_a_failure() -> None:
    def reply(asked: Recorded) -> Answer | str:
        return error(400, "bad one") if asked.prompt == "1" else "ok"

    with openai_server(reply) as server:
        replies = dict(model_of(server).complete_many(plain(str(n)) for n in range(4)))

    assert [bool(replies[place].error) for place in range(4)] == [False, True, False, False]


def test_complete_many_reads_only_a_little_ahead_and_stops_when_closed() -> None:
    read = 0

    def requests():
        nonlocal read
        while True:
            read += 1
            yield plain(str(read))

    with openai_server(lambda asked: "ok", delay=0.01) as server:
        replies = model_of(server, concurrency=2).complete_many(requests())
        for _ in range(5):
            next(replies)
        replies.close()
        time.sleep(0.1)
        asked = len(server.requests)
        time.sleep(0.1)

    assert read <= 5 + 4
    assert len(server.requests) == asked <= read


def test_key_is_sent_but_is_in_no_repr_no_error_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rejection = error(401, f"Incorrect API key provided: {KEY}")
    with openai_server(lambda asked: rejection) as server:
        model = model_of(server)
        reply = model.complete(plain())

    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert reply.error.startswith("HTTP 401: ")
    assert KEY not in repr(model) + reply.error + repr(reply) + caplog.text + str(
        vars(server.requests[0])["body"]
    )


def test_an_empty_key_is_enough_for_a_local_server() -> None:
    with openai_server(["ok"]) as server:
        reply = OpenAIModel(server.base_url, "", "tiny").complete(plain())

    assert (reply.text, reply.error) == ("ok", "")


def test_embed_many_gives_a_vector_for_each_text() -> None:
    with openai_server() as server:
        batches = dict(model_of(server).embed_many([["a b", "c"], ["a b"]]))

    assert [len(batches[place]) for place in (0, 1)] == [2, 1]
    assert batches[0][0] == pytest.approx(batches[1][0])


@pytest.mark.parametrize(
    "scripted", [error(400, f"no embeddings for {KEY}"), Answer(body=b'{"data": []}'), Answer(body=b"[]")]
)
def test_embed_many_raises_when_there_are_no_vectors(scripted: Answer) -> None:
    with openai_server([scripted]) as server, pytest.raises(EmbeddingError) as raised:
        list(model_of(server).embed_many([["text"]]))

    assert KEY not in str(raised.value)


def test_closed_model_can_be_used_again() -> None:
    with openai_server(["one", "two"]) as server:
        model = model_of(server)
        first = model.complete(plain())
        model.close()
        second = model.complete(plain())

    assert (first.text, second.text) == ("one", "two")
