"""The options of the quality bench: what they leave out, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality.__main__ import main
from tests.benchmarks.running import Found, bench, figures


@pytest.mark.parametrize("stage", ["language", "attribution"])
def test_stage_leaves_the_others_out(whole: Found, folder: Path, stage: str):
    found = bench(folder, "--stage", stage)

    assert found.figures == figures(row for row in whole.rows if row["stage"] == stage)


def test_stage_may_be_given_again_and_is_measured_once(whole: Found, folder: Path):
    found = bench(folder, "--stage", "language", "--stage", "duplicates", "--stage", "language")

    assert found.figures == [
        figure
        for stage in ("language", "duplicates")
        for figure in figures(row for row in whole.rows if row["stage"] == stage)
    ]


@pytest.mark.parametrize("language", ["de", "en", "fr", "zh"])
def test_language_leaves_the_others_out(whole: Found, folder: Path, language: str):
    found = bench(folder, "--language", language, "--stage", "conflicts", "--stage", "language")

    assert (found.failed, sorted(found.figures)) == (
        {},
        sorted(
            figures(
                row
                for row in whole.rows
                if row["language"] == language and row["stage"] in ("conflicts", "language")
            )
        ),
    )


@pytest.mark.parametrize(
    ("option", "value"), [("--stage", "weather"), ("--language", "es"), ("--engine", "x")]
)
def test_unknown_choices_are_refused(
    folder: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(folder), option, value])

    assert (stopped.value.code, capsys.readouterr().out) == (2, "")


@pytest.mark.parametrize("name", ["nowhere", "gold/rte3_french.fr.jsonl"])
def test_data_must_be_a_folder(folder: Path, name: str, capsys: pytest.CaptureFixture[str]):
    code = main(["--data", str(folder / name), "--json"])

    said = capsys.readouterr()
    assert (code, said.out, said.err) == (2, "", f"{folder / name} is not a folder\n")


def test_table_has_a_line_for_each_row(whole: Found, folder: Path, capsys: pytest.CaptureFixture[str]):
    code = main(["--data", str(folder), "--stage", "triples", "--language", "en"])

    lines = capsys.readouterr().out.splitlines()
    assert (code, [line.split("n=")[0].split() for line in lines]) == (
        0,
        [
            ["engine:", "rules"],
            *(
                ["triples", *row["dataset"].split(), "en"]
                for row in whole.rows
                if row["stage"] == "triples" and row["language"] == "en"
            ),
        ],
    )


def test_table_ends_with_what_was_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code = main(["--data", str(tmp_path), "--stage", "topics"])

    assert (code, capsys.readouterr().out.splitlines()) == (
        0,
        [
            "engine: rules",
            "skipped gold/topics_10kgnad.de.jsonl: missing",
            "skipped gold/topics_sib200.en-fr-de-zh.jsonl: missing",
        ],
    )
