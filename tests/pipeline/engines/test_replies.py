"""Replies: JSON of a schema, or an error that says what is wrong."""

from __future__ import annotations

import contextlib
import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.client import ChatRequest
from pipeline.engines.fake import EmptyQueueError, QueueModel
from pipeline.engines.replies import CleanText, FilledText, Reply, UnusableReplyError, clean, read_reply


class Named(Reply):
    kind: Literal["a", "b"]
    text: CleanText


class Filled(Reply):
    text: FilledText


@given(st.text() | st.dictionaries(st.sampled_from(["kind", "text", "x"]), st.text()).map(json.dumps))
def test_read_reply_gives_a_value_of_the_schema_or_the_one_error(text: str) -> None:
    with contextlib.suppress(UnusableReplyError):
        assert read_reply(text, Named).kind in {"a", "b"}  # type: ignore[attr-defined]


@given(st.sampled_from(["a", "b"]), st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_read_reply_reads_back_what_was_written(kind: str, text: str) -> None:
    written = Named(kind=kind, text=text).model_dump_json()  # type: ignore[arg-type]

    assert read_reply(f"```json\n{written}\n```", Named) == Named(kind=kind, text=clean(text))  # type: ignore[arg-type]


def test_read_reply_names_what_is_wrong() -> None:
    with pytest.raises(UnusableReplyError, match=r"^kind: Input should be 'a' or 'b'; more: Extra inputs"):
        read_reply('{"kind": "c", "text": "t", "more": 1}', Named)


def test_read_reply_survives_deep_nesting() -> None:
    with pytest.raises(UnusableReplyError):
        read_reply('{"kind":' + "[" * 100_000, Named)


def test_filled_text_must_have_something_in_it() -> None:
    with pytest.raises(UnusableReplyError, match="must not be empty"):
        read_reply('{"text": " \\u0000 "}', Filled)


@given(st.text())
def test_clean_text_is_stable_and_has_no_control_characters(text: str) -> None:
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert "\0" not in cleaned


def test_queue_model_answers_in_order_and_records_what_it_was_asked() -> None:
    model = QueueModel(["one"])
    model.enqueue("two")
    requests = [ChatRequest(({"role": "user", "content": text},)) for text in "ab"]

    replies = [reply.text for _, reply in model.complete_many(requests)]

    assert (replies, model.requests) == (["one", "two"], requests)


def test_queue_model_says_when_its_queue_is_empty() -> None:
    with pytest.raises(EmptyQueueError, match="no reply left for request 1"):
        QueueModel().complete(ChatRequest(()))
