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
from urllib.request import ProxyHandler, build_opener

from launcher.errors import SetupError

HOST = "127.0.0.1"
_TAIL = 15  # lines of a log shown when its server fails


def require_free_port(port: int, what: str, option: str) -> None:
    """Raise :class:`SetupError` when ``port`` of loopback cannot be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise SetupError(
                f"port {port}, wanted for {what}, cannot be used ({error}). "
                f"Stop what listens there, or choose another: {option} NUMBER."
            ) from None


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Service:
    """A server in a process group of its own, logging to a file."""

    def __init__(
        self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path, cwd: Path | None = None
    ) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.name, self.log = name, log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], timeout: float = 180.0) -> None:
        """Wait until it is ready. Raises :class:`SetupError` with the end of its log if it is not in time."""
        end = time.monotonic() + timeout
        while self.is_running and time.monotonic() < end:
            if is_ready():
                return
            time.sleep(0.2)
        why = f"did not answer within {timeout:.0f} s" if self.is_running else "ended"
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-_TAIL:])
        raise SetupError(f"{self.name} {why}. The end of {self.log}:\n{tail}")

    def stop(self) -> None:
        """Ask the whole group to end, then make it."""
        for number, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(patience)
            except ProcessLookupError:
                self._process.wait()
                return
            except subprocess.TimeoutExpired:
                continue


def get(url: str) -> bytes | None:
    """Body of a successful GET, past any proxy; ``None`` while there is none."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=5) as reply:
            return bytes(reply.read())
    except (URLError, OSError):
        return None
