from __future__ import annotations

import json
import subprocess
import sys


def test_every_page_of_results_is_timed_twice():
    command = [sys.executable, "-m", "benchmarks.results", "--items", "60", "--models", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    told = json.loads(done.stdout)
    assert (told["items"], told["models"], told["limit"]) == (60, 3, 2.0)
    twice = {name for name, took in told["seconds"].items() if isinstance(took, list) and len(took) == 2}
    assert twice == {
        "leaderboard",
        "leaderboard.csv",
        "leaderboard.svg",
        "model",
        "slice",
        "slice of a nation",
        "comparison",
        "item",
    }
