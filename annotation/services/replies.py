"""The cache of replies: the same question to the same model is asked once."""

from __future__ import annotations

from collections.abc import Mapping

from annotation.models import CachedReply


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
