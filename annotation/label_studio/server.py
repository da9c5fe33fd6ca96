"""Label Studio as a local process: installed in its own environment, started, waited for, stopped.

Standard library only, no Django: the launcher and the tests use it before anything else is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

LOCK = Path(__file__).resolve().parents[2] / "requirements" / "label-studio.lock"
HOST = "127.0.0.1"
VENV_VARIABLE = "NAVAB_LABEL_STUDIO_VENV"
_SECRETS_FILE = "secrets.json"
_TOKEN_BYTES = 20  # 40 characters: all that its column holds

Progress = Callable[[str], None]


class StudioServerError(RuntimeError):
    """Label Studio could not be installed or did not come up; the message says what to do."""


class PortTakenError(StudioServerError):
    """Something else listens on the port."""


@dataclass(frozen=True, slots=True)
class StudioSecrets:
    """What only we and our Label Studio know."""

    secret_key: str
    admin_email: str
    admin_password: str
    admin_token: str
    webhook_secret: str

    @classmethod
    def load_or_make(cls, data_dir: Path) -> StudioSecrets:
        """The secrets kept in ``data_dir`` (mode 600); made on first use."""
        path = data_dir / _SECRETS_FILE
        if path.is_file():
            try:
                return cls(**json.loads(path.read_text(encoding="utf-8")))
            except (TypeError, ValueError):
                raise StudioServerError(
                    f"{path} is not a secrets file of ours. Put it right, or remove the whole folder "
                    f"{data_dir} to start with a new Label Studio."
                ) from None
        made = cls(
            secret_key=secrets.token_urlsafe(48),
            admin_email="studio-admin@navab.invalid",
            admin_password=secrets.token_urlsafe(18),
            admin_token=secrets.token_hex(_TOKEN_BYTES),
            webhook_secret=secrets.token_urlsafe(32),
        )
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(made), file, indent=1)
        draft.replace(path)
        return made


class LabelStudioServer:
    """One Label Studio on loopback. ``data_dir`` holds its database, log and home; ``venv_dir`` its code.

    The environment variable ``NAVAB_LABEL_STUDIO_VENV`` names an installation to use instead of ``venv_dir``.
    """

    def __init__(self, data_dir: Path, venv_dir: Path, port: int, secrets: StudioSecrets) -> None:
        named = os.environ.get(VENV_VARIABLE)
        self.data_dir = data_dir.absolute()
        self.venv_dir = Path(named or venv_dir).absolute()
        self.port = port
        self.secrets = secrets
        self._is_venv_named = bool(named)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.data_dir / "label-studio.log"

    @property
    def is_running(self) -> bool:
        """Whether the process we started lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def connection(self) -> dict[str, str]:
        """Environment variables with which our web app and commands reach this server."""
        return {
            "LABEL_STUDIO_URL": self.url,
            "LABEL_STUDIO_API_KEY": self.secrets.admin_token,
            "LABEL_STUDIO_WEBHOOK_SECRET": self.secrets.webhook_secret,
        }

    def ensure_installed(self, progress: Progress = lambda line: None) -> bool:
        """Install the locked Label Studio unless that was done; returns whether it did anything."""
        stamp = self.venv_dir / ".navab-installed"
        digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
        if self._executable.is_file() and (
            self._is_venv_named or (stamp.is_file() and stamp.read_text() == digest)
        ):
            return False
        progress(
            f"Installing Label Studio into {self.venv_dir} (about 1 GB; the first time takes some minutes)"
        )
        uv = shutil.which("uv")
        python = str(self.venv_dir / "bin" / "python")
        if not Path(python).exists():
            self.venv_dir.parent.mkdir(parents=True, exist_ok=True)
            make = [uv, "venv", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
            self._install_step(
                [*make, str(self.venv_dir)],
                "making its environment failed; on Debian and Ubuntu the package python3-venv is needed",
            )
        install = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
        self._install_step(
            [*install, "--require-hashes", "-r", str(LOCK)],
            f"installing {LOCK.name} failed; run it again to retry",
        )
        stamp.write_text(digest)
        progress("Label Studio is installed")
        return True

    def start(self) -> None:
        """Start it in a process group of its own. Raises :class:`PortTakenError` when the port is in use."""
        if self.is_running:
            return
        self._require_free_port()
        home = self.data_dir / "home"
        home.mkdir(parents=True, exist_ok=True)
        command = [str(self._executable), "start", "--no-browser", "--internal-host", HOST]
        command += ["--port", str(self.port), "--log-level", "WARNING", "--enable-legacy-api-token"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a command line of our own
                command,
                env=self._environment(home),
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self, timeout: float = 180.0) -> str:
        """Wait until it serves; returns its version. Raises with the end of its log when it does not."""
        end = time.monotonic() + timeout
        while self.is_running and time.monotonic() < end:
            if self._get("/health") is not None and (reply := self._get("/api/version")) is not None:
                return str(json.loads(reply).get("release", ""))
            time.sleep(0.3)
        why = f"did not answer within {timeout:.0f} s" if self.is_running else "ended"
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        raise StudioServerError(f"Label Studio {why}. The end of {self.log}:\n{tail}")

    def stop(self) -> None:
        """Ask the whole process group to end, then make it."""
        process, self._process = self._process, None
        if process is None:
            return
        for number, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
            try:
                os.killpg(process.pid, number)
                process.wait(patience)
            except ProcessLookupError:
                process.wait()
                return
            except subprocess.TimeoutExpired:
                continue

    @property
    def _executable(self) -> Path:
        return self.venv_dir / "bin" / "label-studio"

    def _environment(self, home: Path) -> dict[str, str]:
        """Only what is named here: Label Studio reads unprefixed names such as DEBUG, HOST and PASSWORD."""
        ours = self.secrets
        return {
            "PATH": f"{self.venv_dir / 'bin'}{os.pathsep}{os.defpath}",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "http_proxy": "",
            "no_proxy": "*",
            "LABEL_STUDIO_BASE_DATA_DIR": str(self.data_dir),
            "LABEL_STUDIO_HOST": self.url,
            "LABEL_STUDIO_SECRET_KEY": ours.secret_key,
            "SECRET_KEY": ours.secret_key,
            "LABEL_STUDIO_USERNAME": ours.admin_email,
            "LABEL_STUDIO_PASSWORD": ours.admin_password,
            "LABEL_STUDIO_USER_TOKEN": ours.admin_token,
            "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
            "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
            "LATEST_VERSION_CHECK": "false",
            "COLLECT_ANALYTICS": "false",
            "SENTRY_DSN": "",
            "FRONTEND_SENTRY_DSN": "",
            "FEATURE_FLAGS_OFFLINE": "true",
            "ALLOWED_HOSTS": f"{HOST},localhost",
            "CORS_ALLOW_ALL_ORIGINS": "false",
            "ENABLE_LOCAL_FILES_STORAGE": "false",
            "LOCAL_FILES_SERVING_ENABLED": "false",
            "WEBHOOK_TIMEOUT": "1.0",
            # Our web app, which receives its hooks, is on loopback too: its guard against that is off.
            "USE_DEFAULT_BANNED_SUBNETS": "false",
        }

    def _install_step(self, command: list[str], complaint: str) -> None:
        """Run one command of the installation, its output to a log beside the environment."""
        log = self.venv_dir.with_name(f"{self.venv_dir.name}-install.log")
        with log.open("ab") as file:
            if subprocess.run(command, stdout=file, stderr=file).returncode == 0:  # noqa: S603
                return
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
        raise StudioServerError(f"Label Studio: {complaint}. The end of {log}:\n{tail}")

    def _require_free_port(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.port))
            except (OSError, OverflowError) as error:
                raise PortTakenError(
                    f"port {self.port}, wanted for Label Studio, cannot be used ({error}). "
                    "Stop what listens there or choose another port."
                ) from None

    def _get(self, path: str) -> bytes | None:
        """Body of a GET, past any proxy; ``None`` while it does not answer."""
        try:
            with build_opener(ProxyHandler({})).open(f"{self.url}{path}", timeout=5) as reply:
                return bytes(reply.read())
        except (URLError, OSError):
            return None
