"""The Hugging Face layout: one configuration per nation, splits quoted and official."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.services.exports.files import json_lines
from evaluation.services.gold import RELEASED_TYPES, GoldItem
from pipeline.records import TripleValidity

ALL = "all"
_TEXT_COLUMNS = (
    ("id", "key"),
    ("nation", "nation"),
    ("language", "language"),
    ("source_type", "source_type"),
    ("question", "question"),
    ("statement", "statement"),
    ("reversed_statement", "reversed_statement"),
    ("evidence", "evidence"),
    ("outlet", "outlet"),
    ("url", "url"),
    ("published", "published"),
    ("document_digest", "document_digest"),
    ("licence", "licence"),
    ("speaker", "speaker"),
    ("topic", "topic"),
    ("article", "article_key"),
    ("decided_by", "decided_by"),
)


def dataset_row(item: GoldItem, names: Mapping[str, str], preference_split: str) -> dict[str, Any]:
    """An item as a row. Every column is always there; what is not known is an empty text, never null."""
    row: dict[str, Any] = {column: str(getattr(item, field)) for column, field in _TEXT_COLUMNS}
    row["preference_split"] = preference_split
    counts = Counter(item.votes.values())
    row["votes"] = {str(label): counts[label] for label in TripleValidity}
    row["annotators"] = sorted((names[name] for name in item.votes), key=_number)
    return row


def dataset_files(
    items: Sequence[GoldItem], names: Mapping[str, str], split_of: Mapping[str, str]
) -> dict[str, bytes]:
    """``data/<nation>/<type>.jsonl`` for every slice that has items; ``split_of`` is by article key."""
    slices: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in items:
        slices[slice_path(item.nation, item.source_type)].append(
            dataset_row(item, names, split_of[item.article_key])
        )
    return {path: json_lines(rows) for path, rows in slices.items()}


def slice_path(nation: str, source_type: str) -> str:
    """Where a slice lies inside the folder; small letters, as the configuration's name."""
    return f"data/{nation.lower()}/{source_type}.jsonl"


def front_matter(items: Sequence[GoldItem]) -> dict[str, Any]:
    """``configs`` and ``dataset_info`` of the card: what the datasets library needs to load the folder.

    A slice without items has no file, so its split is not declared. Features are declared because a column
    such as ``annotators`` may be empty in one slice and not in another.
    """
    present = {(item.nation, item.source_type) for item in items}
    nations = sorted({nation for nation, _ in present})
    configs = [
        _config(nation.lower(), {kind: slice_path(nation, kind) for kind in _types(present, nation)})
        for nation in nations
    ]
    everywhere = [kind for kind in RELEASED_TYPES if any(kind == found for _, found in present)]
    configs.append(_config(ALL, {str(kind): f"data/*/{kind}.jsonl" for kind in everywhere}))
    info = [{"config_name": config["config_name"], "features": _features()} for config in configs]
    return {"configs": configs, "dataset_info": info}


def _types(present: set[tuple[str, str]], nation: str) -> list[str]:
    return [str(kind) for kind in RELEASED_TYPES if (nation, kind) in present]


def _config(name: str, paths: Mapping[str, str]) -> dict[str, Any]:
    files = [{"split": split, "path": path} for split, path in paths.items()]
    return {"config_name": name, "data_files": files}


def _features() -> list[dict[str, Any]]:
    texts = [column for column, _ in _TEXT_COLUMNS]
    votes = [{"name": str(label), "dtype": "int64"} for label in TripleValidity]
    return [
        *({"name": column, "dtype": "string"} for column in (*texts, "preference_split")),
        {"name": "votes", "struct": votes},
        {"name": "annotators", "list": "string"},
    ]


def _number(pseudonym: str) -> int:
    return int(pseudonym.rpartition("-")[2])
