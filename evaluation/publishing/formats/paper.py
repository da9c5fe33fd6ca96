"""The NaVAB paper's own JSON files: its folders and field names (arXiv 2504.12911, published data)."""

from __future__ import annotations

from typing import Any

from evaluation.publishing.content import Content, Files
from evaluation.publishing.formats.json_array import json_array
from evaluation.publishing.rows import ReleaseRow
from pipeline.records import Disclosure, SourceType

FOLDERS: dict[str, str] = {"CN": "China", "DE": "german", "FR": "french", "GB": "UK", "US": "US"}
FILES: dict[str, str] = {
    str(SourceType.QUOTED): "human_statement_result.json",
    str(SourceType.OFFICIAL): "official_statement_result.json",
}


def files(content: Content) -> Files:
    """``paper/<folder>/<file>`` of every slice that has items; without items there is no file, for an empty
    list could not carry the canary string."""
    names = content.manifest.nation_names
    for where in content.slices():
        folder = paper_folder(where.nation, names.get(where.nation, ""))
        rows = (paper_row(row) for row in content.rows(where))
        yield f"paper/{folder}/{FILES[where.source_type]}", json_array(rows)


def paper_folder(nation: str, name: str) -> str:
    """The paper's folder; for a nation it did not have, the readable name, or the code where that is no
    plain name of a folder or taken."""
    if nation in FOLDERS:
        return FOLDERS[nation]
    plain = name.strip()
    is_plain = bool(plain) and all(letter.isalpha() or letter in " -'" for letter in plain)
    taken = {folder.casefold() for folder in FOLDERS.values()}
    return plain if is_plain and plain.casefold() not in taken else nation


def paper_row(row: ReleaseRow) -> dict[str, Any]:
    """An item under the published field names, and the canary string.

    ``raw_news`` is what the source's licence policy lets out: the whole article, the words the statement
    rests on, or address and digest of the document. ``filter_flag`` is true: every item passed the screening.
    ``source`` is who holds the statement, ``full_source`` where it was read.
    """
    where = ", ".join(part for part in (row.outlet, row.published, row.url) if part)
    texts = {"Q": row.question, "S": row.statement, "RS": row.reversed_statement}
    return {
        "raw_news": _raw_news(row),
        "statement": row.statement,
        "filter_flag": True,
        "full_source": where,
        "source": row.speaker or row.outlet,
        "generated Q": row.question,
        "generated reverse statement": row.reversed_statement,
        "generated raw data": "\n".join(f"{name}: {text}" for name, text in texts.items()),
        "canary": row.canary,
    }


def _raw_news(row: ReleaseRow) -> str:
    if row.disclosure == Disclosure.FULL_TEXT:
        return row.text
    if row.disclosure == Disclosure.SPAN:
        return row.evidence
    return " ".join(part for part in (row.url, f"document {row.document_digest}") if part)
