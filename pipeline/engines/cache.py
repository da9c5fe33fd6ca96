"""Replies kept by what was asked: the same question to the same model is paid for once."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Protocol

from pipeline.engines.client import ChatReply, ChatRequest, LanguageModel, TokenLogprob
from pipeline.engines.ledger import Ledger
from pipeline.engines.replies import UnusableReplyError, json_schema, read_reply

READY = 500  # known replies that may wait while requests are read on for the model
_BUFFER = 20  # replies written together


class ReplyStore(Protocol):
    """Where replies are kept; the caller decides what it is made of."""

    def get(self, key: str) -> str | None:
        """What was kept under a key (64 hex digits), or nothing."""
        ...

    def put(self, replies: Mapping[str, str]) -> None:
        """Keep replies by key; those already there stay."""
        ...


class CachedModel:
    """A model whose usable replies are kept. Failures, refusals and unreadable replies are not."""

    def __init__(
        self, model: LanguageModel, store: ReplyStore, endpoint: str, ledger: Ledger, ready: int = READY
    ) -> None:
        self._model = model
        self._store = store
        self._endpoint = endpoint
        self._ledger = ledger
        self._ready = ready
        self._unwritten: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._model.name

    def complete(self, request: ChatRequest) -> ChatReply:
        """The kept reply, else the model's."""
        key = self.key(request)
        known = self._known(key, request)
        if known is not None:
            return known
        reply = self._model.complete(request)
        self._keep(key, request, reply)
        self._write()
        return reply

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Answer requests; kept replies come before those still to be asked for."""
        numbered = iter(enumerate(requests))
        is_over = False

        def unknown(
            ready: deque[tuple[int, ChatReply]], asked: list[tuple[int, str, ChatRequest]]
        ) -> Iterator[ChatRequest]:
            nonlocal is_over
            while len(ready) < self._ready:
                entry = next(numbered, None)
                if entry is None:
                    is_over = True
                    return
                position, request = entry
                key = self.key(request)
                known = self._known(key, request)
                if known is None:
                    asked.append((position, key, request))
                    yield request
                else:
                    ready.append((position, known))

        try:
            while not is_over:
                ready: deque[tuple[int, ChatReply]] = deque()
                asked: list[tuple[int, str, ChatRequest]] = []
                for place, reply in self._model.complete_many(unknown(ready, asked)):
                    while ready:
                        yield ready.popleft()
                    position, key, request = asked[place]
                    self._keep(key, request, reply)
                    yield position, reply
                while ready:
                    yield ready.popleft()
        finally:
            self._write()

    def _known(self, key: str, request: ChatRequest) -> ChatReply | None:
        kept = self._unwritten.get(key) or self._store.get(key)
        if kept is None:
            return None
        reply = _from_text(kept)
        if request.schema is not None:
            try:
                reply = replace(reply, parsed=read_reply(reply.text, request.schema))
            except UnusableReplyError:
                return None
        self._ledger.cached += 1
        return reply

    def _keep(self, key: str, request: ChatRequest, reply: ChatReply) -> None:
        if reply.error or reply.refusal or (request.schema is not None and reply.parsed is None):
            return
        self._unwritten[key] = _to_text(reply)
        if len(self._unwritten) >= _BUFFER:
            self._write()

    def _write(self) -> None:
        if self._unwritten:
            self._store.put(self._unwritten)
            self._unwritten = {}

    def key(self, request: ChatRequest) -> str:
        """64 hex digits that name endpoint, model, messages, schema and parameters."""
        asked: list[Any] = [
            self._endpoint,
            self._model.name,
            list(request.messages),
            json_schema(request.schema) if request.schema else None,
            request.max_tokens,
            request.temperature,
            request.seed,
            request.want_logprobs,
            request.top_logprobs,
        ]
        return blake2b(json.dumps(asked, sort_keys=True).encode(), digest_size=32).hexdigest()


def _to_text(reply: ChatReply) -> str:
    return json.dumps(
        {
            "text": reply.text,
            "model": reply.model,
            "earlier": list(reply.earlier),
            "logprobs": [[token.token, token.logprob, dict(token.top)] for token in reply.logprobs],
        },
        ensure_ascii=False,
    )


def _from_text(kept: str) -> ChatReply:
    found = json.loads(kept)
    return ChatReply(
        text=found["text"],
        model=found["model"],
        earlier=tuple(found["earlier"]),
        logprobs=tuple(TokenLogprob(token, logprob, top) for token, logprob, top in found["logprobs"]),
    )
