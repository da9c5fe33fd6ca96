"""Figures, calibration and baselines of the quality bench, against other implementations and by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, jaccard_score

from benchmarks.quality.measures import (
    NothingToMeasureError,
    Row,
    calibration,
    f1,
    interval,
    ranking_row,
    share_row,
    word_overlap,
)
from pipeline.calibration import calibrated_out_of_fold


def row(**fields: object) -> Row:
    known = {"stage": "s", "dataset": "d", "language": "en", "metric": "m", "n": 9, "value": 0.5, "low": 0.4}
    return Row(**{**known, "high": 0.6, **fields})  # type: ignore[arg-type]


def mean_of(values: np.ndarray):
    return lambda at: float(values[at].mean())


def test_ranking_is_average_precision():
    rng = np.random.default_rng(9)
    truth, scores = rng.random(60) < 0.3, rng.random(60).round(1)

    found = ranking_row("s", "d", "en", truth.tolist(), scores.tolist(), seconds=2.5, note="why")

    assert found == Row(
        "s", "d", "en", "average precision", 60,
        pytest.approx(average_precision_score(truth, scores)), found.low, found.high,
        {"majority": pytest.approx(truth.mean()), "random": pytest.approx(truth.mean())},
        seconds=2.5, note="why",
    )  # fmt: skip


def test_average_precision_by_hand():
    found = ranking_row("s", "d", "en", [True, False, True, False], [0.9, 0.8, 0.7, 0.6], seconds=0)

    assert found.value == pytest.approx((1 / 1 + 2 / 3) / 2)


@pytest.mark.parametrize("overlap", [[0.9, 0.1, 0.8, 0.2], [0.1, 0.9, 0.2, 0.8]])
def test_word_overlap_is_taken_the_better_way_round(overlap: list[float]):
    found = ranking_row("s", "d", "en", [True, False, True, False], [1, 2, 3, 4], overlap=overlap, seconds=0)

    assert found.baselines == {"majority": 0.5, "random": 0.5, "word overlap": 1.0}


@pytest.mark.parametrize("truth", [[], [False], [False] * 5])
def test_ranking_of_rows_without_one_to_be_found_is_an_error(truth: list[bool]):
    with pytest.raises(NothingToMeasureError) as raised:
        ranking_row("s", "d", "en", truth, [0.5] * len(truth), seconds=0)

    assert str(raised.value) == f"none of {len(truth)} rows is one to be found"


def test_ranking_where_all_are_to_be_found_is_no_better_than_chance():
    found = ranking_row("s", "d", "en", [True] * 5, [1, 2, 3, 4, 5], seconds=0)

    assert (found.value, found.low, found.high, found.is_above) == (1.0, 1.0, 1.0, False)


def test_share_is_the_mean_of_its_hits():
    hits = [1.0, 0.0, 0.5, 1.0, 0.5, 0.0, 1.0, 1.0]

    found = share_row("s", "d", "en", "share", hits, baselines={"random": 0.1}, seconds=1, note="why")

    assert found == Row(
        "s", "d", "en", "share", 8, 0.625, *interval(mean_of(np.array(hits)), 8)[1:], {"random": 0.1},
        seconds=1, note="why",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hits", "clusters", "expected"),
    [
        ([1.0], None, (0.20655, 1.0)),
        ([1.0] * 10, None, (0.72247, 1.0)),
        ([0.0] * 10, None, (0.0, 0.27753)),
        ([1.0] * 100, [at % 10 for at in range(100)], (0.72247, 1.0)),
    ],
)
def test_share_of_all_or_none_has_the_interval_of_wilson(
    hits: list[float], clusters: list[int] | None, expected: tuple[float, float]
):
    found = share_row("s", "d", "en", "share", hits, baselines={}, clusters=clusters, seconds=0)

    assert (found.low, found.high) == pytest.approx(expected, abs=1e-5)


def test_share_of_nothing_is_an_error():
    with pytest.raises(NothingToMeasureError):
        share_row("s", "d", "en", "share", [], baselines={}, seconds=0)


def test_calibration_error_by_hand():
    found = row()

    calibration(found, [0.9] * 4, [True, False, True, True])

    # Too few answers to learn from: nothing changes.
    assert (found.ece_raw, found.ece) == pytest.approx((0.15, 0.15))
    assert found.brier == pytest.approx((3 * 0.1**2 + 0.9**2) / 4)


def test_calibration_error_is_that_of_bins_of_equal_mass():
    rng = np.random.default_rng(10)
    sure = np.sort(rng.uniform(0.5, 1, 500))
    right = rng.random(500) < sure**2
    found = row()

    calibration(found, sure.tolist(), right.tolist())

    bins = zip(np.array_split(sure, 10), np.array_split(right, 10), strict=True)
    by_hand = np.mean([abs(one.mean() - other.mean()) for one, other in bins])
    assert found.ece_raw == pytest.approx(by_hand, abs=0.005)


def test_brier_score_is_that_of_the_calibrated_confidence():
    rng = np.random.default_rng(11)
    sure = rng.uniform(0.8, 1, 200)
    right = rng.random(200) < 0.6
    found = row()

    calibration(found, sure.tolist(), right.tolist())

    assert found.brier == pytest.approx(
        brier_score_loss(right, calibrated_out_of_fold(sure.tolist(), right.tolist()))
    )


def test_calibration_brings_a_boaster_down():
    rng = np.random.default_rng(12)
    sure = rng.uniform(0.9, 1, 1_000)
    right = rng.random(1_000) < 0.6
    found = row()

    calibration(found, sure.tolist(), right.tolist())

    assert found.ece_raw == pytest.approx(0.35, abs=0.05)
    assert found.ece == pytest.approx(0.0, abs=0.06)


def test_calibration_is_learned_for_each_label():
    sure = [0.8] * 400
    labels = ["yes", "no"] * 200
    right = [label == "yes" for label in labels]
    apart, together = row(), row()

    calibration(apart, sure, right, labels)
    calibration(together, sure, right)

    assert apart.brier == pytest.approx(0.0, abs=0.001)
    assert together.brier == pytest.approx(0.25, abs=0.01)


def test_f1_is_that_of_scikit_learn():
    rng = np.random.default_rng(13)
    truth, said = rng.random(50) < 0.4, rng.random(50) < 0.5
    hit = float((truth & said).sum())

    assert f1(said.sum(), hit, truth.sum(), hit) == pytest.approx(f1_score(truth, said))


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (0, 0, 5, 0), (5, 0, 0, 0), (5, 0, 5, 0)])
def test_f1_of_nothing_found_is_zero(counts: tuple[int, int, int, int]):
    assert f1(*counts) == 0.0


def test_f1_counts_what_is_right_on_each_side():
    assert f1(4, 3, 10, 5) == pytest.approx(2 * 0.75 * 0.5 / 1.25)


def test_word_overlap_is_the_jaccard_index():
    found = word_overlap("Open the schools now", "The schools CLOSE!")

    assert found == pytest.approx(jaccard_score([1, 1, 1, 1, 0], [0, 1, 1, 0, 1]))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("学校开放", "学校关闭", 2 / 6),
        ("ＡＢＣ def", "abc DEF", 1.0),
        ("café", "cafe\u0301", 1.0),
        ("one", "two", 0.0),
        ("...", "!?", 0.0),
        ("", "word", 0.0),
    ],
)
def test_word_overlap_reads_characters_and_forms(first: str, second: str, expected: float):
    assert word_overlap(first, second) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("baselines", "expected"),
    [({}, None), ({"a": 0.39}, True), ({"a": 0.1, "b": 0.4}, False), ({"a": np.float64(0.3)}, True)],
)
def test_row_is_above_where_its_interval_is_above_every_baseline(
    baselines: dict[str, float], expected: bool | None
):
    assert row(baselines=baselines).is_above is expected


def test_row_is_plain_and_rounded_as_a_dictionary():
    found = row(
        n=np.int64(3), value=np.float64(2 / 3), low=np.float32(0.5), high=float("nan"),
        baselines={"a": np.float64(1 / 3), "b": float("inf")}, ece=1 / 7,
    )  # fmt: skip

    assert json.loads(json.dumps(found.as_dict(), allow_nan=False)) == {
        "stage": "s", "dataset": "d", "language": "en", "metric": "m", "n": 3, "value": 0.6667, "low": 0.5,
        "high": None, "baselines": {"a": 0.3333, "b": None}, "ece_raw": None, "ece": 0.1429, "brier": None,
        "seconds": 0.0, "note": "", "is_above_baselines": False,
    }  # fmt: skip
