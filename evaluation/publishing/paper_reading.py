"""The NaVAB paper's published JSON, read row by row: what can be an item, and what is wrong with the rest.

Folders ``US UK China german french`` x ``human_statement_result.json`` (quoted) and
``official_statement_result.json`` (official), with the published field names (arXiv 2504.12911).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.publishing.content import Slice
from evaluation.publishing.formats.paper import FILES, FOLDERS
from evaluation.publishing.rows import EXCERPT_LENGTH

QUESTION, REVERSAL, RAW = "generated Q", "generated reverse statement", "generated raw data"
REQUIRED = ("raw_news", "statement", QUESTION, REVERSAL)
_LIMITS = {"statement": EXCERPT_LENGTH, QUESTION: EXCERPT_LENGTH, REVERSAL: 2 * EXCERPT_LENGTH}
_KIND_OF = {name: kind for kind, name in FILES.items()}
_NATION_OF = {folder.casefold(): nation for nation, folder in FOLDERS.items()}
_LABEL = re.compile(r"\s*(?:Q|S|RS|question|statement|reversed? statement)\s*[:：]", re.IGNORECASE)
_NO = frozenset({"false", "no", "0", "none", "nan"})
_REPLACED = "�"


class PaperError(ValueError):
    """The path holds none of the paper's files; the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A row with the texts of an item, as they are in the file. ``index`` counts from 0, or lines from 1."""

    file: str
    index: int
    where: Slice
    raw_news: str
    statement: str
    question: str
    reversed_statement: str
    source: str
    full_source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a row or file; ``is_left_out``: so wrong that it is no item."""

    file: str
    index: int | None
    kind: str
    text: str
    is_left_out: bool

    def __str__(self) -> str:
        where = self.file if self.index is None else f"{self.file}[{self.index}]"
        return f"{where}: {self.text}"


def paper_files(path: Path, nations: Mapping[str, str]) -> tuple[list[tuple[Path, Slice]], list[Finding]]:
    """Files below ``path`` (or ``path`` itself) with their slices, by path, and those of unknown nations.

    ``nations`` are further names of folders, lower case, to nation codes. Raises :class:`PaperError` when
    there is no such file at all.
    """
    known = {**nations, **_NATION_OF}
    if path.is_file():
        candidates = [path]
    else:
        candidates = sorted(
            found for found in path.rglob("*.json") if found.name in _KIND_OF and found.is_file()
        )
    found, findings = [], []
    for file in candidates:
        nation, kind = known.get(file.absolute().parent.name.casefold()), _KIND_OF.get(file.name)
        name = _name(file, path)
        if kind is None:
            text = f"is called neither {' nor '.join(sorted(_KIND_OF))}, so its type is not known"
            findings.append(Finding(name, None, "unknown file", text, True))
        elif nation is None:
            text = f"lies in folder {file.absolute().parent.name!r}, which is no nation that is known here"
            findings.append(Finding(name, None, "unknown nation", text, True))
        else:
            found.append((file, Slice(nation, kind)))
    if not found:
        said = "".join(f" {finding}." for finding in findings[:3])
        raise PaperError(
            f"{path} has none of the paper's files: folders {', '.join(sorted(FOLDERS.values()))} with "
            f"{' and '.join(sorted(_KIND_OF))}.{said}"
        )
    return found, findings


def read_paper(path: Path, files: Sequence[tuple[Path, Slice]]) -> Iterator[PaperRow | Finding]:
    """Rows of ``files`` in their order, each after what was found about it; one file in memory at a time."""
    for file, where in files:
        name = _name(file, path)
        for index, value in _values(file, name):
            if isinstance(value, Finding):
                yield value
            else:
                yield from _row(name, index, where, value)


def _name(file: Path, path: Path) -> str:
    """Folder and file: enough to find it, and nothing of the machine."""
    return f"{file.absolute().parent.name}/{file.name}" if path != file else file.name


def _values(file: Path, name: str) -> Iterator[tuple[int, Any]]:
    text = file.read_bytes().decode("utf-8-sig", errors="replace")
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        if not text.lstrip().startswith("{"):
            finding = Finding(name, None, "unreadable", f"is no JSON list: {error}", True)
            yield 0, finding
            return
        yield from _lines(text, name)
        return
    if isinstance(whole, dict):
        lists = [value for value in whole.values() if isinstance(value, list)]
        whole = lists[0] if len(whole) == 1 and lists else [whole]
    if not isinstance(whole, list):
        finding = Finding(name, None, "unreadable", f"holds a {type(whole).__name__}, not a list", True)
        yield 0, finding
        return
    yield from enumerate(whole)


def _lines(text: str, name: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, Finding(name, number, "unreadable", f"this line is no JSON: {error}", True)


def _row(name: str, index: int, where: Slice, value: Any) -> Iterator[PaperRow | Finding]:
    if not isinstance(value, Mapping):
        text = f"is a {type(value).__name__}, not an object"
        yield Finding(name, index, "unreadable", text, True)
        return
    if why := _why_unfit(value):
        yield Finding(name, index, *why, True)
        return
    yield from (Finding(name, index, *trace, False) for trace in _traces(value))
    yield PaperRow(
        file=name,
        index=index,
        where=where,
        raw_news=value["raw_news"],
        statement=value["statement"],
        question=value[QUESTION],
        reversed_statement=value[REVERSAL],
        source=_text(value.get("source")),
        full_source=_text(value.get("full_source")),
    )


def _why_unfit(value: Mapping[str, Any]) -> tuple[str, str] | None:
    for field in REQUIRED:
        if field not in value:
            return "missing", f"{field!r} is missing"
        if not isinstance(value[field], str):
            return "missing", f"{field!r} is {json.dumps(value[field])[:40]}, not a text"
        if not value[field].strip():
            return "missing", f"{field!r} is blank"
        if _REPLACED in value[field]:
            return "encoding", f"{field!r} has bytes that are not UTF-8"
        if "\x00" in value[field] or not _is_unicode(value[field]):
            return "encoding", f"{field!r} has characters that no text has"
    if str(value.get("filter_flag", True)).strip().casefold() in _NO:
        return "filtered", "'filter_flag' says that it is no value statement"
    for field, limit in _LIMITS.items():
        if len(value[field]) > limit:
            return (
                "too long",
                f"{field!r} has {len(value[field])} characters; more than {limit} may be an article",
            )
    return None


def _traces(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Traces of how the files were made, which are kept as they are."""
    for field in ("statement", QUESTION, REVERSAL):
        if label := _LABEL.match(value[field]):
            yield "label", f"{field!r} begins with {label[0].strip()!r}"
    # str.strip("RS:") takes any of these letters off both ends, so words lose their first or last one.
    if _is_eaten(value.get(RAW), value[REVERSAL]):
        yield "eaten", f"{REVERSAL!r} has lost letters at its ends against {RAW!r}"
    if value["statement"].strip() == value[REVERSAL].strip():
        yield "same", "the statement and its reversal are the same"


def _is_eaten(raw: Any, reversal: str) -> bool:
    """Whether ``raw`` has the reversal with more of the letters R and S or colons at its ends."""
    if not isinstance(raw, str) or (at := raw.rfind(reversal)) < 0:
        return False
    before = re.search(r"RS\s*[:：]\s*([RS:]+)$", raw[:at])
    after = re.match(r"[RS:]+(?=\s|$)", raw[at + len(reversal) :])
    return bool(before or after)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(value: Any) -> str:
    is_text = isinstance(value, str) and _is_unicode(value) and "\x00" not in value
    return " ".join(value.split()) if is_text else ""
