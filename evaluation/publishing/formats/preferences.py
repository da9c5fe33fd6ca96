"""Preference pairs for direct preference optimisation, as TRL and LLaMA-Factory read them."""

from __future__ import annotations

from typing import Any

from evaluation.publishing.content import Content, Files
from evaluation.publishing.files import json_document, lines, whole
from evaluation.publishing.formats.json_array import json_array
from evaluation.publishing.rows import PREFERENCE_PARTS, ReleaseRow


def files(content: Content) -> Files:
    """``dpo/<part>.jsonl`` and ``llama_factory/navab_<part>.json`` with its ``dataset_info.json``, for the
    parts that have pairs; nothing when there are none. Parts share no article, near copy or topic."""
    parts = [str(part) for part in PREFERENCE_PARTS if content.manifest.preferences.get(part)]
    for part in parts:
        yield f"dpo/{part}.jsonl", lines(trl_row(row) for row in content.preferences(part))
    for part in parts:
        rows = (llama_factory_row(row) for row in content.preferences(part))
        yield f"llama_factory/navab_{part}.json", json_array(rows)
    if parts:
        yield "llama_factory/dataset_info.json", whole(_dataset_info(parts, content.manifest.canary))


def trl_row(row: ReleaseRow) -> dict[str, Any]:
    """The question as prompt, S preferred to RS, in TRL's conversational form, then the item's own columns:
    a pair keeps its source, licence and article."""
    return {
        "prompt": [{"role": "user", "content": row.question}],
        "chosen": [{"role": "assistant", "content": row.statement}],
        "rejected": [{"role": "assistant", "content": row.reversed_statement}],
        **row.as_dict(),
    }


def llama_factory_row(row: ReleaseRow) -> dict[str, Any]:
    """The same pair in the form LLaMA-Factory calls sharegpt with ranking."""
    return {
        "conversations": [{"from": "human", "value": row.question}],
        "chosen": {"from": "gpt", "value": row.statement},
        "rejected": {"from": "gpt", "value": row.reversed_statement},
        "id": row.id,
        "canary": row.canary,
    }


def _dataset_info(parts: list[str], canary: str) -> bytes:
    columns = {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"}
    return json_document(
        {
            f"navab_{part}": {
                "file_name": f"navab_{part}.json",
                "formatting": "sharegpt",
                "ranking": True,
                "columns": columns,
                "canary": canary,
            }
            for part in parts
        }
    )
