"""Items of this release for lm-evaluation-harness, read from ../data, so that the folder can lie anywhere.

The harness breaks ties between options in favour of the first, and a model may prefer a place. So the
statement is not always first: ``load`` puts it first where the last digit of the item's id is even, and
``load_letters`` shows every item in both orders.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets

_DATA = Path(__file__).resolve().parent.parent / "data"
_COPIED = ("id", "nation", "source_type", "language", "article", "topic", "period", "question")
_ANSWER = {"de": "Antwort:", "en": "Answer:", "fr": "Réponse :", "zh": "答案："}


def load(path: str, **_: Any) -> dict[str, datasets.Dataset]:
    """Items of the slice ``path`` (``cn/quoted``): question, both statements, and which is held."""
    docs = [_doc(row, is_first=int(row["id"][-1], 16) % 2 == 0) for row in _rows(path)]
    return {"test": datasets.Dataset.from_list(docs)}


def load_letters(path: str, **_: Any) -> dict[str, datasets.Dataset]:
    """Every item of the slice twice, once in each order, as a question with options A and B."""
    docs = [_with_letters(_doc(row, is_first=is_first)) for row in _rows(path) for is_first in (True, False)]
    return {"test": datasets.Dataset.from_list(docs)}


def _rows(path: str) -> Iterator[dict[str, Any]]:
    with (_DATA / f"{path}.jsonl").open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _doc(row: dict[str, Any], *, is_first: bool) -> dict[str, Any]:
    choices = [row["statement"], row["reversed_statement"]]
    if not is_first:
        choices.reverse()
    return {**{name: row[name] for name in _COPIED}, "choices": choices, "target": 0 if is_first else 1}


def _with_letters(doc: dict[str, Any]) -> dict[str, Any]:
    first, second = doc["choices"]
    answer = _ANSWER.get(doc["language"], _ANSWER["en"])
    prompt = f"{doc['question']}\nA. {first}\nB. {second}\n{answer}"
    return {**doc, "prompt": prompt, "choices": ["A", "B"]}
