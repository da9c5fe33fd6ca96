"""Croissant's fields of responsible AI: how the items were collected and judged, and what they are for.

Specification: http://mlcommons.org/croissant/RAI/1.0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from evaluation.publishing.formats.figures import counted
from evaluation.publishing.formats.making import Making
from evaluation.publishing.formats.prose import (
    INTENDED_USE,
    NEGATION_BIAS,
    collection,
    limits,
    personal,
    validity,
)
from pipeline.records import TripleValidity


def responsible_ai(making: Making, *, votes: Counter[int], dates: Sequence[str]) -> dict[str, Any]:
    """Fields by name. ``votes`` is number of votes to number of items, ``dates`` are those of articles,
    sorted; a month or year counts as its first day."""
    frame = [
        f"{date}-01-01"[:10] if len(date) == 4 else f"{date}-01"[:10] for date in (*dates[:1], *dates[-1:])
    ]
    engines = [f"{row['engine']} {row['version']} ({row['stage']})" for row in making.engines()]
    return {
        "rai:dataCollection": collection(making),
        "rai:dataCollectionType": _collection_types(making),
        **({"rai:dataCollectionTimeframe": frame} if frame else {}),
        **_annotation(making, votes),
        **({"rai:machineAnnotationTools": engines} if engines else {}),
        "rai:dataBiases": NEGATION_BIAS,
        "rai:dataLimitations": limits(making),
        "rai:dataUseCases": list(INTENDED_USE),
        "rai:personalSensitiveInformation": personal(making),
    }


def _annotation(making: Making, votes: Counter[int]) -> dict[str, Any]:
    """How people judged the items; only where they did."""
    if making.imported_from:
        return {"rai:dataAnnotationProtocol": validity(making)}
    labels = ", ".join(map(str, TripleValidity))
    per_item = ", ".join(
        f"{counted(number, 'vote')}: {counted(votes[number], 'item')}" for number in sorted(votes)
    )
    return {
        "rai:dataAnnotationProtocol": f"{validity(making)} Labels to choose from: {labels}.",
        **({"rai:dataAnnotationPlatform": "Label Studio"} if making.tally.voted else {}),
        "rai:annotationsPerItem": per_item or "no item",
    }


def _collection_types(making: Making) -> list[str]:
    """In the terms of the vocabulary."""
    if making.imported_from:
        return ["Secondary Data Analysis"]
    by_people = bool(making.by_annotators or making.by_curator)
    return [
        "Document analysis",
        *(["Manual Human Curator"] if by_people else []),
        *(["Software Collection"] if making.engines() else []),
    ]
