"""A client that answers from a queue, for tests and trials without any endpoint."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from pipeline.engines.client import ChatReply, ChatRequest
from pipeline.engines.replies import UnusableReplyError, read_reply


class EmptyQueueError(LookupError):
    """More was asked than replies were enqueued."""


class QueueModel:
    """Gives the enqueued replies in order. A string is read as an endpoint's reply text would be."""

    def __init__(self, replies: Iterable[ChatReply | str] = (), name: str = "queue") -> None:
        self.name = name
        self.replies = deque(replies)
        self.requests: list[ChatRequest] = []

    def enqueue(self, *replies: ChatReply | str) -> None:
        """Add replies at the end."""
        self.replies.extend(replies)

    def complete(self, request: ChatRequest) -> ChatReply:
        """The next reply; raises ``EmptyQueueError`` when there is none."""
        self.requests.append(request)
        if not self.replies:
            raise EmptyQueueError(f"no reply left for request {len(self.requests)} ({request.task})")
        reply = self.replies.popleft()
        if isinstance(reply, ChatReply):
            return reply
        if request.schema is None:
            return ChatReply(text=reply, model=self.name)
        try:
            return ChatReply(text=reply, parsed=read_reply(reply, request.schema), model=self.name)
        except UnusableReplyError as error:
            return ChatReply(text=reply, error=f"reply does not fit the schema: {error}", model=self.name)

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """One after another, lazily."""
        for position, request in enumerate(requests):
            yield position, self.complete(request)
