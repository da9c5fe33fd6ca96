"""The whole pipeline on real text: counts that add up, time, memory, and stops in the middle.

    python -m benchmarks.real_text --data FOLDER [--no-kill] [--keep FOLDER]

FOLDER holds JSON Lines files with the fields nation (or country), language, outlet, date, title, url, text.
Every step is a process of its own under `manage.py`, on a new SQLite database, with the rules engine. The
second pass kills (SIGKILL) each stage in the middle, runs it again, and compares every row with the first.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 30 * 60  # for the whole pipeline on two cores
LIMIT_MB = 4 * 1024
STAGES = ("topics", "screening", "statements", "attribution", "conflicts", "triples")


class Bench:
    """Runs management commands against one database and remembers their time and peak memory."""

    def __init__(self, database: Path) -> None:
        self.env = os.environ | {
            "DATABASE_URL": f"sqlite:///{database}",
            "DJANGO_SECRET_KEY": "only-for-benchmarks",
            "NAVAB_ENGINE": "rules",
            "DJANGO_SETTINGS_MODULE": "navab_site.settings",
        }

    def run(self, *arguments: str, kill_after: float | None = None) -> dict[str, Any]:
        """Run one command; returns seconds, peak memory in MB and its last line of output if that is JSON."""
        command = [sys.executable, *arguments]
        with tempfile.TemporaryFile("w+") as out:
            started = time.monotonic()
            process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=out, text=True)
            if kill_after is not None:
                time.sleep(kill_after)
                process.send_signal(signal.SIGKILL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - started
            out.seek(0)
            lines = out.read().strip().splitlines()
        if process.returncode not in (0, -signal.SIGKILL):
            raise SystemExit(f"{' '.join(arguments[:4])} ended with {process.returncode}")
        killed = process.returncode == -signal.SIGKILL
        last = lines[-1] if lines and not killed else "null"
        return {
            "seconds": round(seconds, 1),
            "peak_mb": round(usage.ru_maxrss / 1024),
            "killed": killed,
            "output": json.loads(last) if last[:1] in "[{" else None,
        }

    def manage(self, *arguments: str, kill_after: float | None = None) -> dict[str, Any]:
        """Run ``manage.py`` with ``arguments``."""
        return self.run("manage.py", *arguments, kill_after=kill_after)


def lines_of(path: Path) -> int:
    """Lines in a plain or gzipped file that are not blank."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", errors="replace") as file:
        return sum(1 for line in file if line.strip())


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl and *.jsonl.gz files")
    parser.add_argument("--no-kill", action="store_true", help="leave out the second pass")
    parser.add_argument("--keep", type=Path, help="keep the databases in this folder")
    options = parser.parse_args()
    files = sorted(path for path in options.data.iterdir() if ".jsonl" in path.suffixes)
    if not files:
        parser.error(f"{options.data} holds no *.jsonl or *.jsonl.gz file")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        print(json.dumps(measure(folder, files, kill=not options.no_kill), indent=1))


def measure(folder: Path, files: list[Path], *, kill: bool) -> dict[str, Any]:
    """Both passes; every figure is measured here and now."""
    lines = sum(lines_of(path) for path in files)
    plain = Bench(folder / "undisturbed.sqlite3")
    plain.manage("migrate", "--verbosity", "0")
    steps = {"ingest": plain.manage("ingest", *map(str, files), "--json")}
    for stage in STAGES:
        steps[stage] = plain.manage("run_pipeline", "--stage", stage, "--json")
        print(f"{stage}: {steps[stage]['seconds']} s", file=sys.stderr)
        if stage == "statements":
            steps["screening of statements"] = plain.manage("run_pipeline", "--stage", "screening", "--json")
    summary = steps["ingest"]["output"]
    seconds = sum(step["seconds"] for step in steps.values())
    rows = plain.run("-m", "benchmarks.natural_rows")["output"]
    report = {
        "lines": lines,
        "ingest": summary,
        "adds up": summary["accepted"] + summary["duplicates"] + summary["rejected"]
        == summary["read"]
        == lines,
        "statements with broken evidence": rows.pop("statements with broken evidence"),
        "seconds": {name: step["seconds"] for name, step in steps.items()},
        "seconds in all": round(seconds, 1),
        "of the time allowed": round(seconds / LIMIT_SECONDS, 3),
        "peak_mb": {name: step["peak_mb"] for name, step in steps.items()},
        "of the memory allowed": round(max(step["peak_mb"] for step in steps.values()) / LIMIT_MB, 3),
        "rows": {name: table["rows"] for name, table in rows.items()},
    }
    if kill:
        report["kills"] = killed_pass(Bench(folder / "killed.sqlite3"), files, steps, rows)
    return report


def killed_pass(
    bench: Bench, files: list[Path], steps: dict[str, Any], expected: dict[str, Any]
) -> dict[str, Any]:
    """Kill every step half-way, run it again, compare all rows with the undisturbed pass."""
    bench.manage("migrate", "--verbosity", "0")
    commands = {"ingest": ("ingest", *map(str, files), "--json")}
    for name in steps:
        if name != "ingest":
            commands[name] = ("run_pipeline", "--stage", name.split()[0], "--json")
    killed = []
    for name, command in commands.items():
        if bench.manage(*command, kill_after=steps[name]["seconds"] * 0.5)["killed"]:
            killed.append(name)
        bench.manage(*command)
        print(f"killed and finished: {name}", file=sys.stderr)
    rows = bench.run("-m", "benchmarks.natural_rows")["output"]
    broken = rows.pop("statements with broken evidence")
    different = [name for name in expected if rows[name] != expected[name]]
    return {"killed": killed, "tables that differ": different, "statements with broken evidence": broken}


if __name__ == "__main__":
    main()
