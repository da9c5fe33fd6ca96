"""python -m benchmarks.routing --data DIR [--language L] [--replays N] [--budget B] [--json]

Replays labelled sets through the router many times, in new orders each time, with people simulated by real
votes or by the true label with errors. Prints, per set and error budget, what the machine settled, how wrong
that was, whether the budget was kept, and the votes spent, beside asking people about everything and a fixed
threshold. Files that are missing and rows that are broken are reported and passed over.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.quality.data import Data
from benchmarks.quality.measures import NothingToMeasureError
from benchmarks.report import finish_report
from benchmarks.routing.replay import Row, replay
from benchmarks.routing.sets import streams
from pipeline.text.profile import LANGUAGES

REPLAYS = 100
BUDGETS = (0.05, 0.10, 0.20)


def main(arguments: list[str] | None = None) -> int:
    """Runs the bench; exit code 2 for a folder that cannot be used, 1 where a part failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with gold/")
    parser.add_argument("--language", choices=LANGUAGES, help="only this one, without the planted sets")
    parser.add_argument("--replays", type=_count, default=REPLAYS)
    parser.add_argument("--budget", type=_rate, action="append", help="error allowed; may be given again")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args(arguments)
    try:
        data = Data(options.data)
    except NotADirectoryError as error:
        print(error, file=sys.stderr)
        return 2
    budgets = tuple(dict.fromkeys(options.budget or BUDGETS))
    start = perf_counter()
    found: dict[str, Any] = {"replays": options.replays, "rows": [], "skipped": {}, "failed": {}}
    for name, part in streams(data, options.language, budgets):
        try:
            for stream in part():
                for budget in budgets:
                    if stream.budget in (None, budget):
                        row = replay(stream, budget, replays=options.replays)
                        found["rows"].append(row.as_dict())
                        if not options.json:
                            print(_line(row), flush=True)
        except NothingToMeasureError as error:
            found["skipped"][name] = str(error)
        except Exception as error:  # one broken part must not hide what the others show
            found["failed"][name] = f"{type(error).__name__}: {error}"
    found["skipped"] = data.skipped | found["skipped"]
    found["seconds"] = round(perf_counter() - start, 1)
    code = finish_report(found, as_json=options.json)
    if not options.json:
        print(f"{found['seconds']} s")
    return code


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least one replay is needed")
    return value


def _rate(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("a budget lies between 0 and 1")
    return value


def _line(row: Row) -> str:
    return (
        f"{row.dataset:24} {row.language:2} {row.judge:7} n={row.n:<5} budget {row.budget:.2f}  "
        f"settled {row.settled:.3f} (after learning {_figure(row.settled_after)})  "
        f"error {_figure(row.error)}, worst {_figure(row.error_worst)}  "
        f"kept {row.kept_budget:.2f} sound {row.sound:.2f}  votes {row.votes:.2f} of {row.votes_all:.2f}  "
        f"final error {row.final_error:.3f}, people {row.people_error:.3f}  "
        f"at 0.8: {row.naive_settled:.3f} wrong {_figure(row.naive_error)}"
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
