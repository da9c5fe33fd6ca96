"""A threshold that keeps its error budget, however often one looks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from pipeline.guarantee import (
    DRIFT_SHAPE,
    GRID,
    SHAPE,
    STARTS,
    e_value,
    error_bound,
    evidence_of_drift,
    has_drifted,
    passed,
    shares_of_delta,
    solve,
)

rates = st.floats(0.01, 0.5)
counts = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SHARES = shares_of_delta(GRID, STARTS)


def mixture(errors: int, n: int, budget: float, shape: float) -> float:
    """The e-value by numerical integration."""

    def integrand(u: float) -> float:
        ratio = (budget * u) / budget
        return ratio**errors * ((1 - budget * u) / (1 - budget)) ** (n - errors) * shape * u ** (shape - 1)

    return float(quad(integrand, 0, 1, limit=200)[0])


@pytest.mark.parametrize(
    ("errors", "n"), [(0, 0), (0, 1), (1, 1), (0, 60), (2, 90), (30, 100), (60, 60), (390, 400)]
)
@pytest.mark.parametrize("budget", [0.05, 0.3])
def test_e_value_is_the_integral(errors: int, n: int, budget: float):
    assert e_value(errors, n, budget) == pytest.approx(mixture(errors, n, budget, SHAPE), rel=1e-6)


def test_e_value_of_very_many_errors_is_small_and_not_lost():
    assert math.log(e_value(3_209, 6_797, 0.2)) == pytest.approx(-8.43944108)  # summed term by term


@pytest.mark.parametrize(("errors", "n"), [(0, 0), (0, 50), (3, 9), (20, 60)])
def test_evidence_of_drift_is_the_mirrored_integral(errors: int, n: int):
    expected = mixture(n - errors, n, 0.95, DRIFT_SHAPE)

    assert evidence_of_drift(errors, n, 0.05) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("evidence", [e_value, evidence_of_drift])
@given(counts=counts, budget=rates)
def test_evidence_is_a_fair_game_at_the_budget(evidence, counts: tuple[int, int], budget: float):
    errors, n = counts
    expected = budget * evidence(errors + 1, n + 1, budget) + (1 - budget) * evidence(errors, n + 1, budget)

    assert expected == pytest.approx(evidence(errors, n, budget), rel=1e-6)


@given(counts=counts, budget=rates)
def test_e_value_rises_with_right_answers_and_falls_with_errors(counts: tuple[int, int], budget: float):
    errors, n = counts
    now = e_value(errors, n, budget)

    assert e_value(errors + 1, n + 1, budget) <= now * (1 + 1e-9)
    assert e_value(errors, n + 1, budget) >= now * (1 - 1e-9)


@given(counts=counts, budget=rates)
def test_e_value_falls_when_a_right_answer_becomes_an_error(counts: tuple[int, int], budget: float):
    errors, n = counts

    assert e_value(errors + 1, n + 1, budget) < e_value(errors, n + 1, budget)


@given(counts=counts, delta=st.floats(0.001, 0.5))
def test_bound_lies_between_the_share_seen_and_one(counts: tuple[int, int], delta: float):
    errors, n = counts

    assert (errors / n if n else 0.0) <= error_bound(errors, n, delta) <= 1.0


@given(counts=counts, budget=rates, delta=st.floats(0.001, 0.5))
def test_bound_is_below_the_budget_exactly_where_the_test_passes(
    counts: tuple[int, int], budget: float, delta: float
):
    bound = error_bound(*counts, delta)

    if abs(bound - budget) > 1e-9:
        assert (bound < budget) == (e_value(*counts, budget) >= 1 / delta)


@pytest.mark.parametrize(("errors", "n", "expected"), [(0, 0, 1.0), (5, 5, 1.0), (10, 200, 0.1230)])
def test_bound_of_known_counts(errors: int, n: int, expected: float):
    assert error_bound(errors, n, 0.05 / 6) == pytest.approx(expected, abs=1e-3)


def test_no_verdicts_give_no_threshold():
    found = solve([], [])

    assert (found.threshold, found.candidate, found.n, found.votes_needed) == (None, None, 0, None)
    assert (found.error_bound, found.e_value) == (1.0, pytest.approx(1.0))


def test_what_is_missing_cannot_be_told_below_all_starts():
    found = solve([0.55] * 500, [False] * 500)

    assert (found.threshold, found.n, found.share, found.votes_needed) == (None, 0, 0.0, None)


@pytest.mark.parametrize(("n", "threshold", "needed"), [(112, None, 1), (113, 0.95, 0)])
def test_verdicts_without_an_error_pass_at_a_known_number(n: int, threshold: float | None, needed: int):
    found = solve([0.95] * n, [False] * n, grid=(0.99, 0.95), starts=STARTS[:2], delta=0.05 / 3)

    assert (found.threshold, found.candidate, found.votes_needed) == (threshold, 0.95, needed)
    assert found.e_needed == pytest.approx(120)


@given(
    score=st.sampled_from([0.6, 0.83, 0.97, 1.0]),
    counts=st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    budget=st.sampled_from([0.05, 0.1, 0.3]),
)
def test_votes_needed_are_the_fewest_that_let_a_threshold_pass(
    score: float, counts: tuple[int, int], budget: float
):
    errors, n = counts
    verdicts = [True] * errors + [False] * (n - errors)
    needed = solve([score] * n, verdicts, budget=budget).votes_needed

    def passes(more: int) -> bool:
        found = solve([score] * (n + more), verdicts + [False] * more, budget=budget)
        return found.threshold is not None

    assert needed is not None
    assert passes(needed)
    assert needed == 0 or not passes(needed - 1)


def test_votes_needed_count_those_that_fall_below():
    alone = solve([0.95] * 30, [False] * 30, starts=(0.95,))
    among = solve([0.95] * 30 + [0.5] * 90, [False] * 30 + [True] * 90, starts=(0.95,))

    assert (among.candidate, among.share) == (0.95, 0.25)
    assert among.votes_needed == 4 * (alone.votes_needed or 0)


def test_threshold_goes_down_while_it_passes_and_stops_at_the_first_that_fails():
    scores = [0.9] * 300 + [0.85] * 20 + [0.72] * 20
    wrong = [False] * 320 + [True] * 20

    found = solve(scores, wrong)

    assert (found.threshold, found.n, found.errors, found.votes_needed) == (0.73, 320, 0, 0)
    assert found.share == pytest.approx(320 / 340)


def test_level_is_handed_down_from_start_to_start():
    found = solve([0.95] * 400, [False] * 400)

    # 0.99 fails: nobody reached it. From 0.95 down to 0.5 everything passes, with five shares of six.
    assert (found.threshold, found.e_needed) == (0.5, pytest.approx(6 / 5 / 0.05))


def test_a_start_below_a_boasting_one_may_pass():
    scores = [0.99] * 20 + [0.9] * 1_000

    found = solve(scores, [True] * 10 + [False] * 1_010)

    assert found.threshold == 0.5
    assert found.errors == 10


def test_disputed_verdicts_can_only_take_a_threshold_away():
    scores = [0.95] * 200
    decided = solve(scores, [False] * 200)
    disputed = solve(scores, [True] * 15 + [False] * 185)

    assert (decided.threshold, disputed.threshold) == (0.5, None)
    assert disputed.votes_needed


STREAMS = st.lists(st.tuples(st.floats(0.4, 1.0), st.booleans()), max_size=200)


@given(stream=STREAMS, budget=rates, seed=st.integers(0, 99))
def test_order_of_the_verdicts_does_not_matter(stream, budget: float, seed: int):
    other = [stream[at] for at in np.random.default_rng(seed).permutation(len(stream))]

    one, two = (
        solve([score for score, _ in rows], [bad for _, bad in rows], budget=budget)
        for rows in (stream, other)
    )

    assert one == two


@given(stream=STREAMS, budget=rates)
def test_figures_are_those_of_the_sample_at_the_candidate(stream, budget: float):
    found = solve([score for score, _ in stream], [bad for _, bad in stream], budget=budget)

    at = [bad for score, bad in stream if found.candidate is not None and score >= found.candidate]
    assert (found.n, found.errors) == (len(at), sum(at))
    assert (found.threshold is not None) == (found.votes_needed == 0)
    assert (found.threshold is not None) == (found.n > 0 and found.e_value >= found.e_needed)


@given(right=st.lists(st.floats(0.5, 1.0), max_size=150), budget=rates)
def test_passing_needs_fewer_errors_than_the_budget(right: list[float], budget: float):
    n = len(right)
    errors = math.ceil(budget * n)

    found = solve(right, [True] * errors + [False] * (n - errors), budget=budget)

    assert found.threshold is None or found.errors / found.n < budget


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"scores": [0.9], "wrong": []}, "1 scores for 0 verdicts"),
        ({"scores": [0.9, math.nan], "wrong": [False, False]}, "score 2 of 2 is not a number"),
        ({"budget": 0.0}, "budget 0.0 must be between 0 and 1"),
        ({"delta": 1.0}, "delta 1.0 must be between 0 and 1"),
        ({"starts": (0.97, 0.123)}, r"not in it: \[0.123\]"),
        ({"starts": ()}, "no start given"),
    ],
)
def test_what_cannot_be_solved_is_told(arguments: dict[str, object], said: str):
    with pytest.raises(ValueError, match=said):
        solve(**({"scores": [], "wrong": []} | arguments))  # type: ignore[arg-type]


@pytest.mark.parametrize("counts", [(-1, 3), (4, 3)])
@pytest.mark.parametrize("figure", [e_value, evidence_of_drift, error_bound])
def test_impossible_counts_are_refused(figure, counts: tuple[int, int]):
    with pytest.raises(ValueError, match="errors of 3 verdicts"):
        figure(*counts, 0.05)


def test_solve_is_the_same_as_many_at_once():
    rng = np.random.default_rng(5)
    scores = 1 - rng.random((20, 400)) / 2
    wrong = rng.random((20, 400)) < 0.3 * (1 - scores)
    reached = scores[..., None] >= np.array(GRID)

    at, _ = passed(
        reached.sum(axis=1), (reached & wrong[..., None]).sum(axis=1), SHARES, budget=0.1, delta=0.05
    )

    one_by_one = [
        solve(s.tolist(), w.tolist(), budget=0.1).threshold for s, w in zip(scores, wrong, strict=True)
    ]
    assert [GRID[position] if position >= 0 else None for position in at] == one_by_one
    assert len(set(one_by_one)) > 1


# --- Replays: is the promise kept when one looks after every 20 verdicts? ---

REPLAYS, LENGTH, PEEK = 1_000, 1_000, 20


def ever(scores: np.ndarray, wrong: np.ndarray, *, budget: float, delta: float) -> np.ndarray:
    """Whether each threshold of the grid was ever returned, (replays, thresholds), looking all the time."""
    returned = np.zeros((len(scores), len(GRID)), dtype=bool)
    n, errors = np.zeros((2, len(scores), len(GRID)), dtype=int)
    for start in range(0, scores.shape[1], PEEK):
        now = slice(start, start + PEEK)
        reached = scores[:, now, None] >= np.array(GRID)
        n += reached.sum(axis=1)
        errors += (reached & wrong[:, now, None]).sum(axis=1)
        at, _ = passed(n, errors, SHARES, budget=budget, delta=delta)
        (row,) = np.nonzero(at >= 0)
        returned[row, at[row]] = True
    return returned


def slack(delta: float) -> float:
    """What chance adds to a share of the replays: three standard errors."""
    return 3 * math.sqrt(delta * (1 - delta) / REPLAYS)


SPREAD = np.array([1.0, 0.97, 0.92, 0.85, 0.75, 0.65])  # one score between each two starts
DOUBLING = np.array([1, 1, 2, 4, 8, 16]) / 32  # each start has twice what the one above it has


@pytest.mark.parametrize("delta", [0.05, 0.2])
@pytest.mark.parametrize("budget", [0.05, 0.2])
def test_stream_at_the_border_is_let_pass_in_a_share_of_delta_at_most(budget: float, delta: float):
    rng = np.random.default_rng(11)
    scores = rng.choice(SPREAD, p=DOUBLING, size=(REPLAYS, LENGTH))
    wrong = rng.random(scores.shape) < budget  # at every threshold

    returned = ever(scores, wrong, budget=budget, delta=delta).any(axis=1)

    assert returned.mean() <= delta + slack(delta)


def test_looking_at_plain_shares_would_let_the_border_pass_in_most_replays():
    rng = np.random.default_rng(11)
    wrong = rng.random((REPLAYS, LENGTH)) < 0.05

    shares = wrong.cumsum(axis=1)[:, PEEK - 1 :: PEEK] / np.arange(PEEK, LENGTH + 1, PEEK)

    assert (shares < 0.05).any(axis=1).mean() > 0.8


def test_unsafe_thresholds_above_and_below_safe_ones_are_let_pass_in_a_share_of_delta_at_most():
    rng = np.random.default_rng(12)
    delta, budget = 0.2, 0.1
    at = rng.choice(len(SPREAD), p=[0.05, 0.05, 0.2, 0.2, 0.2, 0.3], size=(REPLAYS, LENGTH))
    error = np.array([0.3, 0.2, 0.0, 0.0, 0.3, 0.3])  # a judge that boasts where it is surest
    share = np.array([0.05, 0.05, 0.2, 0.2, 0.2, 0.3])
    truth = np.cumsum(share * error) / np.cumsum(share)
    unsafe = np.array([truth[threshold <= SPREAD][-1] >= budget for threshold in GRID])

    returned = ever(SPREAD[at], rng.random(at.shape) < error[at], budget=budget, delta=delta)

    assert returned[:, unsafe].any(axis=1).mean() <= delta + slack(delta)
    assert returned[:, ~unsafe].any(axis=1).mean() > 0.8
    assert (unsafe[0], unsafe[-1], unsafe.all()) == (True, True, False)


def test_a_good_judge_is_let_pass():
    rng = np.random.default_rng(13)
    scores = rng.choice(SPREAD, p=DOUBLING, size=(REPLAYS, LENGTH))

    returned = ever(scores, rng.random(scores.shape) < 0.01, budget=0.05, delta=0.05)

    assert returned[:, -1].mean() > 0.99


@pytest.mark.parametrize("budget", [0.05, 0.2])
def test_drift_alarms_falsely_in_a_share_of_delta_at_most(budget: float):
    rng = np.random.default_rng(14)

    alarms = [_ever_drifts(rng.random(300) < budget, budget) for _ in range(300)]

    assert np.mean(alarms) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)


def test_drift_to_three_times_the_budget_is_seen_within_150_audits():
    rng = np.random.default_rng(15)

    alarms = [_ever_drifts(rng.random(150) < 0.15, 0.05) for _ in range(200)]

    assert np.mean(alarms) > 0.9


def _ever_drifts(wrong: np.ndarray, budget: float) -> bool:
    return any(has_drifted(int(k), n, budget) for n, k in enumerate(np.cumsum(wrong), 1))
