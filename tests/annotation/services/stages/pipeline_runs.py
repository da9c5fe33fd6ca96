"""Runs the commands of the pipeline in tests and says what they did."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from annotation.models import (
    Conflict,
    ConflictGroup,
    Decision,
    Derivation,
    DocumentTag,
    Event,
    Run,
    Statement,
    Tag,
    TagRound,
    Topic,
    Triple,
)
from benchmarks.natural_rows import digest_of, natural_rows
from pipeline.flow import NAMES

SAMPLE = Path(__file__).resolve().parents[4] / "sample"
MODEL_TASKS = ("topics", "screening", "statements", "attribution", "conflicts", "triples")


def command(name: str, *arguments: str, **options: Any) -> Any:
    """The last line of a command's output as JSON."""
    out = StringIO()
    call_command(name, *arguments, json=True, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue().splitlines()[-1])


def state() -> dict[str, dict[str, Any]]:
    """What the tables say, without ids and times."""
    return {name: digest_of(rows) for name, rows in natural_rows().items()}


def done(reports: list[dict[str, Any]]) -> dict[str, int]:
    """Items done by stage, all nations together."""
    counts = dict.fromkeys(NAMES[1:], 0)
    for report in reports:
        counts[report["stage"]] += report["counts"].get("items", 0)
    return counts


def forget_work() -> None:
    """Empty all tables that stages write."""
    for model in (
        Event,
        Decision,
        Triple,
        Conflict,
        ConflictGroup,
        Statement,
        Derivation,
        Topic,
        DocumentTag,
        TagRound,
        Tag,
    ):
        model.objects.all().delete()
    Run.objects.exclude(stage="ingest").delete()
