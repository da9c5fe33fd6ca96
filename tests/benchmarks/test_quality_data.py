"""How the quality bench reads its files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality.data import Data, by_language, document, is_language, is_text
from pipeline.records import DocumentRecord
from tests.benchmarks.folder import write, write_lines

GOOD = b'{"text": "yes"}'


def test_a_plain_file_goes_before_a_gzipped_one(tmp_path: Path):
    write(tmp_path / "gold/x.jsonl", [{"is": "plain"}])
    write(tmp_path / "gold/x.jsonl.gz", [{"is": "gzipped"}])

    assert Data(tmp_path).rows("gold/x.jsonl") == [{"is": "plain"}]


def test_raw_files_are_read_once_in_order(tmp_path: Path):
    for name in ("b.jsonl.gz", "a.jsonl", "a.jsonl.gz", "c.jsonl.old", "notes.txt"):
        write(tmp_path / "raw" / name, [{"language": "en", "text": name}])

    assert [row["text"] for row in Data(tmp_path).raw] == ["a.jsonl", "b.jsonl.gz"]


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense", b'"text"', b"null", b"7", b"[]", b'{"text": "cut', b'{"text": "\xff"}', b"\xef\xbb\xbf",
        b'{"text": "yes", "score": NaN}', b'{"text": "yes", "score": -Infinity}', b"[" * 100_000,
        GOOD + GOOD, b'{"text": "yes", "n": ' + b"9" * 5_000 + b"}",
    ],
)  # fmt: skip
def test_a_line_that_is_no_object_is_told(tmp_path: Path, line: bytes):
    write_lines(tmp_path / "x.jsonl", [GOOD, line, GOOD])
    data = Data(tmp_path)

    rows = data.rows("x.jsonl", text=is_text)

    assert (rows, data.skipped) == (
        [{"text": "yes"}] * 2,
        {"x.jsonl": "broken rows: 1; line 2: no JSON object"},
    )


@pytest.mark.parametrize("value", [None, 7, True, [], {}, ["a"], "", " \n\u3000", "lost \udc80 half"])
def test_a_text_that_is_none_is_told(tmp_path: Path, value: Any):
    write_lines(tmp_path / "x.jsonl", [json.dumps({"text": value}).encode(), GOOD])
    data = Data(tmp_path)

    rows = data.rows("x.jsonl", text=is_text)

    assert (rows, data.skipped) == (
        [{"text": "yes"}],
        {"x.jsonl": "broken rows: 1; line 1: no usable text"},
    )


def test_all_fields_of_a_line_that_cannot_be_used_are_told(tmp_path: Path):
    write_lines(tmp_path / "x.jsonl", [b'{"language": "xx"}'])
    data = Data(tmp_path)

    data.rows("x.jsonl", language=is_language, text=is_text)

    assert data.skipped == {"x.jsonl": "broken rows: 1; line 1: no usable language, text"}


def test_many_broken_lines_are_counted(tmp_path: Path):
    write_lines(tmp_path / "x.jsonl", [b"?"] * 2_000)
    data = Data(tmp_path)

    data.rows("x.jsonl")

    told = "; ".join(f"line {number}: no JSON object" for number in range(1, 11))
    assert data.skipped == {"x.jsonl": f"broken rows: 2000; {told}; and more"}


def test_a_file_read_twice_counts_its_lines_once(tmp_path: Path):
    write_lines(tmp_path / "raw/x.jsonl", [b"?", b'{"language": "en"}', b'{"language": "en", "text": "yes"}'])
    data = Data(tmp_path)

    read = (len(data.raw), len(data.rows("raw/x.jsonl", speaker=is_text)))

    assert (read, data.skipped) == (
        (1, 0),
        {
            "raw/x.jsonl": "broken rows: 3; line 1: no JSON object; line 2: no usable text; "
            "line 3: no usable speaker"
        },
    )


def test_lines_before_the_end_of_a_file_cut_short_are_kept(tmp_path: Path):
    path = tmp_path / "x.jsonl.gz"
    write_lines(path, [b'{"n": %d}' % at for at in range(20_000)])
    path.write_bytes(path.read_bytes()[:-20_000])
    data = Data(tmp_path)

    rows = data.rows("x.jsonl")

    assert rows == [{"n": at} for at in range(len(rows))]
    assert 0 < len(rows) < 20_000
    assert data.skipped == {
        "x.jsonl": "cannot be read to its end: "
        "Compressed file ended before the end-of-stream marker was reached"
    }


def test_only_languages_with_a_profile_are_known():
    known = [code for code in ("de", "en", "fr", "zh", "es", "EN", "", None, ["en"]) if is_language(code)]

    assert known == ["de", "en", "fr", "zh"]


@pytest.mark.parametrize(
    ("wanted", "expected"), [(None, [("de", [2]), ("en", [1, 3])]), ("en", [("en", [1, 3])]), ("fr", [])]
)
def test_rows_are_parted_by_language(wanted: str | None, expected: list[tuple[str, list[int]]]):
    rows = [{"language": "en", "n": 1}, {"language": "de", "n": 2}, {"language": "en", "n": 3}]

    parted = [(code, [row["n"] for row in found]) for code, found in by_language(rows, wanted)]

    assert parted == expected


def test_a_document_has_what_its_row_says():
    row = {"language": "en", "text": "t", "title": "T", "outlet": "O", "speaker": "S", "country": "GB"}

    assert document(4, row) == DocumentRecord(4, "GB", "en", "t", "T", "O", speaker="S")


@pytest.mark.parametrize("odd", [None, 7, ["x"], ""])
def test_a_document_leaves_out_what_is_no_text(odd: Any):
    row = {"language": "en", "text": "t"} | dict.fromkeys(("title", "outlet", "speaker", "country"), odd)

    assert document(4, row) == DocumentRecord(4, "", "en", "t")
