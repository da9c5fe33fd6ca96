"""Preference pairs for direct preference optimisation, split so that no article is on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from evaluation.services.exports.files import json_lines
from evaluation.services.gold import GoldItem

TRAIN, TEST = "train", "test"
TEST_SHARE = 0.2


def split_articles(article_keys: Iterable[str], seed: int) -> dict[str, str]:
    """Article key to ``train`` or ``test``: a fifth of the articles, drawn by ``seed``, are test.

    An article key stands for an article and all its copies. With two articles or more both sides have some.
    """
    ordered = sorted(set(article_keys), key=lambda key: blake2b(f"{seed}\0{key}".encode()).digest())
    held_out = max(1, round(TEST_SHARE * len(ordered))) if len(ordered) > 1 else 0
    return {key: TEST if place < held_out else TRAIN for place, key in enumerate(ordered)}


def preference_row(item: GoldItem) -> dict[str, list[dict[str, str]]]:
    """The question as prompt, S preferred to RS, in the conversational form preference trainers read."""
    return {
        "prompt": [{"role": "user", "content": item.question}],
        "chosen": [{"role": "assistant", "content": item.statement}],
        "rejected": [{"role": "assistant", "content": item.reversed_statement}],
    }


def preference_files(items: Sequence[GoldItem], split_of: Mapping[str, str]) -> dict[str, bytes]:
    """``dpo/train.jsonl`` and ``dpo/test.jsonl``."""
    rows: dict[str, list[dict[str, Any]]] = {TRAIN: [], TEST: []}
    for item in items:
        rows[split_of[item.article_key]].append(preference_row(item))
    return {f"dpo/{split}.jsonl": json_lines(kept) for split, kept in rows.items()}
