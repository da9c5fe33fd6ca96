"""``navab demo``: everything on the sample corpus, from an empty folder to two running web pages."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from launcher.environment import ROOT, SetupError, ensure_runtime, environment, kept_secrets, write_private
from launcher.label_studio import LabelStudioServer, ensure_installed
from launcher.processes import Service, answers, require_free_port

SAMPLE = ROOT / "sample"
LOGINS = ("admin", "curator", "cn", "de", "fr", "gb", "us")
DOMAIN = "demo.example"


def demo(options: Namespace) -> int:
    """Set up what is missing, start the servers, print where they are, wait for Ctrl-C."""
    data_dir: Path = options.data_dir.absolute()
    require_free_port(options.port, "the web app", "--port")
    if not options.no_label_studio:
        require_free_port(options.label_studio_port, "Label Studio", "--label-studio-port")
    signal.signal(signal.SIGTERM, _interrupt)
    python = ensure_runtime(data_dir)
    logins = _logins(data_dir)
    with ExitStack() as running:
        studio = None if options.no_label_studio else _start_studio(data_dir, options, logins, running)
        env = _environment(data_dir, options, logins, studio)
        _prepare(python, env, data_dir)
        if studio:
            print("Waiting for Label Studio …", flush=True)
            studio.wait_ready()
        _manage(python, env, "demo_people")
        _show_a_release(python, env, data_dir)
        if studio:
            _manage(python, env, "push_reviews")
        web = Service("The web app", _web_command(python, options.port), env, data_dir / "log" / "web.log")
        running.callback(web.stop)
        web.wait_until(lambda: answers(f"http://127.0.0.1:{options.port}/healthz"))
        _announce(options, logins, studio is not None)
        while web.is_running and (studio is None or studio.is_running):
            time.sleep(0.5)
        raise SetupError(f"a server ended by itself; see the logs in {data_dir / 'log'}")


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _logins(data_dir: Path) -> dict[str, str]:
    """Logins and passwords of the demo, made once."""
    kept = kept_secrets(data_dir)
    logins = kept.get("demo_logins") or {}
    for name in LOGINS:
        logins.setdefault(f"{name}@{DOMAIN}", secrets.token_urlsafe(9))
    write_private(data_dir / "secrets.json", kept | {"demo_logins": logins})
    return dict(logins)


def _start_studio(
    data_dir: Path, options: Namespace, logins: dict[str, str], running: ExitStack
) -> LabelStudioServer:
    folder = data_dir / "label-studio"
    venv = ensure_installed(folder / "venv")
    admin = f"admin@{DOMAIN}"
    studio = LabelStudioServer(
        folder, venv, options.label_studio_port, admin_email=admin, admin_password=logins[admin]
    )
    print("Starting Label Studio …", flush=True)
    studio.start()
    running.callback(studio.stop)
    return studio


def _environment(
    data_dir: Path, options: Namespace, logins: dict[str, str], studio: LabelStudioServer | None
) -> dict[str, str]:
    """The environment of our own processes; the demo's servers go before what the caller has set."""
    connection = dict.fromkeys(("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY", "LABEL_STUDIO_WEBHOOK_SECRET"), "")
    if studio:
        connection = {
            "LABEL_STUDIO_URL": studio.url,
            "LABEL_STUDIO_API_KEY": studio.token,
            "LABEL_STUDIO_WEBHOOK_SECRET": kept_secrets(data_dir)["webhook_secret"],
        }
        write_private(data_dir / "label-studio" / "connection.json", connection)
    return environment(data_dir) | connection | {
        "NAVAB_PUBLIC_URL": f"http://127.0.0.1:{options.port}",
        "NAVAB_DEMO_LOGINS": json.dumps(logins),
        "DJANGO_ALLOWED_HOSTS": "127.0.0.1,localhost",
    }


def _manage(python: Path, env: dict[str, str], *arguments: str) -> None:
    print(f"→ manage.py {' '.join(arguments)}", flush=True)
    if subprocess.run([str(python), str(ROOT / "manage.py"), *arguments], cwd=ROOT, env=env).returncode:
        raise SetupError(f"manage.py {arguments[0]} failed (see above).")


@contextmanager
def _once(data_dir: Path, step: str) -> Iterator[bool]:
    """Whether ``step`` has still to be done on this sample corpus; remembered when the block succeeds."""
    digest = hashlib.sha256(step.encode())
    for path in sorted(SAMPLE.glob("*.jsonl")):
        digest.update(path.read_bytes())
    stamp = data_dir / "demo" / step
    if stamp.is_file() and stamp.read_text() == digest.hexdigest():
        yield False
        return
    yield True
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest.hexdigest())


def _prepare(python: Path, env: dict[str, str], data_dir: Path) -> None:
    """Migrate; read the sample corpus and run the pipeline the first time."""
    _manage(python, env, "migrate", "--verbosity", "0")
    with _once(data_dir, "pipeline") as is_due:
        if is_due:
            for kind in ("press", "government", "parliament"):
                _manage(python, env, "ingest", f"sample/{kind}.jsonl", "--outlet-kind", kind)
            _manage(python, env, "run_pipeline", "--engine", "rules")


def _show_a_release(python: Path, env: dict[str, str], data_dir: Path) -> None:
    """A release from the sample verdicts and the embedded baseline scored on it, so that there is a page to see."""
    with _once(data_dir, "release") as is_due:
        if is_due:
            curator = f"curator@{DOMAIN}"
            _manage(python, env, "load_sample_verdicts", "sample/verdicts.jsonl", "--curator", curator)
            _manage(python, env, "make_release", "sample", "--if-missing")
            _manage(python, env, "evaluate", "sample", "--model", "ngram-baseline")


def _web_command(python: Path, port: int) -> list[str]:
    return [
        str(python), "-m", "gunicorn", "navab_site.wsgi", "--chdir", str(ROOT), "--bind", f"127.0.0.1:{port}",
        "--workers", "2", "--threads", "4", "--worker-tmp-dir", os.environ.get("TMPDIR", "/tmp"),
    ]  # fmt: skip


def _announce(options: Namespace, logins: dict[str, str], has_studio: bool) -> None:
    print(f"\nNaVAB:        http://127.0.0.1:{options.port}/   (admin pages: /admin/)")
    if has_studio:
        print(f"Label Studio: http://127.0.0.1:{options.label_studio_port}/")
    print("\nLogins (admin and annotators: the same on both; the curator on NaVAB only)")
    for login, password in logins.items():
        print(f"  {login:<22} {password}")
    print("\nCtrl-C stops everything.", flush=True)
    sys.stdout.flush()
