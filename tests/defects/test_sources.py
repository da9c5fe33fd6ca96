"""Every kind of file, nation and outlet is read by one command and goes through every stage.

The defect: each source has code of its own, and the code of some of them cannot run at all.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from annotation.models import Document, Nation, Outlet, RejectedRow, Run, Source, Statement
from pipeline.ingest.inputs import Format
from pipeline.records import OutletKind

# Two articles a language, and what must come of them.
ARTICLES = {
    "en": (
        "The bridge opened on Monday. Every government must respect human rights and justice.",
        "The library of the town was painted green last week, and the mayor held a short speech there.",
    ),
    "fr": (
        "Le pont a ouvert lundi. Tout gouvernement doit respecter l'égalité et la justice.",
        "La bibliothèque de la ville a été repeinte en vert, et le maire y a tenu un petit discours.",
    ),
    "de": (
        "Die Brücke öffnete am Montag. Jeder Staat muss die Menschenwürde und die Freiheit achten.",
        "Die Bücherei der Stadt wurde letzte Woche grün gestrichen, und der Bürgermeister sprach kurz.",
    ),
    "zh": (
        "大桥星期一通车。各国政府必须维护社会公平正义和人权。",
        "市图书馆上周被漆成了绿色，市长在那里作了简短的讲话，许多居民都来了。",
    ),
}


@pytest.fixture
def nations() -> list[Nation]:
    """Those every installation begins with, and one more, which is a row."""
    Nation.objects.create(code="SN", name="Senegal", languages=["fr"], script="Latn")
    return list(Nation.objects.order_by("code"))


def rows_for(nations: Iterable[Nation]) -> list[dict[str, str]]:
    """Two articles of each nation, no two of them alike."""
    return [
        {"nation": nation.name, "outlet": f"The {nation.code} Daily", "text": f"{text} {nation.code}."}
        for nation in nations
        for text in ARTICLES[nation.main_language]
    ]


def command(name: str, *arguments: str, **options: Any) -> Any:
    out = StringIO()
    call_command(name, *arguments, json=True, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue().splitlines()[-1])


# Every kind of file


def lines(rows: list[dict[str, str]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def table(rows: list[dict[str, str]], delimiter: str) -> bytes:
    cells = [list(rows[0]), *(list(row.values()) for row in rows)]
    return "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in cells).encode()


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def parquet(path: Path, rows: list[dict[str, str]]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def arrow(path: Path, rows: list[dict[str, str]], *, stream: bool = False) -> Path:
    import pyarrow as pa

    made = pa.Table.from_pylist(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(str(path), made.schema) as writer:
        writer.write_table(made)
    return path


def dataset(folder: Path, rows: list[dict[str, str]]) -> Path:
    put(folder / "README.md", b"---\nconfigs:\n- config_name: all\n  data_files: data/*.jsonl\n---\n")
    put(folder / "data" / "train.jsonl", lines(rows))
    return folder


def saved_dataset(folder: Path, rows: list[dict[str, str]]) -> Path:
    put(folder / "state.json", json.dumps({"_data_files": [{"filename": "data-0.arrow"}]}).encode())
    arrow(folder / "data-0.arrow", rows, stream=True)
    return folder


Writer = Callable[[Path, list[dict[str, str]]], Path]
FILES: dict[str, tuple[Format, Writer]] = {
    "lines": (Format.JSONL, lambda path, rows: put(path / "a.jsonl", lines(rows))),
    "lines of another name": (Format.JSONL, lambda path, rows: put(path / "a.ndjson", lines(rows))),
    "lines, packed": (Format.JSONL, lambda path, rows: put(path / "a.jsonl.gz", gzip.compress(lines(rows)))),
    "lines without a suffix": (Format.JSONL, lambda path, rows: put(path / "articles", lines(rows))),
    "one list": (Format.JSONL, lambda path, rows: put(path / "a.json", json.dumps(rows).encode())),
    "commas": (Format.CSV, lambda path, rows: put(path / "a.csv", table(rows, ","))),
    "tabs": (Format.CSV, lambda path, rows: put(path / "a.tsv", table(rows, "\t"))),
    "commas, packed": (
        Format.CSV,
        lambda path, rows: put(path / "a.csv.gz", gzip.compress(table(rows, ";"))),
    ),
    "parquet": (Format.PARQUET, lambda path, rows: parquet(path / "a.parquet", rows)),
    "arrow": (Format.ARROW, lambda path, rows: arrow(path / "a.arrow", rows)),
    "arrow stream": (Format.ARROW, lambda path, rows: arrow(path / "b.arrow", rows, stream=True)),
    "feather": (Format.ARROW, lambda path, rows: arrow(path / "a.feather", rows)),
    "dataset with a card": (Format.HF, lambda path, rows: dataset(path / "set", rows)),
    "dataset saved to disk": (Format.HF, lambda path, rows: saved_dataset(path / "saved", rows)),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(FILES))
@pytest.mark.parametrize("is_named", [False, True], ids=["format found out", "format given"])
def test_every_kind_of_file_is_read_for_every_nation(
    kind: str, is_named: bool, nations: list[Nation], tmp_path: Path
) -> None:
    form, write = FILES[kind]
    rows = rows_for(nations)

    summary = command("ingest", str(write(tmp_path, rows)), **({"format": form.value} if is_named else {}))

    assert (summary["read"], summary["accepted"], summary["rejected"]) == (len(rows), len(rows), 0)
    found = Counter(Document.objects.values_list("nation", "language"))
    assert found == {(nation.code, nation.main_language): 2 for nation in nations}
    assert set(Document.objects.values_list("text", flat=True)) == {row["text"] for row in rows}


@pytest.mark.django_db
@pytest.mark.parametrize("is_folder", [True, False], ids=["folder", "single files"])
def test_plain_texts_are_read_for_every_nation(
    is_folder: bool, nations: list[Nation], tmp_path: Path
) -> None:
    for nation in nations:
        files = [
            put(tmp_path / nation.code / f"{number}.txt", f"{text} {nation.code}.".encode())
            for number, text in enumerate(ARTICLES[nation.main_language])
        ]
        paths = [files[0].parent] if is_folder else files
        assert command("ingest", *map(str, paths), nation=nation.code)["accepted"] == 2

    found = Counter(Document.objects.values_list("nation", "language"))
    assert found == {(nation.code, nation.main_language): 2 for nation in nations}


def test_no_format_is_left_out_above() -> None:
    assert {form for form, _ in FILES.values()} | {Format.TEXT, Format.AUTO} == set(Format)


# Every nation and every kind of outlet, in every stage


@pytest.mark.django_db
def test_every_nation_goes_through_every_stage(nations: list[Nation], tmp_path: Path) -> None:
    command("ingest", str(put(tmp_path / "all.jsonl", lines(rows_for(nations)))))

    reports = command("run_pipeline", engine="rules")

    assert {report["nation"] for report in reports} == {nation.code for nation in nations}
    assert [report for report in reports if report["counts"].get("failed")] == []
    assert set(Run.objects.values_list("status", flat=True)) == {"finished"}
    done = set(Run.objects.exclude(stage="ingest").values_list("nation", "stage"))
    stages = {"topics", "statements", "screening", "attribution", "conflicts", "triples"}
    assert {(nation.code, stage) for nation in nations for stage in stages} == done
    said = Counter(Statement.objects.values_list("nation", "language"))
    assert said == {(nation.code, nation.main_language): 1 for nation in nations}


@pytest.mark.django_db
def test_every_kind_of_outlet_is_read_and_attributed(nations: list[Nation], tmp_path: Path) -> None:
    rows = [
        {
            **row,
            "outlet": f"{kind} {nation.code}",
            "outlet_kind": kind,
            "text": f"{row['text']} {kind.title()}.",
        }
        for nation in nations
        for kind in OutletKind
        for row in rows_for([nation])[:1]
    ]
    assert command("ingest", str(put(tmp_path / "all.jsonl", lines(rows))))["rejected"] == 0

    reports = command("run_pipeline", engine="rules")

    kinds = Counter(Outlet.objects.values_list("nation", "kind"))
    assert kinds == {(nation.code, kind): 1 for nation in nations for kind in OutletKind}
    assert [report for report in reports if report["counts"].get("failed")] == []


@pytest.mark.django_db
def test_record_of_what_was_read_holds_no_path_of_the_machine(nations: list[Nation], tmp_path: Path) -> None:
    broken = b'{"text": "no nation"}\n{broken\n'
    command("ingest", str(put(tmp_path / "deep" / "in" / "a.jsonl", lines(rows_for(nations)) + broken)))
    command("ingest", str(put(tmp_path / "texts" / "b.txt", b"\xff").parent), nation="GB")

    told = [str(list(model.objects.values())) for model in (Source, Document, RejectedRow, Run)]

    assert RejectedRow.objects.count() == 3
    assert [rows for rows in told if str(tmp_path) in rows] == []
