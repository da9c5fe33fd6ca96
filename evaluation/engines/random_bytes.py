"""The random-weights control of models whose weights we have not got: a random byte model as a scorer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evaluation.scoring.random_control import RandomBytes
from pipeline.engines.likelihood import ScoreReply, ScoreRequest, checked


class RandomScorer:
    """Scores continuations by :class:`~evaluation.scoring.random_control.RandomBytes`, in UTF-8."""

    def __init__(self, seed: int) -> None:
        self.name = f"random byte model, seed {seed}"
        self._model = RandomBytes(seed)

    def score_many(self, requests: Iterable[ScoreRequest]) -> Iterator[tuple[int, ScoreReply]]:
        """One after another."""
        for position, request in enumerate(requests):
            context, continuation = (
                text.encode(errors="replace") for text in (request.context, request.continuation)
            )
            yield position, checked(list(self._model.logprobs(context, continuation)), 0)
