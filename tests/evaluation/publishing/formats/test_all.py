from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from evaluation.publishing.content import Slice
from evaluation.publishing.files import CHECKSUMS, files_of, write_temporary
from evaluation.publishing.formats import dataset, paper, preferences, spreadsheet
from evaluation.publishing.formats.all import release_files
from evaluation.publishing.rows import ReleaseRow
from tests.evaluation.publishing.content import CANARY, MemoryContent, content, row

_DIGESTS = """
import hashlib, sys
from evaluation.publishing.formats.all import release_files
from tests.evaluation.publishing.content import content
for path, pieces in release_files(content()):
    print(path, hashlib.sha256(b"".join(pieces)).hexdigest())
print("django" in sys.modules)
"""


def test_every_file_has_the_canary(made: MemoryContent, tmp_path: Path):
    # A folder of its own: clients leave compiled files in the one they read.
    release, _ = write_temporary(release_files(made), tmp_path, CANARY)

    without = [path for path, file in files_of(release).items() if CANARY.encode() not in file.read_bytes()]

    assert without == []


def test_files_of_one_slice_come_in_a_fixed_order():
    only = content([row("CN", n) for n in range(2)], train=[row("CN", 100)], test=[])

    assert [path for path, _ in release_files(only)] == [
        "release.json",
        "README.md",
        "CHANGELOG.md",
        "data/cn/quoted.jsonl",
        "parquet/cn/quoted.parquet",
        "parquet/README.md",
        "croissant.json",
        "csv/cn/quoted.csv",
        "paper/China/human_statement_result.json",
        "dpo/train.jsonl",
        "llama_factory/navab_train.json",
        "llama_factory/dataset_info.json",
        "lm_eval/utils.py",
        "lm_eval/_navab_common_yaml",
        "lm_eval/_navab_letters_yaml",
        "lm_eval/navab_cn_quoted.yaml",
        "lm_eval/navab.yaml",
        "lm_eval/navab_cn_quoted_letters.yaml",
        "lm_eval/navab_letters.yaml",
        "inspect/navab.py",
        "passports/cn/quoted.jsonl",
        "passports/preferences.jsonl",
    ]


def test_files_have_the_same_bytes_whatever_order_sets_have_and_need_no_django():
    outputs = [
        subprocess.run(
            [sys.executable, "-c", _DIGESTS],
            cwd=Path(__file__).parents[4],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert outputs[0] == outputs[1]
    assert outputs[0].splitlines()[-1] == "False"
    assert len(outputs[0].splitlines()) > 40


def test_checksums_are_those_the_system_tool_accepts(release: Path):
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", CHECKSUMS], cwd=release, check=False
    )

    assert done.returncode == 0


class _Counting:
    """Content of many rows that notes how many were asked for."""

    def __init__(self, few: MemoryContent, number: int) -> None:
        self.manifest = replace(few.manifest, preferences={"train": number})
        self.number, self.read = number, 0

    def slices(self) -> list[Slice]:
        return [Slice("GB", "quoted")]

    def rows(self, where: Slice) -> Iterator[ReleaseRow]:
        pattern = row("GB")
        for n in range(self.number):
            self.read += 1
            yield replace(pattern, id=f"{n:032x}")

    def preferences(self, part: str) -> Iterator[ReleaseRow]:
        return self.rows(Slice("GB", "quoted"))


@pytest.mark.parametrize("format", [dataset, spreadsheet, paper, preferences])
def test_formats_read_no_more_rows_than_a_piece_needs(format):
    counting = _Counting(content(), 12_000)
    read = {}

    for path, pieces in format.files(counting):
        counting.read = 0
        next(pieces)
        read[path] = counting.read

    assert read
    assert max(read.values()) <= 5_000


def test_pieces_of_a_parquet_file_are_the_file_a_reader_takes():
    import pyarrow as pa
    import pyarrow.parquet as pq

    counting = _Counting(content(), 12_000)
    files = dict(dataset.files(counting))
    whole = b"".join(files["parquet/gb/quoted.parquet"])

    read = pq.ParquetFile(pa.BufferReader(whole))
    assert read.metadata.num_row_groups == 3
    assert read.read().column("id").to_pylist() == [f"{n:032x}" for n in range(12_000)]
    again = b"".join(dict(dataset.files(counting))["parquet/gb/quoted.parquet"])
    assert sha256(again).digest() == sha256(whole).digest()
