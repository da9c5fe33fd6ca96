"""Chat completions as they go over the wire: bodies of requests, replies read from bodies, one repair."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from pipeline.engines.client import ChatReply, ChatRequest, Message, TokenLogprob
from pipeline.engines.replies import (
    UnusableReplyError,
    json_schema,
    read_reply,
    repair_instruction,
    schema_instruction,
)
from pipeline.engines.untrusted import TokenCount, plain_text

# What an endpoint may reject without being useless; a schema goes into the prompt then.
_OPTIONAL = ("response_format", "top_logprobs", "logprobs", "seed", "temperature", "max_completion_tokens")


class _Top(BaseModel):
    token: str
    logprob: float | None = None


class _Token(_Top):
    top_logprobs: list[_Top] | None = None


class _Logprobs(BaseModel):
    content: list[_Token] | None = None


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _Usage(BaseModel):
    prompt_tokens: TokenCount = None
    completion_tokens: TokenCount = None


class _Completion(BaseModel):
    """The part of a chat completion we read. Endpoints differ in the rest."""

    choices: list[_Choice] = Field(min_length=1)
    model: str | None = None
    usage: _Usage | None = None


def exchange(request: ChatRequest) -> Generator[Sequence[Message], ChatReply, ChatReply]:
    """Yields messages to ask with and is sent their replies; a structured reply that fits no schema is asked
    for once more. Returns the reply of ``request``, its tokens those of both."""
    reply = yield request.messages
    if request.schema is None or reply.error or reply.refusal:
        return reply
    try:
        return replace(reply, parsed=read_reply(reply.text, request.schema))
    except UnusableReplyError as error:
        problem = str(error)
    said = {"role": "assistant", "content": reply.text}
    repaired = yield (*request.messages, said, {"role": "user", "content": repair_instruction(problem)})
    repaired = replace(
        repaired,
        earlier=(reply.text,),
        tokens_in=reply.tokens_in + repaired.tokens_in,
        tokens_out=reply.tokens_out + repaired.tokens_out,
    )
    if repaired.error or repaired.refusal:
        return repaired
    try:
        return replace(repaired, parsed=read_reply(repaired.text, request.schema))
    except UnusableReplyError as error:
        return replace(repaired, error=f"reply does not fit the schema, also after repair: {error}")


def request_body(
    model: str, request: ChatRequest, messages: Sequence[Message], rejected: frozenset[str]
) -> dict[str, Any]:
    """Body of a request to ``model``, without the optional parameters that the endpoint has rejected."""
    wanted: dict[str, Any] = {"temperature": request.temperature}
    if request.seed is not None:
        wanted["seed"] = request.seed
    if request.want_logprobs or request.top_logprobs:
        wanted["logprobs"] = True
    if request.top_logprobs and "logprobs" not in rejected:
        wanted["top_logprobs"] = request.top_logprobs
    if request.schema is not None:
        if "response_format" in rejected:
            first, *rest = messages
            content = f"{first['content']}\n\n{schema_instruction(request.schema)}"
            messages = [{**first, "content": content}, *rest]
        schema = {"name": request.task, "schema": json_schema(request.schema), "strict": True}
        wanted["response_format"] = {"type": "json_schema", "json_schema": schema}
    # Older servers know only the older name of the limit.
    limit = "max_tokens" if "max_completion_tokens" in rejected else "max_completion_tokens"
    return {
        "model": model,
        "messages": messages,
        limit: request.max_tokens,
        **{name: value for name, value in wanted.items() if name not in rejected},
    }


def encoded(body: Mapping[str, Any]) -> bytes:
    """A body as UTF-8 JSON; raises ``ValueError`` for text that is not Unicode."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def rejected_parameters(message: str, body: Mapping[str, Any]) -> frozenset[str]:
    """Optional parameters of a body that a rejection names; the response format if it names none."""
    named = [name for name in _OPTIONAL if name in body and re.search(rf"\b{name}\b", message)]
    if not named and "response_format" in body:
        named = ["response_format"]
    return frozenset(named)


def read_completion(body: bytes, request: ChatRequest, model: str) -> ChatReply:
    """The reply in a response's body; ``model`` is recorded where the body names none that can be read.

    A reply without text is what the model said, and an error only where a schema asks for more.
    """
    body = body.replace(b"\0", b"")
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        said = "; ".join(f"{'.'.join(map(str, one['loc']))} {one['msg']}".strip() for one in problems)
        text = body.decode(errors="replace")
        return ChatReply(error=f"not a chat completion: {said[:1000]}", text=text, model=model)
    choice = completion.choices[0]
    tokens = (choice.logprobs.content if choice.logprobs else None) or []
    usage = completion.usage or _Usage()
    reply = ChatReply(
        text=plain_text(choice.message.content or ""),
        logprobs=tuple(
            TokenLogprob(token.token, _number(token.logprob), _alternatives(token.top_logprobs))
            for token in tokens
        ),
        refusal=plain_text(choice.message.refusal or ""),
        tokens_in=usage.prompt_tokens or 0,
        tokens_out=usage.completion_tokens or 0,
        model=plain_text(completion.model or ""),
        is_cut=choice.finish_reason == "length",
    )
    if choice.finish_reason == "content_filter" and not reply.refusal:
        reply = replace(reply, refusal="stopped by the endpoint's content filter")
    if reply.refusal:
        return replace(reply, error="the model refused") if request.schema else reply
    if reply.is_cut and request.schema:
        return replace(reply, error=f"reply cut off at {request.max_tokens} tokens")
    if request.schema and not reply.text.strip():
        return replace(reply, error="empty reply", text=reply.text or body.decode(errors="replace"))
    return reply


def _number(logprob: float | None) -> float:
    """A missing log-probability is not a number, and never zero."""
    return math.nan if logprob is None else logprob


def _alternatives(tops: list[_Top] | None) -> dict[str, float]:
    return {top.token: top.logprob for top in tops or () if top.logprob is not None}
