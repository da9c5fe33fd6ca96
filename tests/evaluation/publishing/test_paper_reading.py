"""The paper's files as they may be: whatever is wrong with a row costs that row only."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.publishing.content import Slice
from evaluation.publishing.paper_reading import Finding, PaperError, PaperRow, paper_files, read_paper


def row(n: int = 0, **changes: Any) -> dict[str, Any]:
    whole = {
        "raw_news": f"The council met. The city must keep park {n}.",
        "statement": f"The city must keep park {n}.",
        "filter_flag": True,
        "full_source": "Ann Smith, mayor",
        "source": "Ann Smith",
        "generated Q": f"What of park {n}?",
        "generated reverse statement": f"The city must not keep park {n}.",
        "generated raw data": f"Q: What of park {n}?\nRS: The city must not keep park {n}.",
    }
    return {**whole, **changes}


def put(folder: Path, content: Any, *, nation: str = "US", file: str = "human_statement_result.json") -> Path:
    path = folder / nation / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def read(path: Path, **nations: str) -> tuple[list[PaperRow], list[Finding]]:
    files, findings = paper_files(path, nations)
    found = list(read_paper(path, files))
    rows = [value for value in found if isinstance(value, PaperRow)]
    return rows, findings + [value for value in found if isinstance(value, Finding)]


def told(findings: list[Finding]) -> list[tuple[str, bool]]:
    return [(str(finding), finding.is_left_out) for finding in findings]


def test_read_paper_takes_every_folder_and_file_of_the_paper(tmp_path):
    for nation in ("US", "UK", "China", "german", "french"):
        put(tmp_path, [row()], nation=nation)
        put(tmp_path, [row(), row(1)], nation=nation, file="official_statement_result.json")
    rows, findings = read(tmp_path)
    counts = {where: sum(found.where == where for found in rows) for where in {found.where for found in rows}}
    assert counts == {
        Slice(nation, kind): number
        for nation in ("US", "GB", "CN", "DE", "FR")
        for kind, number in (("quoted", 1), ("official", 2))
    }
    assert findings == []


def test_read_paper_waits_for_no_pipe(tmp_path):
    put(tmp_path, [row()])
    (tmp_path / "UK").mkdir()
    os.mkfifo(tmp_path / "UK" / "human_statement_result.json")

    rows, findings = read(tmp_path)

    assert ([found.where.nation for found in rows], findings) == (["US"], [])


def test_read_paper_keeps_the_texts_as_they_are(tmp_path):
    put(tmp_path, [row(7, statement="  The city must keep park 7. ")])
    [[found], _] = read(tmp_path)
    assert found == PaperRow(
        file="US/human_statement_result.json",
        index=0,
        where=Slice("US", "quoted"),
        raw_news="The council met. The city must keep park 7.",
        statement="  The city must keep park 7. ",
        question="What of park 7?",
        reversed_statement="The city must not keep park 7.",
        source="Ann Smith",
        full_source="Ann Smith, mayor",
    )


FILE = "US/human_statement_result.json"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"statement": "  "}, "'statement' is blank"),
        ({"statement": float("nan")}, "'statement' is NaN, not a text"),
        ({"generated Q": None}, "'generated Q' is null, not a text"),
        ({"raw_news": ["a"]}, "'raw_news' is [\"a\"], not a text"),
        (
            {"generated reverse statement": "\ud800"},
            "'generated reverse statement' has characters that no text has",
        ),
        ({"filter_flag": "False"}, "'filter_flag' says that it is no value statement"),
        (
            {"statement": "a" * 501},
            "'statement' has 501 characters; more than 500 may be an article",
        ),
    ],
)
def test_read_paper_leaves_out_a_row_that_can_be_no_item(tmp_path, changes, said):
    put(tmp_path, [row(0), row(1, **changes), row(2)])
    rows, findings = read(tmp_path)
    assert [found.index for found in rows] == [0, 2]
    assert told(findings) == [(f"{FILE}[1]: {said}", True)]


def test_read_paper_names_a_missing_field_and_what_is_no_object(tmp_path):
    lacking = row(1)
    del lacking["generated reverse statement"]
    put(tmp_path, [lacking, "text", row(2)])
    rows, findings = read(tmp_path)
    assert [found.index for found in rows] == [2]
    assert told(findings) == [
        (f"{FILE}[0]: 'generated reverse statement' is missing", True),
        (f"{FILE}[1]: is a str, not an object", True),
    ]


def test_read_paper_leaves_out_bytes_that_are_not_utf_8(tmp_path):
    content = json.dumps([row(0, statement="ae"), row(1)]).encode().replace(b'"ae"', b'"\xe4"')
    put(tmp_path, content)
    rows, findings = read(tmp_path)
    assert [found.index for found in rows] == [1]
    assert told(findings) == [(f"{FILE}[0]: 'statement' has bytes that are not UTF-8", True)]


def test_read_paper_takes_json_lines_and_reports_a_broken_line(tmp_path):
    lines = [json.dumps(row(0)), '{"statement": ', "", json.dumps(row(1))]
    put(tmp_path, "\n".join(lines).encode())
    rows, findings = read(tmp_path)
    assert [found.index for found in rows] == [1, 4]
    assert [(finding.index, finding.kind) for finding in findings] == [(2, "unreadable")]


def test_read_paper_reports_a_file_cut_short(tmp_path):
    put(tmp_path, json.dumps([row(0)]).encode()[:-5])
    put(tmp_path, [row(0)], nation="UK")
    rows, findings = read(tmp_path)
    assert [found.where.nation for found in rows] == ["GB"]
    assert [(finding.file, finding.index, finding.kind) for finding in findings] == [
        (FILE, None, "unreadable")
    ]


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        (
            {"generated reverse statement": "RS: The city must not."},
            "label",
            "'generated reverse statement' begins with 'RS:'",
        ),
        ({"generated Q": "Q: What?"}, "label", "'generated Q' begins with 'Q:'"),
        (
            {
                "generated reverse statement": "oads must not be mended.",
                "generated raw data": "Q: x\nRS: Roads must not be mended.",
            },
            "eaten",
            "'generated reverse statement' has lost letters at its ends against 'generated raw data'",
        ),
        (
            {"generated reverse statement": "The city must keep park 0."},
            "same",
            "the statement and its reversal are the same",
        ),
    ],
)
def test_read_paper_reports_traces_and_keeps_the_row(tmp_path, changes, kind, said):
    put(tmp_path, [row(0, **changes)])
    rows, findings = read(tmp_path)
    assert len(rows) == 1
    assert [(finding.kind, str(finding), finding.is_left_out) for finding in findings] == [
        (kind, f"{FILE}[0]: {said}", False)
    ]


def test_paper_files_takes_one_file_and_other_names_of_a_nation(tmp_path):
    path = put(tmp_path, [row()], nation="Japan")
    rows, findings = read(path, japan="JP")
    assert ([found.where for found in rows], findings) == ([Slice("JP", "quoted")], [])


def test_paper_files_reports_a_nation_nobody_knows(tmp_path):
    put(tmp_path, [row()])
    put(tmp_path, [row()], nation="Atlantis")
    _, findings = read(tmp_path)
    assert told(findings) == [
        (
            "Atlantis/human_statement_result.json: lies in folder 'Atlantis', which is no nation that is"
            " known here",
            True,
        )
    ]


def test_paper_files_says_what_it_looked_for(tmp_path):
    with pytest.raises(
        PaperError, match="has none of the paper's files: folders China, UK, US, french, german"
    ):
        paper_files(tmp_path, {})


_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_values | st.fixed_dictionaries(dict.fromkeys(row(), _values)), max_size=5))
def test_read_paper_gives_each_value_as_a_row_or_a_finding(tmp_path_factory, values):
    path = put(tmp_path_factory.mktemp("any"), values)
    rows, findings = read(path)
    places = [found.index for found in rows] + [found.index for found in findings if found.is_left_out]
    assert sorted(places) == list(range(len(values)))
