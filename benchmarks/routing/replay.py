"""Many replays of one stream through the router at once: asked, learned from, settled, audited."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.routing.sets import Array, Stream
from pipeline.guarantee import GRID, STARTS, passed, shares_of_delta
from pipeline.routing import RoutingPolicy

BATCH = 50
NAIVE = 0.8  # the fixed threshold to compare with
NOBODY = -1  # verdict of votes that agree on none


@dataclass(frozen=True)
class Row:
    """What the replays of one stream at one budget say. Shares are of items and means over replays.

    ``learned``: replays that found a threshold, ``learned_at`` how many items they had seen by then.
    ``settled``: by the machine, of all items; ``settled_after``: of those that came after that.
    ``error``, ``error_worst``: wrong among the settled, mean and largest over replays that settled any.
    ``kept_budget``: replays in which that error was within the budget or nothing was settled.
    ``sound``: replays in which each threshold that was ever in force keeps the budget on the whole set.
    ``votes`` an item, ``votes_all`` if all are asked; ``curator``: items people could not agree on.
    ``final_error``: wrong of what comes out at last, ``people_error`` of what people say of all.
    ``naive_settled``, ``naive_error``: with a fixed threshold."""

    dataset: str
    language: str
    judge: str
    budget: float
    n: int
    left_out: int
    judge_error: float
    learned: float
    learned_at: float | None
    settled: float
    settled_after: float | None
    error: float | None
    error_worst: float | None
    kept_budget: float
    sound: float
    votes: float
    votes_all: float
    curator: float
    final_error: float
    people_error: float
    naive_settled: float
    naive_error: float | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, rounded for print."""
        return {
            name: round(float(value), 4) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def replay(stream: Stream, budget: float, *, replays: int, seed: int = 1) -> Row:
    """Replays a stream in ``replays`` orders, in batches of ``BATCH``; a threshold is solved after each."""
    policy = RoutingPolicy(threshold=np.inf, error_budget=budget)
    rng = np.random.default_rng(seed)
    n = len(stream.scores)
    order = rng.permuted(np.tile(np.arange(n), (replays, 1)), axis=1)
    verdict, cast = consensus(
        _votes(stream, order, policy.max_votes, rng), policy.votes_required, stream.kinds
    )
    unclear = verdict == NOBODY
    labels, scores, answers = stream.labels[order], stream.scores[order], stream.answers[order]
    truth = labels == 0
    people_say = np.where(unclear, truth, verdict == 0)  # a curator knows
    draws = rng.random((replays, n))
    settled, asked, thresholds = _routed(scores, people_say != answers, draws, policy)
    final = np.where(asked, people_say, answers)

    wrong = stream.wrong[order]
    bad, all_settled = (wrong & settled).sum(axis=1), settled.sum(axis=1)
    any_settled = all_settled > 0
    error = bad[any_settled] / all_settled[any_settled]
    in_force = np.isfinite(thresholds)  # (replays, items): the one at the time the item came
    learned = in_force.any(axis=1)
    after = np.maximum.accumulate(in_force, axis=1)
    broken = {
        t for t in set(thresholds[in_force].tolist()) if stream.wrong[stream.scores >= t].mean() > budget
    }
    is_sound = ~np.isin(thresholds, list(broken)).any(axis=1)
    naive = stream.scores >= NAIVE
    after_share = (settled & after).sum(axis=1)[learned] / after.sum(axis=1)[learned]
    return Row(
        dataset=stream.name,
        language=stream.language,
        judge=stream.judge,
        budget=budget,
        n=n,
        left_out=stream.left_out,
        judge_error=float(stream.wrong.mean()),
        learned=float(learned.mean()),
        learned_at=float(after[learned].argmax(axis=1).mean()) if learned.any() else None,
        settled=float(settled.mean()),
        settled_after=float(after_share.mean()) if learned.any() else None,
        error=float(error.mean()) if any_settled.any() else None,
        error_worst=float(error.max()) if any_settled.any() else None,
        kept_budget=float(1 - (error > budget).sum() / replays),
        sound=float(is_sound.mean()),
        votes=float((cast * asked).mean()),
        votes_all=float(cast.mean()),
        curator=float((unclear & asked).mean()),
        final_error=float((final != truth).mean()),
        people_error=float((people_say != truth).mean()),
        naive_settled=float(naive.mean()),
        naive_error=float(stream.wrong[naive].mean()) if naive.any() else None,
    )


def consensus(votes: Array, required: int, kinds: int) -> tuple[Array, Array]:
    """Verdict on each item, ``NOBODY`` if there is none, and votes cast until it stood, both (...), of
    ``votes`` (..., most) in the order in which they come. A label stands with ``required`` votes and more
    than half of those cast; until one does, one more is asked for."""
    most = votes.shape[-1]
    verdict = np.full(votes.shape[:-1], NOBODY)
    cast = np.full(votes.shape[:-1], most)
    for number in range(required, most + 1):
        tally = np.stack([(votes[..., :number] == kind).sum(axis=-1) for kind in range(kinds)])
        stands = (tally.max(axis=0) >= required) & (2 * tally.max(axis=0) > number) & (verdict == NOBODY)
        verdict = np.where(stands, tally.argmax(axis=0), verdict)
        cast = np.where(stands, number, cast)
    return verdict, cast


def _votes(stream: Stream, order: Array, most: int, rng: np.random.Generator) -> Array:
    """Votes people would cast, (replays, items, most): real ones in random order, or truth with errors."""
    if stream.votes is not None:
        return rng.permuted(stream.votes[order], axis=2)[..., :most]
    labels = np.repeat(stream.labels[order][..., None], most, axis=2)
    slips = rng.random(labels.shape) < stream.people_err
    return (labels + slips * rng.integers(1, stream.kinds, labels.shape)) % stream.kinds


def _routed(
    scores: Array, found_wrong: Array, draws: Array, policy: RoutingPolicy
) -> tuple[Array, Array, Array]:
    """Which items are settled, which are asked (audited ones are both), and the threshold each came under
    (infinite: none). All (replays, items), as are the arguments; ``found_wrong``: people's verdict on the
    judge, used only where they are asked."""
    replays, n = scores.shape
    grid = np.array(GRID)
    shares = shares_of_delta(GRID, STARTS)
    threshold = np.full(replays, policy.threshold)
    count = np.zeros((replays, len(grid)), dtype=int)
    errors = np.zeros_like(count)
    settled, asked = np.zeros((2, replays, n), dtype=bool)
    came_under = np.zeros((replays, n))
    for start in range(0, n, BATCH):
        now = slice(start, start + BATCH)
        came_under[:, now] = threshold[:, None]
        settled[:, now] = scores[:, now] >= threshold[:, None]
        drawn = draws[:, now] < policy.audit_rate
        asked[:, now] = ~settled[:, now] | drawn
        # The sample must not look at the score: all of the stream, or what the draw took of it.
        sampled = drawn | np.isinf(threshold)[:, None]
        reached = sampled[..., None] & (scores[:, now, None] >= grid)
        count += reached.sum(axis=1)
        errors += (reached & found_wrong[:, now, None]).sum(axis=1)
        at, _ = passed(
            count, errors, shares, budget=policy.error_budget, delta=round(1 - policy.confidence_level, 12)
        )
        threshold = np.where(at >= 0, grid[at], np.inf)
    return settled, asked, came_under
