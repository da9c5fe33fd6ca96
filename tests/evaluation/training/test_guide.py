"""docs/guide/align.md names the options there are, the files there are and the measures there are."""

from __future__ import annotations

import re
from pathlib import Path

from evaluation.training.align import parser
from evaluation.training.measures import Measure

PAGE = (Path(__file__).parents[3] / "docs/guide/align.md").read_text(encoding="utf-8")


def _first_cells(header: str) -> list[str]:
    table = PAGE.split(f"| {header} |", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `([^`]+)`", table, flags=re.MULTILINE)


def test_table_of_options_is_that_of_the_command():
    options = [option for action in parser()._actions for option in action.option_strings]
    assert sorted(_first_cells("option | what")) == sorted(set(options) - {"-h", "--help"})


def test_defaults_in_the_table_are_those_of_the_command():
    told = dict(re.findall(r"^\| `(--[a-z-]+)` \|.*\(([0-9e.-]+)(?:,[^)]*)?\)", PAGE, flags=re.MULTILINE))
    defaults = {
        action.option_strings[0]: action.default
        for action in parser()._actions
        if type(action.default) in (int, float) and action.default
    }
    assert {name: float(value) for name, value in told.items() if float(value)} == defaults


def test_table_of_measures_is_that_of_the_report():
    assert _first_cells("measure | what is compared | beware") == [str(measure) for measure in Measure]
