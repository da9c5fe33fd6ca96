"""python -m benchmarks.quality --data DIR [--stage S] [--language L] [--engine rules|openai] [--json]

Prints, per stage and language, how good the judgements are on labelled text, with a 95 % interval, trivial
baselines, calibration and time. Files that are missing and rows that are broken are reported and passed over.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.quality.data import Data
from benchmarks.quality.measures import NothingToMeasureError, Part, Row
from benchmarks.report import finish_report
from pipeline.flow import Engines
from pipeline.records import CHOSEN_ENGINES, Embedding, Engine
from pipeline.text.profile import LANGUAGES

STAGES = (
    "language", "duplicates", "topics", "screening", "statements",
    "attribution", "conflicts", "stance", "triples",
)  # fmt: skip
TASKS = ("screening", "statements", "attribution", "conflicts", "triples", "topics")


def main(arguments: list[str] | None = None) -> int:
    """Runs the bench; exit code 2 for a folder or an engine that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with raw/, gold/ and benchmarks/")
    parser.add_argument("--stage", choices=STAGES, action="append", help="only this one; may be given again")
    parser.add_argument("--language", choices=LANGUAGES, help="only this one")
    parser.add_argument("--engine", choices=[engine.value for engine in CHOSEN_ENGINES], default="rules")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args(arguments)
    try:
        data = Data(options.data)
        engines = _engines(Engine(options.engine))
    except (NotADirectoryError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    found: dict[str, Any] = {"engine": options.engine, "rows": [], "skipped": {}, "failed": {}}
    if not options.json:
        print(f"engine: {options.engine}")
    for stage in dict.fromkeys(options.stage or STAGES):
        measure = import_module(f"benchmarks.quality.{stage}").measure
        for row in _measured(stage, measure(data, engines, options.language), found):
            found["rows"].append(row.as_dict())
            if not options.json:
                print(_line(row), flush=True)
    found["skipped"] = data.skipped | found["skipped"]
    return finish_report(found, as_json=options.json)


def _measured(stage: str, parts: Iterable[Part], found: dict[str, Any]) -> Iterator[Row]:
    """The rows of all parts; why a part has none goes to ``skipped`` or ``failed`` of ``found``."""
    try:
        for name, part in parts:
            try:
                yield from part()
            except NothingToMeasureError as error:
                found["skipped"][f"{stage} {name}"] = str(error)
            except Exception as error:  # one broken part must not hide what the others show
                found["failed"][f"{stage} {name}"] = f"{type(error).__name__}: {error}"
    except Exception as error:  # nor one broken file
        found["failed"][stage] = f"{type(error).__name__}: {error}"


def _engines(engine: Engine) -> Engines:
    models = {
        task: os.environ.get(f"NAVAB_MODEL_{task.upper()}") or os.environ.get("NAVAB_MODEL", "")
        for task in TASKS
    }
    engines = Engines(
        engine=engine,
        base_url=os.environ.get("OPENAI_BASE_URL", ""),
        api_key=os.environ.get("OPENAI_API_KEY", ""),
        models=models,
        embedding=Embedding(os.environ.get("NAVAB_EMBEDDER") or Embedding.EMBEDDED),
        embedding_model=os.environ.get("NAVAB_EMBEDDING_MODEL", ""),
    )
    if engine is Engine.OPENAI:
        for task in TASKS:
            engines.client(task)
    return engines


def _line(row: Row) -> str:
    verdict = {True: "above", False: "NOT ABOVE", None: ""}[row.is_above]
    best = max(row.baselines.items(), key=lambda item: item[1], default=None)
    other = f"{best[0]} {best[1]:.3f}" if best else ""
    errors = "" if row.ece is None else f"  ECE {row.ece_raw:.3f} -> {row.ece:.3f}  Brier {row.brier:.3f}"
    return (
        f"{row.stage:11} {row.dataset:19} {row.language} n={row.n:<6} {row.metric:22} {row.value:.3f} "
        f"[{row.low:.3f}, {row.high:.3f}]  {other} {verdict}{errors}  {row.seconds:.1f} s  "
        f"{row.note}"
    )


if __name__ == "__main__":
    sys.exit(main())
