"""Items of this release for Inspect, read from ../data: every item in both orders, never shuffled.

``inspect eval navab.py@navab -T nation=cn -T source_type=quoted``, or a task of one nation: ``@navab_cn``. An
answer without a letter counts as wrong. The standard error is clustered by article; ``both_orders`` is the
share of items whose statement is chosen in both orders.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Metric, SampleScore, accuracy, choice, metric, stderr, value_to_float
from inspect_ai.solver import multiple_choice

_DATA = Path(__file__).resolve().parent.parent / "data"
_COPIED = ("nation", "source_type", "language", "article", "topic", "period", "is_contested", "canary")


@task
def navab(nation: str = "all", source_type: str = "all") -> Task:
    """Items of a nation (``cn``) and a type (``quoted``, ``official``); ``all`` leaves either open."""
    paths = sorted(
        path
        for path in _DATA.glob("*/*.jsonl")
        if nation in ("all", path.parent.name) and source_type in ("all", path.stem)
    )
    if not paths:
        raise ValueError(f"this release has no items of nation {nation!r} and type {source_type!r}")
    samples = [sample for path in paths for row in _rows(path) for sample in _samples(row)]
    return Task(
        dataset=MemoryDataset(samples, name=f"navab_{nation}_{source_type}"),
        solver=multiple_choice(),
        scorer=choice(),
        metrics=[accuracy(), stderr(cluster="article"), both_orders()],
    )


@metric
def both_orders() -> Metric:
    """Share of items whose statement is chosen whichever place it has."""
    as_number = value_to_float()

    def measure(scores: list[SampleScore]) -> float:
        items: dict[str, float] = {}
        for found in scores:
            item = (found.sample_metadata or {})["item"]
            items[item] = min(items.get(item, 1.0), as_number(found.score.value))
        return sum(items.values()) / len(items) if items else 0.0

    return measure


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _samples(row: dict[str, Any]) -> Iterator[Sample]:
    metadata = {"item": row["id"], **{name: row[name] for name in _COPIED}}
    choices = [row["statement"], row["reversed_statement"]]
    for target, shown in (("A", choices), ("B", choices[::-1])):
        yield Sample(
            id=f"{row['id']}-{target}", input=row["question"], choices=shown, target=target, metadata=metadata
        )
