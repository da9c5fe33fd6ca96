"""Conversations run side by side: each asks and is answered in turn, while the client is kept busy."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pipeline.engines.client import ChatReply, ChatRequest, LanguageModel, available

T = TypeVar("T")

# Yields the requests it needs answered together, is sent their replies in order, returns its value.
Conversation = Generator[list[ChatRequest], list[ChatReply], T]


@dataclass
class _Turn(Generic[T]):
    """A conversation waiting for ``missing`` replies."""

    conversation: Conversation[T]
    replies: list[ChatReply] = field(default_factory=list)
    missing: int = 0


def converse(model: LanguageModel, conversations: Iterable[Conversation[T]]) -> Iterator[T]:
    """Run conversations concurrently and yield their values as they end.

    ``conversations`` is read lazily; a follow-up question goes before the next conversation's first. Raises
    :class:`EndpointUnavailableError` when the endpoint answers nobody, rather than fail every conversation.
    """
    fresh = iter(conversations)
    waiting: deque[tuple[_Turn[T], int, ChatRequest]] = deque()
    finished: deque[T] = deque()

    def advance(turn: _Turn[T], replies: list[ChatReply] | None) -> None:
        try:
            requests = next(turn.conversation) if replies is None else turn.conversation.send(replies)
        except StopIteration as stop:
            finished.append(stop.value)
            return
        turn.replies, turn.missing = [ChatReply()] * len(requests), len(requests)
        waiting.extend((turn, place, request) for place, request in enumerate(requests))

    def requests(sent: dict[int, tuple[_Turn[T], int]]) -> Iterator[ChatRequest]:
        while True:
            while not waiting:
                conversation = next(fresh, None)
                if conversation is None:
                    return
                advance(_Turn(conversation), None)
            turn, place, request = waiting.popleft()
            sent[len(sent)] = (turn, place)
            yield request

    while True:
        sent: dict[int, tuple[_Turn[T], int]] = {}
        for position, reply in model.complete_many(requests(sent)):
            turn, place = sent[position]
            turn.replies[place] = available(reply, model)
            turn.missing -= 1
            if not turn.missing:
                advance(turn, turn.replies)
            while finished:
                yield finished.popleft()
        while finished:
            yield finished.popleft()
        if not sent:
            return
