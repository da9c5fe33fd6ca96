"""The virtual environment, the secrets and the environment variables everything runs with."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"


class SetupError(Exception):
    """Something a person has to put right; the message says what."""


def python_of(venv: Path) -> Path:
    """The interpreter of a virtual environment."""
    return venv / "bin" / "python"


def ensure_venv(venv: Path, lock: Path) -> bool:
    """Make ``venv`` and install ``lock`` into it, unless that was done; returns whether it did anything."""
    stamp = venv / f".installed-{lock.stem}"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest:
        return False
    print(f"Installing {lock.name} into {venv} (first time: some minutes) …", flush=True)
    uv = shutil.which("uv")
    if not python_of(venv).exists():
        _make_venv(venv, uv)
    install = [uv, "pip", "install", "--python"] if uv else []
    command = (
        [*install, str(python_of(venv))]
        if uv
        else [str(python_of(venv)), "-m", "pip", "install", "--disable-pip-version-check"]
    )
    done = subprocess.run([*command, "--require-hashes", "-r", str(lock)])
    if done.returncode:
        raise SetupError(f"installing {lock} failed (see above); run the same command again to retry.")
    stamp.write_text(digest)
    return True


def _make_venv(venv: Path, uv: str | None) -> None:
    venv.parent.mkdir(parents=True, exist_ok=True)
    command = [uv, "venv", "--python", sys.executable, str(venv)] if uv else [sys.executable, "-m", "venv", str(venv)]
    done = subprocess.run(command)
    if done.returncode:
        shutil.rmtree(venv, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"{sys.executable} could not make a virtual environment. On Debian and Ubuntu install the package "
            f"python{version}-venv (or python3-venv) and try again."
        )


def ensure_runtime(data_dir: Path) -> Path:
    """The interpreter of the project's own environment, ready to use."""
    venv = data_dir / "venv"
    ensure_venv(venv, REQUIREMENTS / "runtime.lock")
    return python_of(venv)


def kept_secrets(data_dir: Path) -> dict[str, Any]:
    """Secrets of this installation: made on first use, kept in a file only its owner can read."""
    path = data_dir / "secrets.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    missing = [name for name in ("django_secret_key", "webhook_secret") if name not in found]
    if missing:
        found |= {name: secrets.token_urlsafe(48) for name in missing}
        write_private(path, found)
    return found


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Write JSON to a file only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    new.replace(path)


def environment(data_dir: Path) -> dict[str, str]:
    """The caller's environment, completed by what this installation keeps; the caller's values win."""
    ours = {"NAVAB_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1"}
    if "DJANGO_SECRET_KEY" not in _dotenv_names():
        ours["DJANGO_SECRET_KEY"] = kept_secrets(data_dir)["django_secret_key"]
    studio = data_dir / "label-studio" / "connection.json"
    if studio.is_file():
        ours |= json.loads(studio.read_text())
    return {**ours, **os.environ}


def _dotenv_names() -> set[str]:
    """Names set in ``.env``, which the settings read themselves."""
    path = ROOT / ".env"
    if not path.is_file():
        return set()
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return {line.split("=", 1)[0].strip() for line in lines if "=" in line and not line.startswith("#")}


def manage(options: Namespace) -> int:
    """``navab manage ARGUMENTS``: run manage.py in the project's environment."""
    data_dir = options.data_dir.absolute()
    python = ensure_runtime(data_dir)
    command = [str(python), str(ROOT / "manage.py"), *options.arguments]
    return subprocess.run(command, env=environment(data_dir)).returncode
