"""Replies kept by what was asked: the same question to the same model is paid for once."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import fields
from hashlib import blake2b
from typing import Any, Protocol

from pipeline.engines.client import ChatReply, ChatRequest, LanguageModel, TokenLogprob
from pipeline.engines.replies import UnusableReplyError, json_schema, read_reply

HELD_BACK = 256


class ReplyStore(Protocol):
    """Keeps texts by key (40 hex digits)."""

    def get(self, key: str) -> str | None:
        """What is kept under a key."""
        ...

    def put(self, key: str, reply: str) -> None:
        """Keep a text; one that is there already stays."""
        ...


class CachedModel:
    """A model whose replies are kept; one that failed never is, and one asked for before is not asked again.

    ``held_back`` is how many kept replies may wait while requests are read on for the model.
    """

    def __init__(
        self, model: LanguageModel, store: ReplyStore, endpoint: str, held_back: int = HELD_BACK
    ) -> None:
        self.name = model.name
        self._model = model
        self._store = store
        self._endpoint = endpoint
        self._held_back = held_back

    def complete(self, request: ChatRequest) -> ChatReply:
        """The kept reply, or the model's."""
        key = self._key(request)
        return self._kept(key, request) or self._keep(key, self._model.complete(request))

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Kept replies and the model's, as they come; yields ``(position, reply)``."""
        numbered = enumerate(requests)
        kept: deque[tuple[int, ChatReply]] = deque()
        is_read = False

        def unknown(asked: dict[int, tuple[int, str]]) -> Iterator[ChatRequest]:
            nonlocal is_read
            for position, request in numbered:
                key = self._key(request)
                if reply := self._kept(key, request):
                    kept.append((position, reply))
                    if len(kept) >= self._held_back:
                        return
                else:
                    asked[len(asked)] = (position, key)
                    yield request
            is_read = True

        while not is_read:
            asked: dict[int, tuple[int, str]] = {}
            for place, reply in self._model.complete_many(unknown(asked)):
                position, key = asked[place]
                yield position, self._keep(key, reply)
                while kept:
                    yield kept.popleft()
            while kept:
                yield kept.popleft()

    def _key(self, request: ChatRequest) -> str:
        asked = {field.name: getattr(request, field.name) for field in fields(request)}
        if request.schema is not None:
            asked["schema"] = json_schema(request.schema)
        whole = json.dumps([self._endpoint, self.name, asked], default=dict, sort_keys=True)
        return blake2b(whole.encode(), digest_size=20).hexdigest()

    def _kept(self, key: str, request: ChatRequest) -> ChatReply | None:
        found = self._store.get(key)
        if found is None:
            return None
        values = json.loads(found)
        values["logprobs"] = tuple(TokenLogprob(*token) for token in values["logprobs"])
        values["earlier"] = tuple(values["earlier"])
        try:
            parsed = read_reply(values["text"], request.schema) if request.schema else None
        except UnusableReplyError:  # checks have become stricter since
            return None
        return ChatReply(**values, parsed=parsed)

    def _keep(self, key: str, reply: ChatReply) -> ChatReply:
        if not reply.error:
            self._store.put(key, _as_text(reply))
        return reply


def _as_text(reply: ChatReply) -> str:
    """A reply as JSON, but for its value, which is read anew from the text."""
    values: dict[str, Any] = {
        field.name: getattr(reply, field.name) for field in fields(reply) if field.name != "parsed"
    }
    values["logprobs"] = [(token.token, token.logprob, dict(token.top)) for token in reply.logprobs]
    return json.dumps(values, separators=(",", ":"))
