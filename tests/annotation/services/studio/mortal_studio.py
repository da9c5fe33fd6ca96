"""A Label Studio of its own for tests that kill it, and processes of ours that are killed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from launcher.label_studio import LabelStudioServer
from tests.studio import NOBODY_LISTENS, Studio, lead_to, running_server

ROOT = Path(__file__).resolve().parents[4]


class MortalStudio(Studio):
    """A Label Studio that can be killed, emptied and put back to what it was."""

    def kill(self) -> None:
        """SIGKILL, as when the power goes."""
        service = self.server._service
        assert service is not None
        os.killpg(service._process.pid, signal.SIGKILL)
        service._process.wait()
        self.server._service = None

    def start(self) -> None:
        """Start it (again), on the same port."""
        self.server.start()
        self.server.wait_ready(300)

    @property
    def database(self) -> Path:
        """Its database file."""
        return self.server.data_dir / "label_studio.sqlite3"

    def back_up(self, to: Path) -> None:
        """Copy its database as it is, while it runs."""
        with sqlite3.connect(self.database) as source, sqlite3.connect(to) as target:
            source.backup(target)

    def replace_disk(self, by: Path | None = None) -> None:
        """Kill it and start it with another database, or with none."""
        self.kill()
        for path in self.server.data_dir.glob("label_studio.sqlite3*"):
            path.unlink()
        if by is not None:
            shutil.copy(by, self.database)
        self.start()


@pytest.fixture(scope="module")
def mortal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudioServer]:
    """One Label Studio for the tests of a module."""
    with running_server(tmp_path_factory.mktemp("mortal")) as server:
        yield server


@pytest.fixture
def mortal(mortal_server: LabelStudioServer, settings: Any, tmp_path: Path) -> MortalStudio:
    """That Label Studio, running and emptied, and the settings that lead to it."""
    studio = MortalStudio(mortal_server)
    if not mortal_server.is_running:
        studio.start()
    lead_to(mortal_server, settings, tmp_path)
    studio.empty()
    return studio


def our_process(studio: Studio, data_dir: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A process of ours on the test's database and Label Studio."""
    own = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{own['NAME']}"
    else:
        host = f"?host={own['HOST']}" if str(own["HOST"]).startswith("/") else ""
        where = "" if host else f"{own['HOST']}:{own['PORT']}"
        url = f"postgresql://{own['USER']}:{own['PASSWORD']}@{where}/{own['NAME']}{host}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "NAVAB_DATA_DIR": str(data_dir),
        "NAVAB_PUBLIC_URL": NOBODY_LISTENS,
        **studio.server.connection,
    }
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment)
