"""The one error of a submission that people are told of."""

from __future__ import annotations


class SubmissionError(ValueError):
    """What was handed in cannot be scored; ``field`` names the part of it, the message why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
