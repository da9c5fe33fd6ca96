"""What is under way at an endpoint, so that a run that was stopped does not pay for it twice."""

from __future__ import annotations

from django.db import models


class BatchedRequest(models.Model):
    """A request that was sent in a batch and whose reply has not been taken yet, known by its digest.

    ``batch`` is the batch's id at the endpoint, or ``intent:`` and a nonce while it is being started.
    """

    digest = models.CharField(max_length=40, unique=True)
    batch = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.digest} in {self.batch}"
