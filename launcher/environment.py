"""The project's own environment, the secrets and the environment variables everything runs with."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from argparse import Namespace
from pathlib import Path
from typing import Any

from launcher.errors import SetupError
from launcher.install import ensure_venv, python_of

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
SECRET_KEY = "DJANGO_SECRET_KEY"


def ensure_runtime(data_dir: Path) -> Path:
    """The interpreter of the project's own environment, ready to use."""
    venv = data_dir / "venv"
    ensure_venv(venv, REQUIREMENTS / "runtime.lock")
    return python_of(venv)


def read_private(path: Path) -> dict[str, Any]:
    """What :func:`write_private` wrote; empty without a file. Raises :class:`SetupError` for another file."""
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SetupError(f"{path} is not a file of ours (JSON was expected). Put it right or remove it.")
    return found


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Write JSON to a file only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    new.replace(path)


def secret_key(data_dir: Path) -> str:
    """Django's secret key of this installation, made on first use."""
    path = data_dir / "secrets.json"
    kept = read_private(path)
    if SECRET_KEY not in kept:
        kept[SECRET_KEY] = secrets.token_urlsafe(48)
        write_private(path, kept)
    return str(kept[SECRET_KEY])


def connection_file(data_dir: Path) -> Path:
    """Where the demo leaves how its servers are reached, for ``navab manage``."""
    return data_dir / "label-studio" / "connection.json"


def environment(data_dir: Path) -> dict[str, str]:
    """The caller's environment, completed by what this installation keeps; the caller's values win."""
    named = _dotenv_names() | set(os.environ)
    ours = {"NAVAB_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1"}
    if SECRET_KEY not in named:
        ours[SECRET_KEY] = secret_key(data_dir)
    if "LABEL_STUDIO_URL" not in named:
        ours |= read_private(connection_file(data_dir))
    return {**ours, **os.environ}


def _dotenv_names() -> set[str]:
    """Names given a value in ``.env``, which the settings read themselves."""
    path = ROOT / ".env"
    if not path.is_file():
        return set()
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    return {name.removeprefix("export ").strip() for name, _, value in pairs if value.strip()}


def manage(options: Namespace) -> int:
    """``navab manage ARGUMENTS``: run manage.py in the project's environment."""
    data_dir = options.data_dir.absolute()
    python = ensure_runtime(data_dir)
    command = [str(python), str(ROOT / "manage.py"), *options.arguments]
    return subprocess.run(command, env=environment(data_dir)).returncode
