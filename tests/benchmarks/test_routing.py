"""The bench of routing: how votes become verdicts, what replays say, and what is told of broken files."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.routing import sets
from benchmarks.routing.__main__ import main
from benchmarks.routing.replay import BATCH, NOBODY, _routed, _votes, consensus, replay
from benchmarks.routing.sets import Stream, planted
from pipeline.guarantee import solve
from pipeline.routing import Route, RoutingPolicy, route
from tests.benchmarks.folder import read_lines, write_lines

Found = dict[str, Any]
PAIRS = ("gold/ocnli_5labels.zh.jsonl", "gold/xnli.en-fr-de-zh.jsonl.gz")


def bench(folder: Path, *arguments: str) -> tuple[int, Found]:
    """Exit code and the one JSON object that is printed."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        code = main(["--data", str(folder), "--json", "--replays", "5", *arguments])
    return code, json.loads(printed.getvalue())


@pytest.fixture(scope="module")
def whole(folder: Path) -> Found:
    """All sets of the tiny folder; the learned judge is taught on most of its passages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sets, "TAUGHT", 120)
        code, found = bench(folder)
    assert (code, found["failed"], found["skipped"]) == (0, {}, {})
    return found


@pytest.fixture
def pairs(folder: Path, tmp_path: Path) -> Path:
    """A folder of its own with the pairs only."""
    for name in PAIRS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(folder / name, tmp_path / name)
    return tmp_path


def perfect(n: int, **more: Any) -> Stream:
    labels = np.arange(n) % 2
    return Stream("perfect", "", "planted", np.full(n, 0.95), labels == 0, labels, **more)


@pytest.mark.parametrize(
    ("votes", "verdict", "cast"),
    [
        ([0, 0, 1, 1], 0, 2),
        ([1, 1, 0, 0], 1, 2),
        ([0, 1, 0, 1], 0, 3),
        ([1, 0, 0, 0], 0, 3),
        ([0, 1, 2, 0], NOBODY, 4),  # two of four are not more than half
        ([0, 1, 2, 3], NOBODY, 4),
    ],
)
def test_votes_become_a_verdict(votes: list[int], verdict: int, cast: int):
    found = consensus(np.array([votes]), 2, 4)

    assert [part.tolist() for part in found] == [[verdict], [cast]]


def test_real_votes_are_drawn_without_being_put_back():
    real = np.array([[0, 0, 1, 2, 3]] * 50)
    stream = Stream("s", "", "rules", np.ones(50), np.ones(50), np.zeros(50, dtype=int), 4, votes=real)
    order = np.tile(np.arange(50), (3, 1))

    votes = _votes(stream, order, 5, np.random.default_rng(1))

    assert (np.sort(votes, axis=2) == real).all()
    assert len(np.unique(votes.reshape(-1, 5), axis=0)) > 20


def test_made_votes_err_as_often_as_said_and_never_by_the_truth():
    stream = Stream(
        "s", "", "rules", np.ones(5_000), np.ones(5_000), np.arange(5_000) % 3, kinds=3, people_err=0.2
    )
    votes = _votes(stream, np.arange(5_000)[None], 4, np.random.default_rng(1))[0]

    assert (votes != stream.labels[:, None]).mean() == pytest.approx(0.2, abs=0.01)
    assert np.unique((votes - stream.labels[:, None]) % 3, return_counts=True)[1][1:] == pytest.approx(
        [2_000, 2_000], rel=0.1
    )


def test_replays_route_as_the_pipeline_does():
    """One replay beside ``route`` and ``solve``, item by item."""
    rng = np.random.default_rng(3)
    scores, draws = np.round(1 - rng.random(600) / 2, 2), rng.random(600)
    wrong = rng.random(600) < 0.2 * (1 - scores)
    policy = RoutingPolicy(threshold=np.inf, error_budget=0.1)

    settled, asked, came_under = _routed(scores[None], wrong[None], draws[None], policy)

    threshold, sample, expected = None, [], []
    for at in range(600):
        if at and at % BATCH == 0:
            threshold = solve([scores[i] for i in sample], [wrong[i] for i in sample], budget=0.1).threshold
        now = np.inf if threshold is None else threshold
        way = route(scores[at], RoutingPolicy(threshold=now), draws[at])
        expected.append((way is not Route.ASK, way is not Route.SETTLE, now))
        if threshold is None or draws[at] < policy.audit_rate:
            sample.append(at)
    found = list(zip(settled[0].tolist(), asked[0].tolist(), came_under[0].tolist(), strict=True))
    assert found == expected
    assert {way for _, way, _ in expected} == {True, False}


def test_perfect_judge_settles_nearly_all_once_it_is_trusted():
    row = replay(perfect(2_000), 0.05, replays=20)

    assert (row.error, row.kept_budget, row.sound, row.learned) == (0.0, 1.0, 1.0, 1.0)
    assert row.learned_at == 150  # 113 verdicts without an error, in batches of 50
    assert row.settled == pytest.approx(1_850 / 2_000)
    assert row.settled_after == 1.0
    assert row.votes == pytest.approx(2 * (150 + 0.05 * 1_850) / 2_000, rel=0.1)
    assert row.votes_all == 2.0


def test_people_who_err_more_than_the_budget_let_nothing_settle():
    row = replay(perfect(1_000, people_err=0.3), 0.05, replays=20)

    assert (row.settled, row.error, row.settled_after, row.learned_at) == (0.0, None, None, None)


def test_verdicts_on_what_is_settled_and_not_audited_are_not_looked_at():
    scores, draws = np.full((1, 400), 0.95), np.linspace(0, 0.999, 400)[None, ::-1].copy()
    right = np.zeros((1, 400), dtype=bool)
    policy = RoutingPolicy(threshold=np.inf)
    settled, asked, under = _routed(scores, right, draws, policy)
    unseen = settled & ~asked

    again = _routed(scores, right | unseen, draws, policy)

    assert unseen.sum() > 200
    assert [(one == other).all() for one, other in zip((settled, asked, under), again, strict=True)] == [
        True
    ] * 3


def test_planted_judges_are_what_they_say():
    streams = {(stream.name, stream.budget): stream for stream in planted((0.05, 0.2), 4_000, 8_000)}
    calibrated, boasting = streams["calibrated", None], streams["boasting", None]

    assert calibrated.wrong.mean() == pytest.approx((1 - calibrated.scores).mean(), abs=0.02)
    assert boasting.wrong.mean() == pytest.approx((1 - boasting.scores).mean() + 0.15, abs=0.02)
    assert [streams["border", b].wrong.mean() for b in (0.05, 0.2)] == pytest.approx([0.05025, 0.20025])
    assert len(streams["calibrated, long", None].scores) == 8_000


def test_sets_are_measured_at_every_budget(whole: Found):
    found = {
        (row["dataset"], row["language"], row["judge"], row["n"], row["left_out"])
        for row in whole["rows"]
        if row["judge"] != "planted"
    }

    assert found == {
        ("ocnli", "zh", "rules", 3, 1),
        *(("xnli", code, "rules", 3, 0) for code in ("de", "en", "fr", "zh")),
        ("value_labels any", "zh", "rules", 152, 0),
        *((f"value_labels {name}", "zh", "learned", 32, 120) for name in ("Freedom", "Harmony", "Justice")),
    }
    assert len([row for row in whole["rows"] if row["dataset"] == "ocnli"]) == 3


def test_figures_agree_with_one_another(whole: Found):
    for row in whole["rows"]:
        assert 0 <= row["settled"] <= row["learned"] <= 1
        assert 0 < row["votes"] <= row["votes_all"] <= 4
        assert (row["error"] is None) == (row["settled"] == 0)
        assert row["curator"] <= 1
        if row["error"] is None:
            assert (row["votes"], row["final_error"]) == (row["votes_all"], row["people_error"])
            assert row["kept_budget"] == 1
        else:
            assert row["error"] <= row["error_worst"]
            assert (row["kept_budget"] == 1) == (row["error_worst"] <= row["budget"])
        assert (row["naive_error"] is None) == (row["naive_settled"] == 0)


def test_planted_rows_say_where_the_router_helps(whole: Found):
    rows = {(row["dataset"], row["budget"]): row for row in whole["rows"] if row["judge"] == "planted"}

    assert rows["calibrated, long", 0.2]["settled"] > 0.8
    assert rows["calibrated, long", 0.2]["error"] < 0.2
    assert [rows["border", budget]["naive_error"] > budget for budget in (0.05, 0.1, 0.2)] == [True] * 3


def test_language_and_budget_leave_the_others_out(pairs: Path):
    _, found = bench(pairs, "--language", "de", "--budget", "0.3")

    assert [(row["dataset"], row["language"], row["budget"]) for row in found["rows"]] == [
        ("xnli", "de", 0.3)
    ]


def test_same_numbers_come_again(pairs: Path):
    one, other = bench(pairs, "--budget", "0.1")[1], bench(pairs, "--budget", "0.1")[1]

    assert one["rows"] == other["rows"]


def test_broken_rows_and_missing_files_are_told(pairs: Path):
    write_lines(pairs / PAIRS[0], [b"?", *_with(read_lines(pairs / PAIRS[0]), annotator_labels=["neutral"])])

    code, found = bench(pairs, "--language", "zh")

    assert code == 0
    assert found["skipped"] == {
        PAIRS[0]: "broken rows: 2; line 1: no JSON object; line 2: no usable annotator_labels",
        sets.VALUES: "missing",
    }
    assert {(row["dataset"], row["n"]) for row in found["rows"]} == {("ocnli", 2), ("xnli", 3)}


def _with(lines: Sequence[bytes], **fields: object) -> list[bytes]:
    """The lines, with some fields of the first changed."""
    first = json.loads(lines[0]) | fields
    return [json.dumps(first).encode(), *lines[1:]]


def test_too_few_to_learn_from_are_told(folder: Path):
    code, found = bench(folder, "--language", "zh", "--budget", "0.2")

    assert code == 0
    assert found["skipped"] == {
        f"value_labels {name} zh": "152 passages; the learned judge is taught on 600 and judges the others"
        for name in ("Freedom", "Harmony", "Justice")
    }


def test_data_must_be_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]):
    code = main(["--data", str(folder / "nowhere")])

    assert (code, capsys.readouterr().err) == (2, f"{folder / 'nowhere'} is not a folder\n")


@pytest.mark.parametrize(("option", "value"), [("--budget", "0"), ("--budget", "1"), ("--replays", "0")])
def test_numbers_out_of_range_are_refused(folder: Path, option: str, value: str):
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(folder), option, value])

    assert stopped.value.code == 2


def test_table_has_a_line_a_row(pairs: Path, capsys: pytest.CaptureFixture[str]):
    main(["--data", str(pairs), "--language", "zh", "--budget", "0.1", "--replays", "2"])

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines[:2]] == [["ocnli", "zh", "rules"], ["xnli", "zh", "rules"]]
    assert lines[2] == f"skipped {sets.VALUES}: missing"
