"""The command line of the launcher, as a person on a bare machine types it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from launcher.environment import environment

ROOT = Path(__file__).resolve().parents[2]


def navab(*arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher without site packages."""
    return subprocess.run(
        [sys.executable, "-S", str(ROOT / "navab"), *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **env},
    )


def test_taken_port_is_named_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = navab("demo", "--no-label-studio", "--port", str(port), "--data-dir", str(tmp_path / "new"))

    assert done.returncode == 1
    assert f"port {port}, wanted for the web app, cannot be used" in done.stderr
    assert "--port NUMBER" in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_port_that_is_none_is_refused(port: str) -> None:
    done = navab("demo", "--port", port)

    assert done.returncode == 2
    assert "argument --port" in done.stderr


def test_unknown_command_lists_the_known_ones() -> None:
    done = navab("serve")

    assert done.returncode == 2
    assert "'demo', 'test', 'manage', 'install'" in done.stderr


def test_options_after_manage_belong_to_the_management_command(tmp_path: Path) -> None:
    """With an environment that stands in for the installed one, so that nothing is installed."""
    _pretend_installed(tmp_path / "venv", "runtime")

    done = navab("--data-dir", str(tmp_path), "manage", "ingest", "--json", "-h", cwd=tmp_path)

    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, ["ingest", "--json", "-h", str(tmp_path)])


def test_secret_key_is_made_once_unless_the_caller_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DJANGO_SECRET_KEY", raising=False)
    made = environment(tmp_path)["DJANGO_SECRET_KEY"]
    again = environment(tmp_path)["DJANGO_SECRET_KEY"]
    monkeypatch.setenv("DJANGO_SECRET_KEY", "the caller's")

    assert made == again
    assert len(made) >= 50
    assert environment(tmp_path)["DJANGO_SECRET_KEY"] == "the caller's"


def _pretend_installed(venv: Path, lock: str) -> None:
    """An interpreter that prints what it is given and where it runs."""
    program = venv / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" "$PWD"\n')
    program.chmod(0o755)
    digest = sha256((ROOT / "requirements" / f"{lock}.lock").read_bytes()).hexdigest()
    (venv / f".installed-{lock}").write_text(digest)
