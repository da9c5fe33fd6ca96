"""``navab test``: the whole suite on SQLite with every real server, and beside it on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.environment import REQUIREMENTS, ROOT, ensure_runtime
from launcher.errors import SetupError
from launcher.install import ensure_venv
from launcher.label_studio import VENV_VARIABLE, LabelStudioServer
from launcher.models import ensure_clients
from launcher.postgres import find_binaries, postgres_server

_ON_POSTGRES = "not label_studio and not browser and not clients and not sqlite_only"
# Folders of tests that use no database: another one tells nothing new.
_WITHOUT_DATABASE = (
    "benchmarks",
    "docs",
    "evaluation/publishing",
    "evaluation/scoring",
    "evaluation/training",
    "launcher",
    "pipeline",
)


def find_chromium() -> str | None:
    """Path of an installed Chromium or Chrome; NAVAB_CHROMIUM first."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("NAVAB_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def test(options: Namespace) -> int:
    """Run everything this machine can; what it cannot is said loudly, and is a failure where CI is set."""
    data_dir = options.data_dir.absolute()
    python = ensure_runtime(data_dir)
    ensure_venv(data_dir / "venv", REQUIREMENTS / "dev.lock")
    studio = LabelStudioServer(data_dir / "label-studio", 0)
    studio.ensure_installed()
    env = _clean_environment() | {
        "DJANGO_SECRET_KEY": "only-for-tests",
        "NAVAB_DATA_DIR": str(data_dir / "test"),
        "NAVAB_TEST_PICTURES": str(data_dir / "test" / "pictures"),
        "PYTHONUNBUFFERED": "1",
        VENV_VARIABLE: str(studio.venv),
    }
    (data_dir / "test").mkdir(parents=True, exist_ok=True)
    skipped: list[str] = []
    missing: list[str] = []
    reason = why_no_clients(data_dir / "venv")
    if reason:
        skipped.append(f"client tests: {reason}")
        missing.append("clients")
    chromium = find_chromium()
    if chromium:
        env["NAVAB_CHROMIUM"] = chromium
    else:
        skipped.append("browser tests: no Chromium found. On Debian and Ubuntu: apt-get install chromium")
        missing.append("browser")
    markers = " and ".join(f"not {name}" for name in missing)
    binaries = None if options.arguments else find_binaries(python)
    if not options.arguments and binaries is None:
        skipped.append(
            "tests on PostgreSQL: no initdb found. On Debian and Ubuntu: apt-get install postgresql"
        )
    with _on_postgres(python, binaries, env, data_dir / "test-postgresql") as statuses:
        status = _pytest(python, ["-m", markers, *options.arguments], env)
    status |= max(statuses, default=0)
    for line in skipped:
        print(f"\n*** SKIPPED: {line} ***", flush=True)
    if skipped and env.get("CI"):
        print("Nothing may be skipped where CI is set.", flush=True)
        status |= 1
    return status


@contextmanager
def _on_postgres(
    python: Path, binaries: Path | None, env: dict[str, str], folder: Path
) -> Iterator[list[int]]:
    """Run the tests that use a database on PostgreSQL while the block runs; what they print is shown after
    it, and their exit status is then in the list. Nothing runs without ``binaries``."""
    statuses: list[int] = []
    if binaries is None:
        yield statuses
        return
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "pytest.log"
    left_out = [f"--ignore=tests/{name}" for name in _WITHOUT_DATABASE]
    command = [str(python), "-m", "pytest", "-m", _ON_POSTGRES, "-p", "no:cacheprovider", *left_out]
    with postgres_server(binaries) as url, log.open("wb") as output:
        own = env | {"DATABASE_URL": url, "NAVAB_DATA_DIR": str(folder)}
        running = subprocess.Popen(command, cwd=ROOT, env=own, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield statuses
            print(f"\nWaiting for the tests on PostgreSQL ({binaries})", flush=True)
            statuses.append(running.wait())
        finally:
            running.terminate()
            running.wait()
    print(log.read_text(encoding="utf-8", errors="replace"), flush=True)


def why_no_clients(venv: Path) -> str | None:
    """Install the clients that load releases; what went wrong, or ``None``."""
    try:
        ensure_clients(venv)
    except SetupError as error:
        return str(error)
    return None


def _clean_environment() -> dict[str, str]:
    """The caller's environment without settings of ours: empty ones, so that ``.env`` does not count."""
    ours = ("DJANGO_", "NAVAB_", "OPENAI_", "LABEL_STUDIO_", "DATABASE_URL")
    example = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    names = {line.partition("=")[0] for line in example if line.startswith(ours)}
    return {**os.environ, **dict.fromkeys(names, "")}


def _pytest(python: Path, arguments: list[str], env: dict[str, str]) -> int:
    return subprocess.run([str(python), "-m", "pytest", *arguments], cwd=ROOT, env=env).returncode
