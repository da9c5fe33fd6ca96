"""Installing torch and what stands on it, with an interpreter that stands in for the installed one."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from launcher.models import TORCH
from launcher.tests import why_no_clients

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"


def test_install_local_installs_torch_once_and_says_its_size_first(tmp_path: Path) -> None:
    calls = _stand_in(tmp_path / "venv", "runtime", "local")

    first = _navab("--data-dir", str(tmp_path), "install", "local")
    pip_calls = calls.read_text().splitlines()
    again = _navab("--data-dir", str(tmp_path), "install", "local")

    assert first.returncode == 0, first.stderr
    assert first.stdout.index("GB") < first.stdout.index("Installing torch")
    assert [call.split()[-1] for call in pip_calls if " install " in call] == [TORCH]
    assert again.returncode == 0
    assert "Installing" not in again.stdout


def test_install_of_something_else_lists_what_there_is(tmp_path: Path) -> None:
    done = _navab("--data-dir", str(tmp_path), "install", "torch")

    assert done.returncode == 2
    assert "argument what: invalid choice: 'torch' (choose from 'local')" in done.stderr


def test_clients_that_cannot_be_installed_leave_a_reason_and_are_tried_again(tmp_path: Path) -> None:
    _stand_in(tmp_path / "venv", "clients", fails_on="torch")

    reasons = [why_no_clients(tmp_path / "venv") for _ in range(2)]

    assert [str(reason).splitlines()[0].partition(";")[0] for reason in reasons] == [
        "Installing torch failed"
    ] * 2
    assert "no space left" in str(reasons[0])


def test_clients_that_are_there_leave_no_reason(tmp_path: Path) -> None:
    _stand_in(tmp_path / "venv", "clients")

    assert why_no_clients(tmp_path / "venv") is None


@pytest.mark.parametrize("name", ["dev", "local", "clients"])
def test_lock_keeps_every_version_the_application_runs_with(name: str) -> None:
    runtime, lock = _pins("runtime"), _pins(name)

    assert {package: lock.get(package) for package in runtime} == runtime


@pytest.mark.parametrize("lock", sorted(REQUIREMENTS.glob("*.lock")), ids=lambda lock: lock.stem)
def test_lock_names_no_address_and_nothing_of_graphics_cards(lock: Path) -> None:
    graphics = ("torch", "triton", "nvidia-", "cuda-")

    assert "://" not in lock.read_text(encoding="utf-8")
    assert [package for package in _pins(lock.stem) if package.startswith(graphics)] == []


def _pins(name: str) -> dict[str, set[str]]:
    """Versions of each package; more than one where they differ by Python version."""
    pins: dict[str, set[str]] = {}
    for line in (REQUIREMENTS / f"{name}.lock").read_text(encoding="utf-8").splitlines():
        package, is_pin, rest = line.partition("==")
        if is_pin and not line.startswith(" "):
            pins.setdefault(package, set()).add(rest.split()[0])
    return pins


def _navab(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-S", str(ROOT / "navab"), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def _stand_in(venv: Path, *locks: str, fails_on: str = "nothing") -> Path:
    """An environment in which ``locks`` are installed; returns the list of its interpreter's calls."""
    program = venv / "bin" / "python"
    calls = venv / "calls"
    program.parent.mkdir(parents=True)
    program.write_text(
        f'#!/bin/sh\necho "$@" >> "{calls}"\n'
        f'case "$*" in *install*{fails_on}*) echo "no space left" >&2; exit 1;; esac\n'
    )
    program.chmod(0o755)
    for lock in locks:
        digest = sha256((REQUIREMENTS / f"{lock}.lock").read_bytes()).hexdigest()
        (venv / f".installed-{lock}").write_text(digest)
    return calls
