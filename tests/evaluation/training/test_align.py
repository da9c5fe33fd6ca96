from __future__ import annotations

import json
import sys
from math import log
from pathlib import Path

import pytest

from evaluation.publishing.files import files_of
from evaluation.training.align import main
from tests.clients import run_client
from tests.evaluation.training.tiny import model_folder, part_rows, release_folder

ROOT = Path(__file__).parents[3]
# Run as a user runs it, in a process of its own; and say whether it needed Django.
RUN = """
import os, sys
os.environ["OMP_NUM_THREADS"] = "1"  # so small a model loses time by sharing its work
sys.path.insert(0, sys.argv.pop(1))
from evaluation.training.align import main
code = main(sys.argv[1:])
print("django" in sys.modules)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A release and a chat model of random weights."""
    where = tmp_path_factory.mktemp("align")
    release_folder(where, train=part_rows(range(100, 116), "train"))
    model_folder(where / "tiny", with_chat=True)
    return where


def _run(place: Path, output: Path, *arguments: str) -> str:
    return run_client(
        "-c", RUN, ROOT, place / "harbour-1.2.0", "--model", place / "tiny", "--output", output,
        "--learning-rate", "5e-3", "--epochs", "8", "--batch-size", "16", "--seed", "3", *arguments,
        cwd=output.parent,
    )  # fmt: skip


@pytest.fixture(scope="module")
def aligned(place: Path) -> Path:
    output = place / "first"
    assert _run(place, output, "--control").split() == [str(output / "report.md"), "False"]
    return output


def _report(output: Path) -> dict:
    return json.loads((output / "report.json").read_text(encoding="utf-8"))


def _scores(output: Path) -> list[dict]:
    text = (output / "scores.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.clients
def test_training_begins_at_its_reference_and_lowers_the_loss(aligned: Path):
    trained = _report(aligned)["training"]["runs"]["trained"]
    assert trained["steps"] == len(trained["losses"]) == 16
    assert trained["losses"][0] == pytest.approx(log(2), abs=1e-4)
    assert sum(trained["losses"][-2:]) / 2 < 0.95 * log(2)  # of the last epoch


@pytest.mark.clients
def test_training_raises_the_implicit_reward_accuracy_on_its_own_pairs(aligned: Path):
    lines = [
        line
        for line in _report(aligned)["differences"]
        if (line["part"], line["measure"]) == ("train", "implicit_reward") and line["source_type"] == "quoted"
    ]
    found = {(line["nation"], line["of"], line["against"]): line["difference"] for line in lines}
    for nation in ("FR", "GB"):
        assert found[nation, "trained", "start"] > 0.25  # of at most one half
        assert found[nation, "trained", "control"] > 0.25


@pytest.mark.clients
def test_report_has_every_part_measure_weights_and_slice_with_its_interval(aligned: Path):
    report = _report(aligned)
    likelihoods = {"likelihood_token", "likelihood_sum", "implicit_reward"}
    expected = {
        (part, measure, weights, nation, kind)
        for part in ("evaluation", "test", "train")
        for measure in likelihoods | ({"letters_logprob"} if part == "evaluation" else set())
        for weights in ("start", "trained", "control", "random")
        if (measure, weights) != ("implicit_reward", "random")
        for nation in ("FR", "GB")
        for kind in ("quoted", "all")
    }
    keys = [
        (line["part"], line["measure"], line["weights"], line["nation"], line["source_type"])
        for line in report["rates"]
    ]
    assert len(keys) == len(expected)
    assert set(keys) == expected
    assert all(0 <= line["low"] <= line["rate"] <= line["high"] <= 1 for line in report["rates"])
    assert {line["items"] for line in report["rates"] if line["part"] == "evaluation"} == {6}
    assert len(report["differences"]) == 3 * (3 * 3 + 1) * 4
    assert report["unscored"] == []


@pytest.mark.clients
def test_scores_have_every_item_once_per_weights(aligned: Path):
    lines = _scores(aligned)
    keys = {(line["weights"], line["part"], line["id"]) for line in lines}
    assert len(lines) == len(keys) == 4 * 2 * (6 + 16 + 4)
    masses = [line["letter_mass"] for line in lines if line["part"] == "evaluation"]
    assert all(0 < mass < 1 for mass in masses)


@pytest.mark.clients
def test_same_seed_gives_the_same_numbers_and_weights(place: Path, aligned: Path):
    again = place / "again"
    _run(place, again)
    first, second = files_of(aligned / "model"), files_of(again / "model")
    assert first.keys() == second.keys()
    assert "model.safetensors" in first
    assert [name for name in first if first[name].read_bytes() != second[name].read_bytes()] == []
    numbers, expected = _report(again), _report(aligned)
    assert numbers["training"]["runs"]["trained"] == expected["training"]["runs"]["trained"]
    assert numbers["rates"] == [line for line in expected["rates"] if line["weights"] != "control"]
    assert _scores(again) == [line for line in _scores(aligned) if line["weights"] != "control"]


@pytest.mark.clients
def test_model_without_a_chat_template_is_trained_and_has_no_letters(place: Path):
    where = place / "plain"
    where.mkdir()
    release = (place / "harbour-1.2.0").rename(where / "harbour-1.2.0")
    model_folder(where / "tiny", with_chat=False)
    try:
        _run(where, where / "out", "--nations", "FR", "--max-steps", "1")
    finally:
        release.rename(place / "harbour-1.2.0")
    report = _report(where / "out")
    assert report["model"]["has_chat_template"] is False
    assert (report["training"]["pairs"], report["training"]["nations"]) == (16, ["FR"])
    assert report["training"]["runs"]["trained"]["losses"][0] == pytest.approx(log(2), abs=1e-4)
    assert {line["measure"] for line in report["rates"]} == {
        "likelihood_token",
        "likelihood_sum",
        "implicit_reward",
    }
    assert {line["nation"] for line in report["rates"]} == {"FR", "GB"}


def test_main_refuses_a_tampered_folder_before_anything_is_loaded(tmp_path: Path, capsys):
    folder = release_folder(tmp_path)
    path = folder / "data/gb/quoted.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("Arsenal", "Arcade"), encoding="utf-8")
    before = "torch" in sys.modules
    code = main([str(folder), "--model", str(tmp_path / "none"), "--output", str(tmp_path / "out")])
    assert code == 1
    assert "data/gb/quoted.jsonl" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert ("torch" in sys.modules) is before


def test_main_refuses_a_place_that_has_something(tmp_path: Path, capsys):
    folder = release_folder(tmp_path)
    code = main([str(folder), "--model", str(tmp_path / "none"), "--output", str(tmp_path)])
    assert code == 1
    assert "is not empty" in capsys.readouterr().err


@pytest.mark.clients
def test_main_names_a_model_folder_that_is_none(tmp_path: Path, capsys):
    folder = release_folder(tmp_path)
    code = main([str(folder), "--model", str(tmp_path / "none"), "--output", str(tmp_path / "out")])
    assert code == 1
    assert "config.json" in capsys.readouterr().err
