"""``navab demo``: everything on the sample corpus, from an empty folder to a running web site."""

from __future__ import annotations

import hashlib
import json
import secrets
import signal
import subprocess
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from launcher.environment import (
    ROOT,
    connection_file,
    ensure_runtime,
    environment,
    read_private,
    write_private,
)
from launcher.errors import SetupError
from launcher.label_studio import LabelStudioServer
from launcher.processes import HOST, Service, get, require_free_port

SAMPLE = ROOT / "sample"
# What the sample release is made by, and the protocols the recorded answers can be scored by.
RECIPE = ("--recent-from", "2025-01-01", "--preference-share", "0.1")
BASELINES = ("ngram-baseline", "bigram-baseline")
REPLAYED = ("likelihood_character", "likelihood_pmi", "letters_logprob")
# The one protocol by which every model of the demo is scored.
LEADERBOARD = "results/?release=sample&protocol=likelihood_character&type=all"
LOGINS = ("admin", "curator", "cn", "de", "fr", "gb", "us")
DOMAIN = "demo.example"
_NO_STUDIO = dict.fromkeys(("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY", "LABEL_STUDIO_WEBHOOK_SECRET"), "")


def demo(options: Namespace) -> int:
    """Set up what is missing, start the servers, print where they are, wait for Ctrl-C."""
    data_dir: Path = options.data_dir.absolute()
    require_free_port(options.port, "the web app", "--port")
    studio = None
    if not options.no_label_studio:
        require_free_port(options.label_studio_port, "Label Studio", "--label-studio-port")
        studio = LabelStudioServer(data_dir / "label-studio", options.label_studio_port)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    python = ensure_runtime(data_dir)
    logins = _logins(data_dir)
    with ExitStack() as running:
        if studio:
            studio.ensure_installed()
            studio.start()
            running.callback(studio.stop)
        env = _environment(data_dir, options, logins, studio)
        _prepare(python, env, data_dir)
        if studio:
            print("Waiting for Label Studio …", flush=True)
            studio.wait_ready()
        _manage(python, env, "demo_people")
        _show_a_release(python, env, data_dir)
        web = Service("The web app", _web_command(python, options.port), env, data_dir / "log" / "web.log")
        running.callback(web.stop)
        if studio:
            _manage(python, env, "push_reviews")
            _manage(python, env, "pull_reviews")
        web.wait_until(lambda: get(f"http://{HOST}:{options.port}/healthz") is not None)
        _announce(options, logins)
        while web.is_running and (studio is None or studio.is_running):
            time.sleep(0.5)
        raise SetupError(f"a server ended by itself; see the logs below {data_dir}")


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _logins(data_dir: Path) -> dict[str, str]:
    """Logins and passwords of the demo, made once."""
    path = data_dir / "demo" / "logins.json"
    logins = read_private(path)
    for name in LOGINS:
        logins.setdefault(f"{name}@{DOMAIN}", secrets.token_urlsafe(9))
    write_private(path, logins)
    return logins


def _environment(
    data_dir: Path, options: Namespace, logins: dict[str, str], studio: LabelStudioServer | None
) -> dict[str, str]:
    """The environment of our own processes. Sample data must never get into a database of the caller's."""
    reached = {
        **(studio.connection if studio else _NO_STUDIO),
        "NAVAB_PUBLIC_URL": f"http://{HOST}:{options.port}",
    }
    if studio:
        write_private(connection_file(data_dir), reached)
    return {
        **environment(data_dir),
        **reached,
        "NAVAB_DATA_DIR": str(data_dir),
        "NAVAB_RELEASES_DIR": str(data_dir / "releases"),
        "DATABASE_URL": f"sqlite:///{_database(data_dir)}",
        "NAVAB_DEMO_LOGINS": json.dumps(logins),
        "DJANGO_ALLOWED_HOSTS": f"{HOST},localhost",
        "DJANGO_HTTPS": "false",
        "DJANGO_DEBUG": "false",
    }


def _database(data_dir: Path) -> Path:
    return data_dir / "navab.sqlite3"


def _manage(python: Path, env: dict[str, str], *arguments: str) -> None:
    print(f"→ manage.py {' '.join(arguments)}", flush=True)
    if subprocess.run([str(python), str(ROOT / "manage.py"), *arguments], cwd=ROOT, env=env).returncode:
        raise SetupError(f"manage.py {arguments[0]} failed (see above).")


@contextmanager
def _once(data_dir: Path, step: str) -> Iterator[bool]:
    """Whether ``step`` has still to be done on this sample corpus; remembered when the block succeeds."""
    digest = hashlib.sha256(step.encode())
    for path in sorted(SAMPLE.rglob("*.jsonl")):
        digest.update(path.read_bytes())
    stamp = data_dir / "demo" / step
    is_done = stamp.is_file() and stamp.read_text() == digest.hexdigest()
    yield not is_done
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest.hexdigest())


def _prepare(python: Path, env: dict[str, str], data_dir: Path) -> None:
    """Migrate; read the sample corpus and run the pipeline the first time."""
    if not _database(data_dir).exists():
        for step in ("pipeline", "release", "scores"):
            (data_dir / "demo" / step).unlink(missing_ok=True)
    _manage(python, env, "migrate", "--verbosity", "0")
    with _once(data_dir, "pipeline") as is_due:
        if is_due:
            for kind in ("press", "government", "parliament"):
                _manage(python, env, "ingest", f"sample/{kind}.jsonl", "--outlet-kind", kind)
            _manage(python, env, "run_pipeline", "--engine", "rules")


def _show_a_release(python: Path, env: dict[str, str], data_dir: Path) -> None:
    """A release from the sample verdicts, and small models scored on it: a leaderboard to see."""
    with _once(data_dir, "release") as is_due:
        if is_due:
            curator = f"curator@{DOMAIN}"
            _manage(python, env, "load_sample_verdicts", "sample/verdicts.jsonl", "--curator", curator)
            _manage(python, env, "make_release", "sample", *RECIPE, "--publish", "--if-changed")
    with _once(data_dir, "scores") as is_due:
        if is_due:
            for name in BASELINES:
                _manage(python, env, "evaluate", "sample", "--model", name)
            protocols = [option for kind in REPLAYED for option in ("--protocol", kind)]
            for path in sorted((SAMPLE / "recordings").glob("*.jsonl")):
                recording = str(path.relative_to(ROOT))
                _manage(python, env, "evaluate", "sample", "--replay", recording, *protocols)


def _web_command(python: Path, port: int) -> list[str]:
    return [
        str(python), "-m", "gunicorn", "navab_site.wsgi", "--chdir", str(ROOT),
        "--bind", f"{HOST}:{port}", "--workers", "2", "--threads", "8",
    ]  # fmt: skip


def _announce(options: Namespace, logins: dict[str, str]) -> None:
    print(f"\nNaVAB: http://{HOST}:{options.port}/   (admin pages: /admin/; annotators answer under My work)")
    print("\nLogins")
    for login, password in logins.items():
        print(f"  {login:<22} {password}")
    print("\nSmall models scored on the sample release: log in, then")
    print(f"  http://{HOST}:{options.port}/{LEADERBOARD}")
    print("\nCtrl-C stops everything.", flush=True)
