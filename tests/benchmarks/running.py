"""Runs the quality bench and reads what it prints, strictly."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from benchmarks.quality.__main__ import main


@dataclass(frozen=True)
class Found:
    """Exit code and the parts of the one JSON object on standard output."""

    code: int
    engine: str
    rows: list[dict[str, Any]]
    skipped: dict[str, str]
    failed: dict[str, str]

    @property
    def figures(self) -> list[tuple[Any, ...]]:
        """What was measured and how much it is, without intervals and times."""
        return figures(self.rows)


def bench(folder: Path, *arguments: str) -> Found:
    """Runs in this process."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        code = main(["--data", str(folder), "--json", *arguments])
    return read(code, printed.getvalue())


def read(code: int, printed: str) -> Found:
    """What was printed; NaN, Infinity or anything beside the object is an error."""
    return Found(code, **json.loads(printed, parse_constant=_refused))


def figures(rows: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Stage, dataset, language, metric, number of rows and value of each."""
    return [
        tuple(row[name] for name in ("stage", "dataset", "language", "metric", "n", "value")) for row in rows
    ]


def _refused(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is not JSON")
