"""What a path on the command line is: the files behind it, their format, the digest of their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.ingest.folders import data_files, text_files
from pipeline.ingest.readers.columns import read_arrow, read_parquet
from pipeline.ingest.readers.jsons import is_json_list, read_json_list, read_jsonl
from pipeline.ingest.readers.lines import DamagedError, open_bytes
from pipeline.ingest.readers.tables import read_csv
from pipeline.ingest.readers.texts import read_texts
from pipeline.ingest.rows import BadRow, Meter, Row, UnreadableInputError


class Format(StrEnum):
    """How a source is written; ``AUTO`` finds out."""

    AUTO = "auto"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"
    HF = "hf"
    TEXT = "text"


_SUFFIXES = {
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSONL,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".parquet": Format.PARQUET,
    ".arrow": Format.ARROW,
    ".feather": Format.ARROW,
    ".txt": Format.TEXT,
}
_READERS = {Format.CSV: read_csv, Format.PARQUET: read_parquet, Format.ARROW: read_arrow}


@dataclass(frozen=True, slots=True)
class Input:
    """One source: its name (never a full path), its format and its ``(name, path)`` files."""

    name: str
    format: Format
    files: tuple[tuple[str, Path], ...]

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for _, path in self.files)

    def digest(self) -> str:
        """SHA-256 (hex) of the content; of names and contents for a folder of texts."""
        if self.format is not Format.TEXT:
            return _sha256(self.files[0][1])
        whole = hashlib.sha256()
        for name, path in self.files:
            whole.update(f"{name}\0{_sha256(path)}\n".encode("utf-8", "surrogateescape"))
        return whole.hexdigest()

    def rows(self, *, max_line: int, meter: Meter) -> Iterator[Row | BadRow]:
        """The rows, streamed; problems of the content are bad rows, never exceptions."""
        if self.format is Format.TEXT:
            return read_texts(self.files, max_line=max_line, meter=meter)
        path = self.files[0][1]
        if self.format is not Format.JSONL:
            return _READERS[self.format](path, max_line=max_line, meter=meter)
        one_a_line = {".jsonl", ".ndjson"} & {suffix.lower() for suffix in path.suffixes}
        if one_a_line or not is_json_list(path):
            return read_jsonl(path, max_line=max_line, meter=meter)
        return read_json_list(path, max_line=max_line, meter=meter)


def find_inputs(paths: Sequence[Path], form: Format = Format.AUTO) -> list[Input]:
    """The sources behind ``paths``, in order, each file once.

    Raises :class:`FileNotFoundError` naming a missing path, :class:`UnreadableInputError` for one that holds
    nothing readable; both before any row is read.
    """
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist")
    found: dict[tuple[Path, ...], Input] = {}
    for path in paths:
        for source in _folder(path, form) if path.is_dir() else [_file(path, path.name, form)]:
            _check_access(source)
            found.setdefault(tuple(file.absolute() for _, file in source.files), source)
    return list(found.values())


def _folder(path: Path, form: Format) -> list[Input]:
    name = path.name or path.resolve().name
    tables = [] if form is Format.TEXT else data_files(path)
    if tables:
        inner = Format.AUTO if form is Format.HF else form
        return [_file(file, f"{name}/{file.relative_to(path).as_posix()}", inner) for file in tables]
    texts = [] if form not in (Format.AUTO, Format.TEXT) else text_files(path)
    if texts:
        files = tuple((file.relative_to(path).as_posix(), file) for file in texts)
        return [Input(name, Format.TEXT, files)]
    wanted = "*.txt files" if form is Format.TEXT else "data files (jsonl, json, csv, parquet, arrow)"
    also = " or *.txt files" if form is Format.AUTO else ""
    raise UnreadableInputError(f"folder {path} holds nothing readable: no {wanted}{also}")


def _file(path: Path, name: str, form: Format) -> Input:
    if form is Format.HF:
        raise UnreadableInputError(f"{path} is a file; the format hf needs a dataset's folder")
    if form is Format.AUTO:
        form = _format_of(path)
    return Input(name, form, ((path.name, path),))


def _format_of(path: Path) -> Format:
    """By content where that is certain, else by suffix, else by the first character."""
    try:
        with path.open("rb") as file:
            start = file.read(6)
    except OSError as error:
        raise UnreadableInputError(f"{path} cannot be read: {error.strerror}") from None
    if start.startswith(b"PAR1"):
        return Format.PARQUET
    if start == b"ARROW1":
        return Format.ARROW
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in (".gz", ".gzip"):
        suffixes.pop()
    if suffixes and suffixes[-1] in _SUFFIXES:
        return _SUFFIXES[suffixes[-1]]
    try:
        with open_bytes(path, Meter()) as file:
            first = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    except DamagedError:
        first = b""
    if first in (b"{", b"["):
        return Format.JSONL
    raise UnreadableInputError(
        f"{path}: neither name nor content tell the format; give --format jsonl, csv, parquet or text"
    )


def _check_access(source: Input) -> None:
    for _, path in source.files:
        try:
            path.open("rb").close()
        except OSError as error:
            raise UnreadableInputError(f"{path} cannot be read: {error.strerror}") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
