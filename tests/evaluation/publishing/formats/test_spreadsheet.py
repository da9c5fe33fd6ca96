from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evaluation.publishing.formats.spreadsheet import files, original_cell, safe_cell
from evaluation.publishing.rows import COLUMNS, ReleaseRow
from tests.evaluation.publishing.content import MemoryContent, content, row

_SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫"
_TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from(_SIGNS + "'\"; \t\r\n\u00a0\u3000\ufeffa1"), st.characters(codec="utf-8")
    )
)


def _read(cells: dict[str, str]) -> ReleaseRow:
    found: dict[str, object] = {name: original_cell(cells[name]) for name in COLUMNS}
    for name in ("votes", "annotators", "is_contested"):
        found[name] = json.loads(str(found[name]))
    return ReleaseRow.from_dict(found)


def test_the_csv_module_gives_the_rows_back(release: Path, made: MemoryContent):
    for where in made.slices():
        with (release / "csv" / f"{where.path}.csv").open(encoding="utf-8-sig", newline="") as file:
            found = list(csv.DictReader(file))

        assert [_read(cells) for cells in found] == list(made.rows(where))


def test_pandas_gives_the_rows_back(release: Path, made: MemoryContent):
    for where in made.slices():
        table = pd.read_csv(release / "csv" / f"{where.path}.csv", dtype=str, keep_default_na=False)

        assert tuple(table.columns) == COLUMNS
        assert [_read(cells) for cells in table.to_dict("records")] == list(made.rows(where))


def test_the_file_begins_with_the_mark_excel_needs_and_every_cell_is_quoted():
    ((_, pieces),) = files(content([row("GB", 1)]))

    lines = b"".join(pieces).split(b"\r\n")
    assert lines[0] == b"\xef\xbb\xbf" + ",".join(f'"{name}"' for name in COLUMNS).encode()
    assert lines[1][:1] + lines[1][-1:] == b'""'
    assert lines[2:] == [b""]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("＝1＋1", "'＝1＋1"),
        ("  +1", "'  +1"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        ('"=1"', '\'"=1"'),
        ("a;=1", "a;'=1"),
        ("a\n-b", "a\n'-b"),
        ("'=1", "''=1"),
        ("'tis", "'tis"),
        ("2 - 1 = 1", "2 - 1 = 1"),
        ("", ""),
        ("国家应当", "国家应当"),
    ],
)
def test_an_apostrophe_stands_before_what_would_be_calculated(text: str, cell: str):
    assert safe_cell(text) == cell


@given(_TEXT)
@example("'\r\n=1")
@example(";'\";=")
def test_the_text_comes_back_from_its_cell(text: str):
    assert original_cell(safe_cell(text)) == text


@given(_TEXT, st.sampled_from([",", ";", "\t"]))
def test_no_cell_is_a_formula_whatever_separator_the_reader_takes(text: str, separator: str):
    line = io.StringIO(newline="")
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(["first", safe_cell(text)])

    cells = [
        cell
        for found in csv.reader(io.StringIO(line.getvalue(), newline=""), delimiter=separator)
        for cell in found
    ]
    starts = [cell.lstrip(' "\u00a0\u3000\ufeff')[:1] for cell in cells]
    assert [start for start in starts if start and start in _SIGNS] == []
    assert not cells[0].startswith(("\t", "\r", "\n"))
