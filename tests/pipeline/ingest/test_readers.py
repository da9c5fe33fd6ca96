"""Readers: what each format gives, and what damage costs."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.ingest.inputs import Format, find_inputs
from pipeline.ingest.rows import BadRow, Meter, Row, UnreadableInputError


def rows_of(path: Path, form: Format = Format.AUTO, max_line: int = 10_000) -> list[Row | BadRow]:
    return [
        row for source in find_inputs([path], form) for row in source.rows(max_line=max_line, meter=Meter())
    ]


def fields_of(path: Path, form: Format = Format.AUTO) -> list[dict[str, object]]:
    return [dict(row.fields) if isinstance(row, Row) else {"bad": row.reason} for row in rows_of(path, form)]


def put(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_jsonl_gives_rows_and_says_what_is_broken(tmp_path: Path) -> None:
    lines = [
        b'\xef\xbb\xbf{"text": "one"}', b"", b"{broken", b'["list"]', b'{"text": "caf\xe9"}', b'{"x": NaN}',
        b"[" * 100_000, b'{"text": "' + b"x" * 20_000 + b'"}', b'{"text": "last"}',
    ]  # fmt: skip
    path = put(tmp_path / "a.jsonl", b"\r\n".join(lines))
    rows = rows_of(path, max_line=10_000)
    assert [(row.line, dict(row.fields)) for row in rows if isinstance(row, Row)] == [
        (1, {"text": "one"}),
        (6, {"x": None}),
        (9, {"text": "last"}),
    ]
    assert [(row.line, row.reason) for row in rows if isinstance(row, BadRow)] == [
        (3, "broken JSON: Expecting property name enclosed in double quotes at character 2"),
        (4, "not a JSON object but list"),
        (5, "not UTF-8: byte 0xe9 at 14"),
        (7, "line of 100000 bytes is longer than the 10000 allowed"),
        (8, "line of 20012 bytes is longer than the 10000 allowed"),
    ]


def test_jsonl_nested_too_deeply_is_one_bad_row(tmp_path: Path) -> None:
    path = put(tmp_path / "a.jsonl", b"[" * 9_000 + b'\n{"text": "next"}\n')
    assert fields_of(path) == [{"bad": "broken JSON: nested too deeply"}, {"text": "next"}]


def test_long_lines_are_never_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'{"text": "')
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"text": "next"}\n')
    tracemalloc.start()
    rows = rows_of(path, max_line=100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(row) for row in rows] == [BadRow, Row]
    assert peak < 5_000_000


def noisy_lines(count: int) -> list[bytes]:
    random = Random(5)
    return [b'{"text": "%d %x"}' % (number, random.getrandbits(400)) for number in range(count)]


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_cut_gzip_keeps_the_rows_before(tmp_path: Path, kept: float) -> None:
    whole = gzip.compress(b"\n".join(noisy_lines(300)))
    rows = rows_of(put(tmp_path / "a.jsonl.gz", whole[: int(len(whole) * kept)]))
    assert rows[-1] == BadRow(
        len(rows), f"the compressed data ends in the middle; nothing after line {len(rows) - 1} can be read"
    )
    assert abs(len(rows) - 300 * kept) < 15
    assert {type(row) for row in rows[:-1]} == {Row}


def test_damaged_gzip_keeps_the_rows_before(tmp_path: Path) -> None:
    members = gzip.compress(b"\n".join(noisy_lines(100)) + b"\n")
    damaged = bytearray(gzip.compress(b"\n".join(noisy_lines(100))))
    damaged[10] = 0xFF  # no such block type
    rows = rows_of(put(tmp_path / "a.jsonl.gz", members + bytes(damaged)))
    assert [type(row) for row in rows] == [Row] * 100 + [BadRow]
    assert isinstance(rows[-1], BadRow)
    assert rows[-1].line == 101
    assert rows[-1].reason.startswith("the compressed data is damaged (")


def test_gzip_members_are_read_on(tmp_path: Path) -> None:
    data = gzip.compress(b'{"text": "a"}\n') + gzip.compress(b'{"text": "b"}\n') + b"\0" * 20
    assert fields_of(put(tmp_path / "a.jsonl.gz", data)) == [{"text": "a"}, {"text": "b"}]


def test_utf_16_is_refused_by_name(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.csv", "a.txt"):
        path = put(tmp_path / name, '{"text": "a"}\n{"text": "b"}'.encode("utf-16"))
        assert fields_of(path) == [{"bad": "the file is UTF-16, not UTF-8; convert it to UTF-8"}]


def test_json_list_streams_its_objects(tmp_path: Path) -> None:
    items = [{"text": "x" * 500, "n": number} for number in range(400)]
    assert fields_of(put(tmp_path / "a.json", json.dumps(items, indent=1))) == items
    assert fields_of(put(tmp_path / "b.json", "[]")) == []


def test_json_list_keeps_what_comes_before_the_damage(tmp_path: Path) -> None:
    found = fields_of(put(tmp_path / "a.json", '[{"text": "a"}, 3, {"text": "b"}, {"te'))
    assert found[:3] == [{"text": "a"}, {"bad": "not a JSON object but int"}, {"text": "b"}]
    assert [str(row["bad"])[:11] for row in found[3:]] == ["broken JSON"]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_csv_delimiter_is_found(tmp_path: Path, mark: str) -> None:
    text = f'\ufeffid{mark}text\r\n1{mark}"a, b; c\nnext ""line"""\r\n\r\n2{mark}plain\r\n'
    rows = rows_of(put(tmp_path / "a.csv", text))
    assert rows == [Row(2, {"id": "1", "text": 'a, b; c\nnext "line"'}), Row(5, {"id": "2", "text": "plain"})]


