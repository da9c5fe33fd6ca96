"""Child processes that end when we end, and ports that must be free."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from launcher.environment import SetupError


def require_free_port(port: int, what: str, option: str) -> None:
    """Raise :class:`SetupError` when something listens on ``port`` of loopback already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SetupError(
                f"port {port}, wanted for {what}, cannot be used ({error.strerror}). "
                f"Stop what listens there, or choose another: {option} NUMBER."
            ) from None


class Service:
    """A server in a process group of its own, logging to a file."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.name, self.log = name, log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command, env=dict(env), stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], timeout: float = 120.0) -> None:
        """Wait until it answers; raises :class:`SetupError` with the end of its log when it does not."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if not self.is_running:
                break
            if is_ready():
                return
            time.sleep(0.2)
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        raise SetupError(f"{self.name} did not start. The end of {self.log}:\n{tail}")

    def stop(self) -> None:
        """Ask the whole group to end, then make it."""
        for number, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(patience)
                return
            except (ProcessLookupError, subprocess.TimeoutExpired):
                if not self.is_running:
                    return


def answers(url: str) -> bool:
    """Whether a GET of ``url`` succeeds."""
    try:
        with urlopen(url, timeout=2) as reply:
            return bool(reply.status < 400)
    except (URLError, OSError):
        return False
