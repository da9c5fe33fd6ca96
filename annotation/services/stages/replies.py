"""Replies and batches of language models, kept in the database so that nothing is paid for twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annotation.models import BatchedRequest, CachedReply

_BATCH = 500


class DatabaseReplyStore:
    """Replies in the table :class:`CachedReply`."""

    def get(self, key: str) -> str | None:
        """What was kept under a key."""
        return CachedReply.objects.filter(key=key).values_list("reply", flat=True).first()

    def put(self, replies: Mapping[str, str]) -> None:
        """Keep replies by key; those already there stay."""
        CachedReply.objects.bulk_create(
            [CachedReply(key=key, reply=reply) for key, reply in replies.items()], ignore_conflicts=True
        )


class DatabaseBatchStore:
    """Requests by batch in the table :class:`BatchedRequest`."""

    def find(self, digests: Sequence[str]) -> dict[str, str]:
        """Batch id by request, of those that were sent."""
        found: dict[str, str] = {}
        for start in range(0, len(digests), _BATCH):
            rows = BatchedRequest.objects.filter(digest__in=digests[start : start + _BATCH])
            found.update(rows.values_list("digest", "batch"))
        return found

    def add(self, batch_id: str, digests: Sequence[str]) -> None:
        """These requests were sent in this batch."""
        BatchedRequest.objects.bulk_create(
            [BatchedRequest(digest=digest, batch=batch_id) for digest in digests],
            batch_size=_BATCH,
            ignore_conflicts=True,
        )

    def rename(self, old: str, new: str) -> None:
        """The requests kept as sent in the batch ``old`` were sent in ``new``."""
        BatchedRequest.objects.filter(batch=old).update(batch=new)

    def forget(self, digests: Sequence[str]) -> None:
        """These requests are answered, or never will be."""
        for start in range(0, len(digests), _BATCH):
            BatchedRequest.objects.filter(digest__in=digests[start : start + _BATCH]).delete()
