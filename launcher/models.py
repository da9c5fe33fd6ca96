"""Local weights and the clients that load releases: torch, and the locks of what stands on it."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from launcher.environment import REQUIREMENTS, ensure_runtime
from launcher.install import ensure_package, ensure_venv

# Not in the locks: its builds, and the libraries of graphics cards that some ask for, differ by platform.
TORCH = "torch==2.13.0"
_ANNOUNCEMENT = """\
Torch and transformers take about 1 GB of disk and 2 minutes; on Linux, where pip chooses the build for
NVIDIA cards, 5 GB, of which 2.8 GB are fetched. Stop with Ctrl-C; the same command goes on from there."""


def ensure_clients(venv: Path) -> None:
    """What the tests run beside us: everything that loads a release, with the engine for local weights."""
    ensure_venv(venv, REQUIREMENTS / "clients.lock")
    ensure_package(venv, TORCH)


def install(options: Namespace) -> int:
    """``navab install local``: what scoring and training local weights need, beside the application."""
    data_dir = options.data_dir.absolute()
    print(_ANNOUNCEMENT, flush=True)
    python = ensure_runtime(data_dir)
    venv = data_dir / "venv"
    ensure_venv(venv, REQUIREMENTS / "local.lock")
    ensure_package(venv, TORCH)
    print(f"Ready: navab manage evaluate can take a folder of weights, and {python} can train.", flush=True)
    return 0
