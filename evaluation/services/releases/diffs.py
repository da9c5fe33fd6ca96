"""What differs between two releases, why, and what that does to the scores of models that were asked."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from evaluation.publishing.diff import Diff, diff_contents
from evaluation.publishing.formats.spreadsheet import safe_cell
from evaluation.services.releases.causes_between import causes_between
from evaluation.services.releases.score_changes import RunEffect, score_changes
from evaluation.services.releases.sides import Side

CSV_COLUMNS = ("kind", "old_id", "new_id", "nation", "source_type", "statement", "fields", "cause")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two releases compared. ``causes`` are by the key of a change; ``runs`` is empty unless both are on
    record here."""

    old: str
    new: str
    changes: Diff
    causes: Mapping[str, str]
    runs: Sequence[RunEffect]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "old": self.old,
            "new": self.new,
            "counts": self.changes.counts(),
            "changes": [
                {**change.as_dict(), "cause": self.causes.get(change.key, "")}
                for change in self.changes.changes
            ],
            "runs": [run.as_dict() for run in self.runs],
        }


def compare_releases(old: Side, new: Side) -> Comparison:
    """What ``new`` has otherwise than ``old``, the cause of every change, the effect on stored answers."""
    changes = diff_contents(old.content, new.content)
    runs: list[RunEffect] = []
    if old.release is not None and new.release is not None:
        runs = score_changes(old.release, new.release, changes)
    return Comparison(old.label, new.label, changes, causes_between(changes, old, new), runs)


def write_csv(comparison: Comparison, file: TextIO) -> None:
    """A row for every change, safe to open in a spreadsheet; ``fields`` is JSON: name to before and after."""
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for change in comparison.changes.changes:
        told = {**change.as_dict(), "cause": comparison.causes.get(change.key, "")}
        told["fields"] = json.dumps(told["fields"], ensure_ascii=False)
        writer.writerow([safe_cell(str(told[name])) for name in CSV_COLUMNS])
