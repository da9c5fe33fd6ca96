"""The one error of a run that people are told of."""

from __future__ import annotations


class EvaluationError(ValueError):
    """A run cannot start or got nowhere; the message says why and what to do."""
