"""The quality bench on folders with missing, empty and broken files: what is wrong is told, and the rest is
measured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality.data import RAW
from tests.benchmarks.folder import contents, read_lines, write, write_lines
from tests.benchmarks.running import Found, bench, figures

# The stage each file is for, the datasets that hang on it, and the fields without which a row is of no use.
FILES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "gold/topics_10kgnad.de.jsonl": ("topics", ("10kgnad",), ("language", "text", "label")),
    "gold/topics_sib200.en-fr-de-zh.jsonl": ("topics", ("sib200",), ("language", "text", "label")),
    "gold/value_labels_csv.zh.jsonl.gz": (
        "screening",
        ("value_labels any", "value_labels named", "value_labels learned"),
        ("language", "text", "values"),
    ),
    "gold/quotes_wikinews.de.jsonl": (
        "attribution",
        (
            "quotes direct", "quotes indirect", "quotes free indirect", "quotes reported", "quotes speaker",
            "quotes sentences",
        ),
        ("language", "text", "quotes"),
    ),
    "gold/xnli.en-fr-de-zh.jsonl.gz": (
        "conflicts", ("xnli",), ("language", "premise", "hypothesis", "label"),
    ),
    "gold/ocnli_5labels.zh.jsonl": (
        "conflicts", ("ocnli",), ("language", "premise", "hypothesis", "label"),
    ),
    "gold/rte3_french.fr.jsonl": ("conflicts", ("rte3",), ("language", "premise", "hypothesis", "label")),
    "gold/pawsx.en-fr-de-zh.jsonl": (
        "conflicts", ("pawsx",), ("language", "sentence1", "sentence2", "paraphrase"),
    ),
    "benchmarks/value_consistency.en-de-zh.jsonl": (
        "conflicts",
        ("value_consistency same", "value_consistency"),
        ("language", "country", "topic", "question", "original"),
    ),
    "raw/fr_assemblee_mariage.fr.jsonl.gz": (
        "stance",
        (
            "debate speeches", "debate speakers", "debate speeches, learned", "debate speakers, learned",
        ),
        ("language", "text", "speaker"),
    ),
    "gold/parallel_pud.en-fr-de-zh.jsonl": ("language", ("pud",), ()),
}  # fmt: skip
each_file = pytest.mark.parametrize("name", FILES)


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A folder to spoil."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def of_stage(whole: Found, stage: str, *, without: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """What the sound folder says of a stage."""
    return figures(row for row in whole.rows if row["stage"] == stage and row["dataset"] not in without)


def named(name: str) -> str:
    """A file as the bench names it."""
    return name.removesuffix(".gz")


@each_file
def test_missing_file_is_told_and_the_others_are_measured(whole: Found, copy: Path, name: str):
    stage, datasets, _ = FILES[name]
    (copy / name).unlink()

    found = bench(copy, "--stage", stage)

    assert (found.code, found.skipped, found.failed) == (0, {named(name): "missing"}, {})
    assert found.figures == of_stage(whole, stage, without=datasets)


@each_file
def test_empty_file_is_told_and_the_others_are_measured(whole: Found, copy: Path, name: str):
    stage, datasets, _ = FILES[name]
    write_lines(copy / name, [])

    found = bench(copy, "--stage", stage)

    assert (found.code, found.skipped, found.failed) == (0, {named(name): "empty"}, {})
    assert found.figures == of_stage(whole, stage, without=datasets)


@each_file
def test_broken_rows_are_told_by_line_and_the_others_are_measured(whole: Found, copy: Path, name: str):
    # Blank lines, a byte order mark and carriage returns do no harm.
    stage, _, fields = FILES[name]
    lines = read_lines(copy / name)
    broken = [(b'{"id": "cut of', "no JSON object"), (b'["a list"]', "no JSON object")]
    for field in fields:
        row = json.loads(lines[0])
        broken.append((json.dumps(row | {field: {"of": ["a", 7]}}).encode(), f"no usable {field}"))
        del row[field]
        broken.append((json.dumps(row).encode(), f"no usable {field}"))
    spoiled = [b"\xef\xbb\xbf" + lines[0], b"", *(line for line, _ in broken), b"   ", *lines[1:]]
    write_lines(copy / name, spoiled, end=b"\r\n")

    found = bench(copy, "--stage", stage)

    told = [f"line {number}: {why}" for number, (_, why) in enumerate(broken, 3)]
    more = ["and more"] if len(told) > 10 else []
    said = "; ".join([f"broken rows: {len(broken)}", *told[:10], *more])
    assert (found.code, found.skipped, found.failed) == (0, {named(name): said}, {})
    assert found.figures == of_stage(whole, stage)


SPAN = {"begin": 0, "end": 4}
WRONG: list[tuple[str, str, Any]] = [
    ("gold/value_labels_csv.zh.jsonl.gz", "values", {}),
    ("gold/value_labels_csv.zh.jsonl.gz", "values", {"Justice": "much"}),
    ("gold/quotes_wikinews.de.jsonl", "quotes", [7]),
    ("gold/quotes_wikinews.de.jsonl", "quotes", [{"quote_spans": [SPAN]}]),
    ("gold/quotes_wikinews.de.jsonl", "quotes", [{"type": ["Direct"], "quote_spans": [SPAN]}]),
    ("gold/quotes_wikinews.de.jsonl", "quotes", [{"type": "Direct"}]),
    ("gold/quotes_wikinews.de.jsonl", "quotes", [{"type": "Direct", "quote_spans": SPAN}]),
    ("gold/quotes_wikinews.de.jsonl", "quotes", [{"type": "Direct", "quote_spans": [SPAN], "speaker": 7}]),
    ("gold/quotes_wikinews.de.jsonl", "quotes", [{"type": "Direct", "quote_spans": [[0, 4]]}]),
    ("gold/quotes_wikinews.de.jsonl", "quotes", [{"type": "Direct", "quote_spans": [{"begin": 0}]}]),
    ("gold/quotes_wikinews.de.jsonl", "quotes", [{"type": "Direct", "quote_spans": [SPAN | {"begin": "0"}]}]),
    ("gold/quotes_wikinews.de.jsonl", "quotes", [{"type": "Direct", "quote_spans": [SPAN | {"begin": -1}]}]),
    ("gold/quotes_wikinews.de.jsonl", "quotes", [{"type": "Direct", "quote_spans": [SPAN | {"begin": 5}]}]),
    ("gold/pawsx.en-fr-de-zh.jsonl", "paraphrase", "0"),
    ("gold/pawsx.en-fr-de-zh.jsonl", "paraphrase", 2),
    ("gold/topics_10kgnad.de.jsonl", "label", 3),
    ("benchmarks/value_consistency.en-de-zh.jsonl", "options", ["yes", "no"]),
    ("raw/fr_assemblee_mariage.fr.jsonl.gz", "vote", "oui"),
    ("gold/parallel_pud.en-fr-de-zh.jsonl", "fr", 7),
]


@pytest.mark.parametrize(("name", "field", "value"), WRONG)
def test_field_of_the_wrong_kind_is_told(tmp_path: Path, name: str, field: str, value: Any):
    write(tmp_path / name, [contents()[name][0] | {field: value}])

    found = bench(tmp_path, "--stage", FILES[name][0])

    told = {file: why for file, why in found.skipped.items() if why != "missing"}
    assert (found.code, told, found.failed) == (
        0, {named(name): f"broken rows: 1; line 1: no usable {field}"}, {},
    )  # fmt: skip


def test_gzipped_file_that_was_cut_short_is_told_and_the_others_are_measured(whole: Found, copy: Path):
    path = copy / "gold/xnli.en-fr-de-zh.jsonl.gz"
    path.write_bytes(path.read_bytes()[:40])

    found = bench(copy, "--stage", "conflicts")

    why = "cannot be read to its end: Compressed file ended before the end-of-stream marker was reached"
    assert (found.code, found.skipped, found.failed) == (0, {"gold/xnli.en-fr-de-zh.jsonl": why}, {})
    assert found.figures == of_stage(whole, "conflicts", without=("xnli",))


def test_plain_text_under_a_gzipped_name_is_told(whole: Found, copy: Path):
    path = copy / "gold/xnli.en-fr-de-zh.jsonl.gz"
    path.write_bytes(b'{"language": "en"}\n')

    found = bench(copy, "--stage", "conflicts")

    why = "cannot be read to its end: Not a gzipped file (b'{\"')"
    assert (found.code, found.skipped, found.failed) == (0, {"gold/xnli.en-fr-de-zh.jsonl": why}, {})


@pytest.mark.parametrize("stage", ["language", "duplicates", "triples"])
def test_broken_raw_row_is_told_and_the_others_are_measured(whole: Found, copy: Path, stage: str):
    path = copy / "raw/cn_gov_reports.zh.jsonl.gz"
    lines = read_lines(path)
    other = json.dumps({"language": "es", "text": "Un texto en otra lengua."}).encode()
    blank = json.dumps({"language": "zh", "text": " \n"}).encode()
    write_lines(path, [other, *lines, blank])

    found = bench(copy, "--stage", stage)

    said = "broken rows: 2; line 1: no usable language; line 26: no usable text"
    assert (found.code, found.skipped, found.failed) == (0, {"raw/cn_gov_reports.zh.jsonl": said}, {})
    assert found.figures == of_stage(whole, stage)


@pytest.mark.parametrize("stage", ["language", "duplicates", "triples"])
def test_missing_raw_folder_is_told(whole: Found, copy: Path, stage: str):
    shutil.rmtree(copy / "raw")

    found = bench(copy, "--stage", stage)

    assert (found.code, found.skipped, found.failed) == (
        0, {f"raw/{name}": "missing" for name in RAW}, {},
    )  # fmt: skip
    assert found.figures == of_stage(whole, stage, without=("raw",)) * (stage == "language")


def test_missing_raw_file_is_told_and_the_others_are_measured(whole: Found, copy: Path):
    (copy / "raw/us_white_house.en.jsonl.gz").unlink()

    found = bench(copy, "--stage", "language")

    assert (found.code, found.skipped, found.failed) == (
        0, {"raw/us_white_house.en.jsonl": "missing"}, {},
    )  # fmt: skip
    assert [row[:4] for row in found.figures] == [row[:4] for row in of_stage(whole, "language")]
    assert sum(row[4] for row in found.figures) < sum(row[4] for row in of_stage(whole, "language"))


def test_empty_folder_has_every_file_missing(tmp_path: Path):
    found = bench(tmp_path)

    wanted = {named(name) for name in FILES} | {f"raw/{name}" for name in RAW}
    assert (found.code, found.rows, found.skipped, found.failed) == (
        0, [], dict.fromkeys(wanted, "missing"), {},
    )  # fmt: skip
