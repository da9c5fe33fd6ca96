"""The NaVAB paper's own JSON files: its folders and field names (arXiv 2504.12911, published data)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.services.exports.files import json_document
from evaluation.services.gold import GoldItem
from pipeline.records import SourceType

FOLDERS: dict[str, str] = {"CN": "China", "DE": "german", "FR": "french", "GB": "UK", "US": "US"}
FILES: dict[SourceType, str] = {
    SourceType.QUOTED: "human_statement_result.json",
    SourceType.OFFICIAL: "official_statement_result.json",
}


def paper_row(item: GoldItem) -> dict[str, Any]:
    """An item under the published field names.

    ``raw_news`` is the short evidence span, never the whole article. ``filter_flag`` is true: every item
    passed the screening. ``source`` is who holds the statement, ``full_source`` where it was read.
    """
    where = ", ".join(part for part in (item.outlet, item.published, item.url) if part)
    texts = {"Q": item.question, "S": item.statement, "RS": item.reversed_statement}
    return {
        "raw_news": item.evidence,
        "statement": item.statement,
        "filter_flag": True,
        "full_source": where,
        "source": item.speaker or item.outlet,
        "generated Q": item.question,
        "generated reverse statement": item.reversed_statement,
        "generated raw data": "\n".join(f"{name}: {text}" for name, text in texts.items()),
    }


def paper_files(items: Sequence[GoldItem], names: Mapping[str, str]) -> dict[str, bytes]:
    """Both files of every nation in the release; a slice without items is an empty list.

    ``names`` gives the readable name of a nation the paper did not have.
    """
    files = {}
    for nation in sorted({item.nation for item in items}):
        folder = FOLDERS.get(nation, names[nation].replace("/", "-"))
        for source_type, file in FILES.items():
            rows = [
                paper_row(item) for item in items if (item.nation, item.source_type) == (nation, source_type)
            ]
            files[f"paper/{folder}/{file}"] = json_document(rows)
    return files
