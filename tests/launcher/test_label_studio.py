"""The sidecar's process control."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from launcher.errors import SetupError
from launcher.label_studio import VENV_VARIABLE, LabelStudioServer, StudioSecrets
from launcher.processes import free_port


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LabelStudioServer:
    """A server whose installation is a folder of the test's own."""
    monkeypatch.delenv(VENV_VARIABLE, raising=False)
    return LabelStudioServer(tmp_path, free_port())


def fake_installation(server: LabelStudioServer, script: str) -> None:
    """An executable in the place of Label Studio's."""
    program = server.venv / "bin" / "label-studio"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_launcher_loads_with_the_standard_library_alone() -> None:
    code = "import sys, launcher.demo, launcher.tests; print('django' in sys.modules)"

    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("False\n", "")


def test_secrets_are_made_once_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    first = StudioSecrets.load_or_make(tmp_path)

    assert StudioSecrets.load_or_make(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert len(first.admin_token) == 40
    assert StudioSecrets.load_or_make(tmp_path / "other") != first


@pytest.mark.parametrize("content", ['{"secret_key": 1}', "[1]", "{"])
def test_secrets_file_that_is_none_is_a_clear_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)

    with pytest.raises(SetupError, match=r"secrets\.json (does not hold|is not a file of ours)"):
        StudioSecrets.load_or_make(tmp_path)


def test_taken_port_is_a_clear_error_before_anything_starts(server: LabelStudioServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", server.port))
        taken.listen()

        with pytest.raises(SetupError, match=f"port {server.port}, wanted for Label Studio"):
            server.start()

    assert not server.is_running


def test_environment_holds_nothing_of_ours(
    server: LabelStudioServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEBUG", "true")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    fake_installation(server, "/usr/bin/env > env.txt; exec sleep 60")

    server.start()
    try:
        with pytest.raises(SetupError, match="did not answer within 1 s"):
            server.wait_ready(timeout=1)
    finally:
        server.stop()

    seen = dict(line.split("=", 1) for line in (tmp_path / "home" / "env.txt").read_text().splitlines())
    assert "DEBUG" not in seen
    assert "OPENAI_API_KEY" not in seen
    assert seen["COLLECT_ANALYTICS"] == seen["LATEST_VERSION_CHECK"] == "false"
    assert seen["LABEL_STUDIO_HOST"] == server.url
    assert not server.is_running


def test_server_that_ends_at_once_shows_the_end_of_its_log(server: LabelStudioServer) -> None:
    fake_installation(server, "echo no space left; exit 3")

    server.start()

    with pytest.raises(SetupError, match=r"(?s)Label Studio ended.*no space left"):
        server.wait_ready(timeout=20)


@pytest.mark.label_studio
def test_real_server_answers_and_installing_again_does_nothing(studio_server: LabelStudioServer) -> None:
    assert studio_server.wait_ready(10) == "1.23.2"
    assert studio_server.ensure_installed() is False
    with urlopen(f"{studio_server.url}/health") as reply:
        assert reply.status == 200
