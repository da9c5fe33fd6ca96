"""Label Studio as a local process: installed in its own environment, started, waited for, stopped."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from launcher.environment import REQUIREMENTS, read_private, write_private
from launcher.errors import SetupError
from launcher.install import ensure_venv
from launcher.processes import HOST, Service, get, require_free_port

VENV_VARIABLE = "NAVAB_LABEL_STUDIO_VENV"
_SECRETS_FILE = "secrets.json"
_TOKEN_BYTES = 20  # 40 characters: all that its column holds


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
        kept = read_private(path)
        if kept:
            try:
                return cls(**kept)
            except TypeError:
                raise SetupError(
                    f"{path} does not hold the secrets of a Label Studio. Put it right, or remove the whole "
                    f"folder {data_dir} to start with a new one."
                ) from None
        made = cls(
            secret_key=secrets.token_urlsafe(48),
            admin_email="studio-admin@navab.invalid",
            admin_password=secrets.token_urlsafe(18),
            admin_token=secrets.token_hex(_TOKEN_BYTES),
            webhook_secret=secrets.token_urlsafe(32),
        )
        write_private(path, asdict(made))
        return made


class LabelStudioServer:
    """One Label Studio on loopback. ``data_dir`` holds its database, log and home; ``venv`` its code.

    The environment variable ``NAVAB_LABEL_STUDIO_VENV`` names an installation to use instead of ``venv``.
    """

    def __init__(self, data_dir: Path, port: int, *, venv: Path | None = None) -> None:
        named = os.environ.get(VENV_VARIABLE)
        self.data_dir = data_dir.absolute()
        self.venv = Path(named or venv or data_dir / "venv").absolute()
        self.port = port
        self.secrets = StudioSecrets.load_or_make(self.data_dir)
        self._is_venv_named = bool(named)
        self._service: Service | None = None

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://{HOST}:{self.port}"

    @property
    def is_running(self) -> bool:
        """Whether the process we started lives."""
        return self._service is not None and self._service.is_running

    @property
    def connection(self) -> dict[str, str]:
        """Environment variables with which our web app and commands reach this server."""
        return {
            "LABEL_STUDIO_URL": self.url,
            "LABEL_STUDIO_API_KEY": self.secrets.admin_token,
            "LABEL_STUDIO_WEBHOOK_SECRET": self.secrets.webhook_secret,
        }

    def ensure_installed(self) -> bool:
        """Install the locked Label Studio unless that was done; returns whether it did anything."""
        if self._is_venv_named and self._executable.is_file():
            return False
        return ensure_venv(self.venv, REQUIREMENTS / "label-studio.lock")

    def start(self) -> None:
        """Start it in a process group of its own. Raises :class:`SetupError` when the port is in use."""
        if self.is_running:
            return
        require_free_port(self.port, "Label Studio", "--label-studio-port")
        home = self.data_dir / "home"
        home.mkdir(parents=True, exist_ok=True)
        command = [str(self._executable), "start", "--no-browser", "--internal-host", HOST]
        command += ["--port", str(self.port), "--log-level", "WARNING", "--enable-legacy-api-token"]
        log = self.data_dir / "label-studio.log"
        self._service = Service("Label Studio", command, self._environment(home), log, cwd=home)

    def wait_ready(self, timeout: float = 180.0) -> str:
        """Wait until it serves; returns its version. Raises with the end of its log when it does not."""
        if self._service is None:
            raise SetupError("Label Studio was not started")
        self._service.wait_until(lambda: get(f"{self.url}/health") is not None, timeout)
        return str(json.loads(get(f"{self.url}/api/version") or b"{}").get("release", ""))

    def stop(self) -> None:
        """Ask the whole process group to end, then make it."""
        service, self._service = self._service, None
        if service is not None:
            service.stop()

    @property
    def _executable(self) -> Path:
        return self.venv / "bin" / "label-studio"

    def _environment(self, home: Path) -> dict[str, str]:
        """Only what is named here: Label Studio reads unprefixed names such as DEBUG, HOST and PASSWORD."""
        ours = self.secrets
        return {
            "PATH": f"{self.venv / 'bin'}{os.pathsep}{os.defpath}",
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
