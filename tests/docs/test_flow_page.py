"""docs/flow.md says what the code does."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from annotation.lifecycle import MOVES, DecisionStatus, StatementStatus
from pipeline.flow import FLOW

PAGE = (Path(__file__).parents[2] / "docs" / "flow.md").read_text(encoding="utf-8")


def rows_after(heading: str) -> list[list[str]]:
    """Cells of the first table under a heading, without its two head lines."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = re.findall(r"^\|(.+)\|$", section, flags=re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


def test_stage_table_equals_the_flow():
    expected = [
        [str(number), stage.name, stage.scope.value, stage.reads, stage.writes, stage.does]
        for number, stage in enumerate(FLOW, 1)
    ]
    assert rows_after("The seven stages") == expected


@pytest.mark.parametrize(
    ("heading", "status"), [("Decisions", DecisionStatus), ("A statement's way", StatementStatus)]
)
def test_move_table_equals_the_lifecycle(heading: str, status: type[StrEnum]):
    expected = [[old.value, ", ".join(sorted(MOVES[status][old])) or "nothing"] for old in status]
    assert rows_after(heading) == expected
