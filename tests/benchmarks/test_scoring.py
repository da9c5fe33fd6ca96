"""The scoring benchmark at a small size: it asks every item in both orders and prints what it found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_scoring_is_measured_beside_a_bare_client():
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.scoring", "--items", "60", "--delay", "0.002"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
    )
    found = json.loads(ran.stdout.splitlines()[-1])
    assert (found["items"], found["requests"], found["limit"]) == (60, 120, 0.5)
    # Start and end of a run weigh more than its requests at this size: nothing is said of the ratio.
    assert found["scored_per_second"] > 0
    assert found["ratio"] > 0
    assert ran.returncode == (0 if found["ratio"] >= 0.5 else 1)
