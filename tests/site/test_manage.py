"""Commands that were given folders of releases only need no installation: no key, no database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.evaluation.publishing.written import sound_content, written

ROOT = Path(__file__).resolve().parents[2]
NO_KEY = "The configuration is not complete: DJANGO_SECRET_KEY is not set."


def manage(cwd: Path, *arguments: str | Path, **environment: str) -> tuple[int, str, str]:
    """``manage.py`` with nothing in the environment but the given; returns status and both outputs."""
    run = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
    )
    return run.returncode, run.stdout, run.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return written(tmp_path_factory.mktemp("alone"))


def test_a_folder_is_verified_without_a_key_and_without_a_trace(folder, tmp_path):
    status, said, wrong = manage(tmp_path, "verify_release", folder)

    assert (status, wrong) == (0, "")
    assert said.startswith("harbour@1.2.0 verifies: ")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_verified_whatever_the_settings_of_the_installation_are(folder, tmp_path):
    status, _, wrong = manage(tmp_path, "verify_release", "--json", folder, DATABASE_URL="mysql://x/y")

    assert (status, wrong) == (0, "")


def test_overlap_and_difference_of_folders_need_no_key(folder, tmp_path):
    other = written(tmp_path, sound_content(changes=(), causes={}))
    (tmp_path / "text.txt").write_text("Nothing of it.")

    status, said, wrong = manage(tmp_path, "overlap_release", folder, "text.txt")
    assert (status, wrong) == (0, "")
    assert "gb/quoted: 0 of " in said
    status, said, wrong = manage(tmp_path, "diff_release", folder, other)
    assert (status, wrong) == (0, "")
    assert said.splitlines()[:2] == ["harbour@1.2.0 -> harbour@1.2.0", "  added: 0"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("runserver", "--noreload"),
        ("overlap_release", "harbour", "text.txt"),
        ("diff_release", "{folder}", "harbour"),
        ("import_release", "{folder}"),
    ],
)
def test_every_other_command_needs_a_key(folder, tmp_path, arguments):
    given = [argument.format(folder=folder) for argument in arguments]

    status, _, wrong = manage(tmp_path, *given, NAVAB_DATA_DIR=str(tmp_path))

    assert status == 1
    assert wrong.startswith(NO_KEY)


def test_the_settings_of_folders_have_no_key_and_serve_nothing():
    from navab_site import folder_settings

    assert not {"SECRET_KEY", "ROOT_URLCONF", "WSGI_APPLICATION", "DATABASES"} & set(vars(folder_settings))
