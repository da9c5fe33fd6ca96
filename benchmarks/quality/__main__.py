"""python -m benchmarks.quality --data DIR [--stage S] [--language L] [--engine rules|openai] [--json]

Prints, per stage and language, how good the judgements are on labelled text, with a 95 % interval, trivial
baselines, calibration and time. Files that are missing are reported and passed over.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.quality.data import Data
from benchmarks.quality.measures import Row
from pipeline.flow import EngineNotConfiguredError, Engines
from pipeline.records import CHOSEN_ENGINES, Embedding, Engine

STAGES = ("language", "duplicates", "topics", "screening", "attribution", "conflicts", "stance", "triples")
TASKS = ("screening", "statements", "attribution", "conflicts", "triples", "topics")


def main(arguments: list[str] | None = None) -> int:
    """Runs the bench; exit code 2 for a folder or an engine that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with raw/, gold/ and benchmarks/")
    parser.add_argument("--stage", choices=STAGES, action="append", help="only this one; may be given again")
    parser.add_argument("--language", help="only this one, e.g. fr")
    parser.add_argument("--engine", choices=[engine.value for engine in CHOSEN_ENGINES], default="rules")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args(arguments)
    try:
        data = Data(options.data)
        engines = _engines(Engine(options.engine))
    except (NotADirectoryError, EngineNotConfiguredError) as error:
        print(error, file=sys.stderr)
        return 2
    rows: list[Row] = []
    failed: dict[str, str] = {}
    for stage in options.stage or STAGES:
        try:
            for row in import_module(f"benchmarks.quality.{stage}").measure(data, engines, options.language):
                rows.append(row)
                if not options.json:
                    print(_line(row), flush=True)
        except Exception as error:  # one broken file must not hide what the others show
            failed[stage] = f"{type(error).__name__}: {error}"
    if options.json:
        found: dict[str, Any] = {
            "engine": options.engine,
            "rows": [row.as_dict() for row in rows],
            "skipped": data.skipped,
            "failed": failed,
        }
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for name, reason in {**data.skipped, **failed}.items():
            print(f"skipped {name}: {reason}")
    return 1 if failed else 0


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
    best = max(row.baselines.items(), key=lambda item: item[1], default=("", float("nan")))
    errors = "" if row.ece is None else f"  ECE {row.ece_raw:.3f} -> {row.ece:.3f}  Brier {row.brier:.3f}"
    return (
        f"{row.stage:11} {row.dataset:19} {row.language} n={row.n:<6} {row.metric:22} {row.value:.3f} "
        f"[{row.low:.3f}, {row.high:.3f}]  {best[0]} {best[1]:.3f} {verdict}{errors}  {row.seconds:.1f} s  "
        f"{row.note}"
    )


if __name__ == "__main__":
    sys.exit(main())
