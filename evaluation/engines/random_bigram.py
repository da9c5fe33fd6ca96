"""The random-weights control of models whose weights we have not got: a byte bigram as a scorer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evaluation.scoring.random_control import ByteBigram
from pipeline.engines.likelihood import ScoreReply, ScoreRequest, checked


class RandomBigram:
    """Scores continuations by :class:`~evaluation.scoring.random_control.ByteBigram`."""

    def __init__(self, seed: int) -> None:
        self.name = f"random byte bigram, seed {seed}"
        self._model = ByteBigram(seed)

    def score_many(self, requests: Iterable[ScoreRequest]) -> Iterator[tuple[int, ScoreReply]]:
        """One after another."""
        for position, request in enumerate(requests):
            yield position, checked(list(self._model.logprobs(request.context, request.continuation)), 0)
