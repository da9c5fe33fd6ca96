"""The quality bench on a sound folder: what it measures and what it says of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.running import Found, figures, read

ROOT = Path(__file__).parents[2]
ALL = ("de", "en", "fr", "zh")
ROWS = {
    ("language", "raw", "accuracy"): ALL,
    ("language", "pud", "accuracy"): ALL,
    ("duplicates", "planted exact", "pair F1"): ALL,
    ("duplicates", "planted syndicated", "pair F1"): ALL,
    ("duplicates", "planted edited", "pair F1"): ALL,
    ("topics", "10kgnad", "NMI"): ("de",),
    ("topics", "10kgnad", "ARI"): ("de",),
    ("topics", "sib200", "NMI"): ALL,
    ("topics", "sib200", "ARI"): ALL,
    ("screening", "value_labels any", "average precision"): ("zh",),
    ("screening", "value_labels any", "recall"): ("zh",),
    ("screening", "value_labels named", "mean average precision"): ("zh",),
    ("screening", "value_labels learned", "average precision"): ("zh",),
    ("statements", "planted number", "recall"): ALL,
    ("statements", "planted name", "recall"): ALL,
    ("statements", "planted turn", "recall"): ALL,
    ("statements", "pawsx kept", "share"): ALL,
    ("statements", "xnli kept", "share"): ALL,
    ("attribution", "quotes direct", "span F1"): ("de",),
    ("attribution", "quotes indirect", "span F1"): ("de",),
    ("attribution", "quotes free indirect", "span F1"): ("de",),
    ("attribution", "quotes reported", "span F1"): ("de",),
    ("attribution", "quotes speaker", "accuracy"): ("de",),
    ("attribution", "quotes sentences", "average precision"): ("de",),
    ("conflicts", "xnli", "average precision"): ALL,
    ("conflicts", "ocnli", "average precision"): ("zh",),
    ("conflicts", "rte3", "average precision"): ("fr",),
    ("conflicts", "pawsx", "average precision"): ALL,
    ("conflicts", "value_consistency same", "average precision"): ("de", "en", "zh"),
    ("conflicts", "value_consistency", "average precision"): ("de", "en", "zh"),
    ("stance", "debate speeches", "average precision"): ("fr",),
    ("stance", "debate speakers", "average precision"): ("fr",),
    ("stance", "debate speeches, learned", "average precision"): ("fr",),
    ("stance", "debate speakers, learned", "average precision"): ("fr",),
    ("triples", "raw valid", "share valid"): ALL,
    ("triples", "raw contradicts", "share"): ALL,
    ("triples", "raw leads back", "share"): ALL,
    ("triples", "raw choice only", "accuracy"): ALL,
}
HAVE_CONFIDENCE = {
    ("language", "raw", "accuracy"),
    ("language", "pud", "accuracy"),
    ("screening", "value_labels any", "average precision"),
    ("screening", "value_labels any", "recall"),
    ("screening", "value_labels learned", "average precision"),
    ("attribution", "quotes sentences", "average precision"),
    *(name for name in ROWS if name[0] == "conflicts"),
    ("stance", "debate speeches", "average precision"),
    ("stance", "debate speeches, learned", "average precision"),
    ("triples", "raw contradicts", "share"),
}
FIELDS = {
    "stage": str, "dataset": str, "language": str, "metric": str, "n": int, "value": float, "low": float,
    "high": float, "baselines": dict, "ece_raw": float, "ece": float, "brier": float, "seconds": float,
    "note": str, "is_above_baselines": bool,
}  # fmt: skip


def test_every_stage_gives_its_rows(whole: Found):
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in whole.rows:
        found.setdefault((row["stage"], row["dataset"], row["metric"]), []).append(row["language"])

    assert {name: tuple(sorted(languages)) for name, languages in found.items()} == ROWS


def test_a_sound_folder_leaves_nothing_out(whole: Found):
    assert (whole.code, whole.engine, whole.skipped, whole.failed) == (0, "rules", {}, {})


def test_command_prints_one_json_object_and_nothing_else(whole: Found, folder: Path):
    options = ["--data", str(folder), "--json", "--language", "de", "--stage", "topics", "--stage", "triples"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.quality", *options],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip

    assert read(done.returncode, done.stdout).figures == figures(
        row for row in whole.rows if row["language"] == "de" and row["stage"] in ("topics", "triples")
    )


def test_rows_have_the_promised_fields(whole: Found):
    kinds = [
        {name: type(value) for name, value in row.items() if value is not None} | _optional(row)
        for row in whole.rows
    ]

    assert kinds == [FIELDS] * len(whole.rows)


def _optional(row: dict[str, object]) -> dict[str, type]:
    """Fields that may be null."""
    nullable = ("ece_raw", "ece", "brier", "is_above_baselines")
    return {name: FIELDS[name] for name in nullable if row[name] is None}


def test_intervals_hold_the_value(whole: Found):
    outside = [row for row in whole.rows if not row["low"] <= row["value"] <= row["high"] <= 1]

    assert outside == []


def test_rows_are_above_where_the_interval_is_above_the_best_baseline(whole: Found):
    said = [row["is_above_baselines"] for row in whole.rows]

    assert said == [
        row["low"] > max(row["baselines"].values()) if row["baselines"] else None for row in whole.rows
    ]


def test_only_the_guess_has_no_baseline(whole: Found):
    alone = {row["dataset"] for row in whole.rows if not row["baselines"]}

    assert alone == {"raw choice only"}


def test_rows_with_a_confidence_have_their_calibration(whole: Found):
    calibrated = {
        (row["stage"], row["dataset"], row["metric"])
        for row in whole.rows
        if all(0 <= (-1 if row[name] is None else row[name]) <= 1 for name in ("ece_raw", "ece", "brier"))
    }
    partly = {row["dataset"] for row in whole.rows if row["ece"] is not None} - {
        name[1] for name in calibrated
    }

    assert (calibrated, partly) == (HAVE_CONFIDENCE, set())


def test_rows_count_what_was_labelled(whole: Found):
    counted = {
        (row["dataset"], row["metric"]): row["n"]
        for row in whole.rows
        if row["language"] in ("de", "zh") or row["stage"] == "stance"
    }

    assert {
        name: counted[name, metric]
        for name, metric in (
            ("raw", "accuracy"), ("pud", "accuracy"), ("planted exact", "pair F1"), ("10kgnad", "NMI"),
            ("value_labels any", "recall"), ("quotes direct", "span F1"), ("quotes speaker", "accuracy"),
            ("ocnli", "average precision"), ("value_consistency same", "average precision"),
            ("value_consistency", "average precision"), ("debate speeches", "average precision"),
        )
    } == {
        "raw": 24, "pud": 12, "planted exact": 8, "10kgnad": 24, "value_labels any": 76, "quotes direct": 8,
        "quotes speaker": 32, "ocnli": 3, "value_consistency same": 18, "value_consistency": 9,
        "debate speeches": 130,
    }  # fmt: skip


def test_clear_cases_are_right(whole: Found):
    clear = {
        "raw",
        "pud",
        "planted exact",
        "quotes direct",
        "debate speakers, learned",
        "value_labels learned",
    }

    found = {(row["dataset"], row["language"]): row["value"] for row in whole.rows if row["dataset"] in clear}

    assert found == dict.fromkeys(found, 1.0)
