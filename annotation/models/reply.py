"""What language models were asked: replies kept by their question, and requests under way in a batch."""

from __future__ import annotations

from django.db import models


class CachedReply(models.Model):
    """A kept reply as JSON, known by the digest of all it depends on."""

    digest = models.CharField(max_length=40, unique=True)
    reply = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest


class BatchedRequest(models.Model):
    """A request that was sent in a batch of the endpoint and whose reply has not been taken yet."""

    digest = models.CharField(max_length=40, unique=True)
    batch = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.digest} in {self.batch}"
