"""The benchmark of releases runs all its steps on a few items."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_releases_measures_every_step_and_leaves_two_versions(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.releases", "--items", "200", "--keep", tmp_path, "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=540,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = json.loads(ran.stdout)
    assert list(found["steps"]) == ["make", "verify", "rebuild", "make next", "diff", "diff folders"]
    assert all(row["seconds"] > 0 and row["peak_mb"] > 0 for row in found["steps"].values())
    assert (found["items"], found["within_limits"]) == (200, True)
    folders = sorted(path.name for path in (tmp_path / "releases").iterdir())
    assert folders == ["bench-1.0.0", "bench-2.0.0"]