def test_csv_bad_records_do_not_stop_the_rest(tmp_path: Path) -> None:
    lines = [
        b"id,text",
        b"1,caf\xe9",
        b"2,a,b",
        b'3,"open',
        b'4,"fine"',
        b"5," + b"x" * 20_000,
        b"6,ok",
        b'7,"never shut',
    ]
    rows = rows_of(put(tmp_path / "a.csv", b"\n".join(lines)))
    assert [(row.line, row.fields["id"]) for row in rows if isinstance(row, Row)] == [(5, "4"), (7, "6")]
    assert sorted((row.line, row.reason) for row in rows if isinstance(row, BadRow)) == [
        (2, "not UTF-8: byte 0xe9"),
        (3, "3 fields where the header has 2"),
        (4, "broken CSV: ',' expected after '\"'"),
        (6, "line of 20002 bytes is longer than the 10000 allowed"),
        (8, "broken CSV: unexpected end of data"),
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.binary(max_size=300), st.sampled_from(["a.jsonl", "a.csv", "a.json", "a.parquet", "a.arrow", "a.txt"])
)
def test_readers_never_raise_on_any_bytes(tmp_path: Path, data: bytes, name: str) -> None:
    for row in rows_of(put(tmp_path / name, data), max_line=100):
        assert row.line >= 1


def test_parquet_is_read_by_row_groups(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"id": list(range(250)), "text": [f"text {n}" for n in range(250)]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=100)
    rows = rows_of(tmp_path / "a.parquet")
    assert rows == [Row(n + 1, {"id": n, "text": f"text {n}"}) for n in range(250)]


def test_parquet_damage_costs_one_row_group(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    table = pa.table({"text": [f"text {n}" for n in range(30)]})
    pq.write_table(table, path, row_group_size=10, use_dictionary=False)
    chunk = pq.ParquetFile(path).metadata.row_group(1).column(0)
    data = bytearray(path.read_bytes())
    data[chunk.data_page_offset : chunk.data_page_offset + 12] = b"\xff" * 12
    rows = rows_of(put(path, bytes(data)))
    assert [row.line for row in rows if isinstance(row, Row)] == [*range(1, 11), *range(21, 31)]
    bad = [row for row in rows if isinstance(row, BadRow)]
    assert [(row.line, row.reason.partition(":")[0]) for row in bad] == [(11, "rows 11 to 20 cannot be read")]


def test_text_folder_gives_an_article_a_file(tmp_path: Path) -> None:
    put(tmp_path / "in" / "b" / "two.txt", "Two.")
    put(tmp_path / "in" / "one.txt", b"caf\xe9")
    put(tmp_path / "in" / ".hidden.txt", "no")
    assert rows_of(tmp_path / "in") == [
        Row(1, {"id": "b/two.txt", "title": "two", "text": "Two."}, "b/two.txt"),
        BadRow(1, "not UTF-8: byte 0xe9 at 4", "caf\ufffd", "one.txt"),
    ]


def test_dataset_folder_reads_what_its_card_names(tmp_path: Path) -> None:
    card = """---
configs:
- config_name: gb
  data_files:
  - split: train
    path: "data/*.jsonl"
- config_name: all
  data_files: {train: [data/a.jsonl, more.csv]}
---
# Card
"""
    put(tmp_path / "set" / "README.md", card)
    put(tmp_path / "set" / "data" / "a.jsonl", '{"text": "a"}')
    put(tmp_path / "set" / "data" / "b.jsonl", '{"text": "b"}')
    put(tmp_path / "set" / "more.csv", "text\nc\n")
    put(tmp_path / "set" / "unnamed.jsonl", '{"text": "d"}')
    assert fields_of(tmp_path / "set") == [{"text": "a"}, {"text": "b"}, {"text": "c"}]
    assert [source.name for source in find_inputs([tmp_path / "set"])] == [
        "set/data/a.jsonl",
        "set/data/b.jsonl",
        "set/more.csv",
    ]


@pytest.mark.parametrize(
    "pattern", ["../secret.jsonl", "/etc/passwd", "https://example.org/a.jsonl", "gone.jsonl"]
)
def test_dataset_card_cannot_reach_outside(tmp_path: Path, pattern: str) -> None:
    put(tmp_path / "secret.jsonl", '{"text": "a"}')
    put(tmp_path / "set" / "README.md", f"---\nconfigs:\n- data_files: {pattern}\n---\n")
    with pytest.raises(UnreadableInputError, match=r"outside the folder|not in the folder"):
        find_inputs([tmp_path / "set"])


def test_saved_dataset_is_read_without_cache_files(tmp_path: Path) -> None:
    import pyarrow as pa

    for split in ("train", "test"):
        folder = tmp_path / "saved" / split
        put(folder / "dataset_info.json", "{}")
        put(folder / "state.json", json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}))
        for name in ("data-00000-of-00001.arrow", "cache-1.arrow"):
            table = pa.table({"text": [f"{split} {name[:4]}"]})
            with pa.ipc.new_stream(str(folder / name), table.schema) as writer:
                writer.write_table(table)
    put(tmp_path / "saved" / "dataset_dict.json", '{"splits": ["train", "test"]}')
    assert fields_of(tmp_path / "saved") == [{"text": "test data"}, {"text": "train data"}]


def test_paths_with_nothing_readable_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableInputError, match="empty holds nothing readable"):
        find_inputs([tmp_path / "empty"])
    with pytest.raises(UnreadableInputError, match="neither name nor content"):
        find_inputs([put(tmp_path / "picture.png", b"\x89PNG")])
    with pytest.raises(FileNotFoundError, match=r"gone\.jsonl does not exist"):
        find_inputs([tmp_path / "gone.jsonl"])
