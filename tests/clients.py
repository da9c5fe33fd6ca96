"""The libraries that load releases, run as a release's user runs them: in a process that knows no NaVAB."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

_CLIENTS = ("datasets", "inspect_ai", "lm_eval", "mlcroissant", "torch", "transformers", "trl")
_TAIL = 30  # lines of a client's output shown when it fails


def client_python() -> str:
    """The interpreter that has every client. Raises :class:`RuntimeError` naming those it has not."""
    missing = [name for name in _CLIENTS if find_spec(name) is None]
    if missing:
        raise RuntimeError(f"{sys.executable} has no {', '.join(missing)}: python3 navab test installs them.")
    return sys.executable


def run_client(*arguments: str | Path, cwd: Path, timeout: float = 300.0) -> str:
    """What Python prints when run with ``arguments`` in the folder ``cwd``, which also takes the caches.

    Raises :class:`AssertionError` with the end of what it printed when it does not exit with 0, and
    :class:`subprocess.TimeoutExpired` after ``timeout`` seconds.
    """
    foreign = ("PYTHON", "DJANGO_", "NAVAB_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    env |= {"HF_HOME": str(cwd / "hf-home"), "XDG_DATA_HOME": str(cwd / "data"), "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        [client_python(), *map(str, arguments)],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-_TAIL:])
        raise AssertionError(f"{' '.join(map(str, arguments))} exited with {done.returncode}:\n{tail}")
    return done.stdout
