"""Virtual environments installed from lock files, once, with a progress bar."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from launcher.errors import SetupError

_PIN = re.compile(r"^[a-z0-9][a-z0-9._-]*==", re.IGNORECASE | re.MULTILINE)
_MET = re.compile(r"^(?:Collecting|Requirement already satisfied:|Ignoring) ", re.MULTILINE)
_NAMES = {
    "runtime": "NaVAB",
    "label-studio": "Label Studio",
    "dev": "the test tools",
    "local": "transformers",
    "clients": "the clients of releases",
}
_NEEDED_BY_ONE = 10  # packages that one package brings, for the bar
_BAR = 30  # characters
_REFRESH = 0.5  # seconds


def python_of(venv: Path) -> Path:
    """The interpreter of a virtual environment."""
    return venv / "bin" / "python"


def ensure_venv(venv: Path, lock: Path) -> bool:
    """Make ``venv`` and install ``lock`` into it, unless that was done; returns whether it did anything.

    Raises :class:`SetupError` with the end of the installer's output when it fails.
    """
    content = lock.read_text(encoding="utf-8")
    digest = hashlib.sha256(content.encode()).hexdigest()
    stamp = _stamp(venv, lock.stem)
    if _reads(stamp, digest):
        return False
    uv = shutil.which("uv")
    if not python_of(venv).exists():
        _make_venv(venv, uv)
    python = str(python_of(venv))
    install = [uv, "pip", "install", "--python", python] if uv else _pip(python)
    command = [*install, "--no-deps", "--require-hashes", "-r", str(lock)]
    _run_shown(command, f"Installing {_NAMES.get(lock.stem, lock.stem)}", len(_PIN.findall(content)), venv)
    stamp.write_text(digest)
    return True


def ensure_package(venv: Path, pin: str) -> bool:
    """Install one pinned package, and what it needs, into an existing ``venv``, unless that was done.

    With pip even where there is uv, so that the user's settings of pip choose the build.
    Returns whether it did anything; raises :class:`SetupError` like :func:`ensure_venv`.
    """
    name = pin.partition("==")[0]
    stamp = _stamp(venv, name)
    if _reads(stamp, pin):
        return False
    python = str(python_of(venv))
    uv = shutil.which("uv")
    has_pip = subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0
    if uv and not has_pip:
        _run_shown([uv, "pip", "install", "--python", python, "pip"], "Installing pip", 1, venv)
    _run_shown([*_pip(python), pin], f"Installing {name}", _NEEDED_BY_ONE, venv)
    stamp.write_text(pin)
    return True


def _pip(python: str) -> list[str]:
    return [python, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]


def _stamp(venv: Path, name: str) -> Path:
    return venv / f".installed-{name}"


def _reads(stamp: Path, content: str) -> bool:
    return stamp.is_file() and stamp.read_text() == content


def _make_venv(venv: Path, uv: str | None) -> None:
    venv.parent.mkdir(parents=True, exist_ok=True)
    make = [uv, "venv", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    if subprocess.run([*make, str(venv)], stdout=subprocess.DEVNULL).returncode == 0:
        return
    shutil.rmtree(venv, ignore_errors=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise SetupError(
        f"{sys.executable} could not make a virtual environment in {venv}. On Debian and Ubuntu install "
        f"the package python{version}-venv (or python3-venv) and try again."
    )


def _run_shown(command: list[str], title: str, packages: int, venv: Path) -> None:
    """Run an installer with its output to a log, and show how far it is."""
    log = venv / "install.log"
    before = _installed(venv)
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    shown = -1
    try:
        while process.poll() is None:
            fetched = len(_MET.findall(log.read_text(errors="replace")))
            # Fetching and unpacking take about the same time: a package is done after both.
            done = min(fetched, packages) + min(_installed(venv) - before, packages)
            shown = _show(title, min(done / (2 * packages), 0.99), shown)
            time.sleep(_REFRESH)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
        raise SetupError(f"{title} failed; the same command goes on from there. The end of {log}:\n{tail}")
    _show(title, 1.0, shown)


def _installed(venv: Path) -> int:
    return sum(1 for _ in venv.glob("lib/python*/site-packages/*.dist-info"))


def _show(title: str, share: float, shown: int) -> int:
    """Draw the bar on a terminal; elsewhere a line every tenth. Returns the tenth last shown."""
    tenth = int(share * 10)
    if sys.stdout.isatty():
        bar = "█" * round(share * _BAR)
        end = "\n" if share == 1.0 else ""
        print(f"\r{title} {bar:░<{_BAR}} {share:4.0%}", end=end, flush=True)
    elif tenth > shown:
        print(f"{title}: {tenth * 10} %", flush=True)
    return max(tenth, shown)
