"""Stores of replies and batches in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Replies(dict[str, str]):
    """ReplyStore."""

    def put(self, replies: Mapping[str, str]) -> None:
        for key, reply in replies.items():
            self.setdefault(key, reply)


class BatchedRequests(dict[str, str]):
    """BatchStore."""

    def find(self, digests: Sequence[str]) -> dict[str, str]:
        return {digest: self[digest] for digest in digests if digest in self}

    def add(self, batch_id: str, digests: Sequence[str]) -> None:
        self.update(dict.fromkeys(digests, batch_id))

    def rename(self, old: str, new: str) -> None:
        self.update({digest: new for digest, batch_id in self.items() if batch_id == old})

    def forget(self, digests: Sequence[str]) -> None:
        for digest in digests:
            self.pop(digest, None)
