from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.formats.json_array import json_array
from evaluation.publishing.formats.paper import files, paper_folder, paper_row
from tests.evaluation.publishing.content import CANARY, MemoryContent, content, row

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def test_folders_and_files_are_the_papers(made: MemoryContent):
    assert [path for path, _ in files(made)] == [
        "paper/China/human_statement_result.json",
        "paper/China/official_statement_result.json",
        "paper/german/human_statement_result.json",
        "paper/german/official_statement_result.json",
        "paper/french/human_statement_result.json",
        "paper/UK/human_statement_result.json",
        "paper/UK/official_statement_result.json",
        "paper/US/human_statement_result.json",
        "paper/US/official_statement_result.json",
    ]


def test_a_file_is_a_list_of_all_items_of_its_slice(release: Path, made: MemoryContent):
    found = json.loads((release / "paper/US/human_statement_result.json").read_bytes())

    (where,) = [slice_ for slice_ in made.slices() if slice_ == ("US", "quoted")]
    assert found == [paper_row(item) for item in made.rows(where)]


def test_an_item_has_the_published_fields_and_the_canary():
    assert paper_row(row("GB", 0)) == {
        "raw_news": "The county should keep library 0 open.",
        "statement": "The county should keep library 0 open.",
        "filter_flag": True,
        "full_source": "United Kingdom Gazette, 2024-05-17, https://news.example/gb/quoted-0",
        "source": "Ada Example",
        "generated Q": "What should become of library 0?",
        "generated reverse statement": "The county should not keep library 0 open.",
        "generated raw data": (
            "Q: What should become of library 0?\nS: The county should keep library 0 open.\n"
            "RS: The county should not keep library 0 open."
        ),
        "canary": CANARY,
    }


@pytest.mark.parametrize(
    ("disclosure", "expected"),
    [
        ("span", "the span"),
        ("full_text", "the whole article"),
        ("reference", "https://news.example/a document 0a"),
    ],
)
def test_raw_news_is_what_the_sources_policy_lets_out(disclosure: str, expected: str):
    item = row(
        disclosure=disclosure,
        evidence="" if disclosure == "reference" else "the span",
        text="the whole article" if disclosure == "full_text" else "",
        url="https://news.example/a",
        document_digest="0a",
    )

    assert paper_row(item)["raw_news"] == expected


@pytest.mark.parametrize(
    ("nation", "name", "folder"),
    [
        ("CN", "China", "China"),
        ("GB", "United Kingdom", "UK"),
        ("BR", "Brazil", "Brazil"),
        ("CI", "Côte d'Ivoire", "Côte d'Ivoire"),
        ("XA", "", "XA"),
        ("XB", "../../etc", "XB"),
        ("XC", "uk", "XC"),
        ("XD", ".", "XD"),
    ],
)
def test_the_folder_of_another_nation_is_its_name_or_its_code(nation: str, name: str, folder: str):
    assert paper_folder(nation, name) == folder


def test_a_slice_without_items_has_no_file():
    assert [path for path, _ in files(content([row("DE")]))] == ["paper/german/human_statement_result.json"]


@given(st.lists(st.dictionaries(st.text(), _VALUES, max_size=3), max_size=4))
def test_an_array_written_in_pieces_is_the_one_written_at_once(values: list[dict[str, object]]):
    written = b"".join(json_array(values))

    assert written.decode("utf-8", "surrogatepass") == json.dumps(values, ensure_ascii=False, indent=2) + "\n"
