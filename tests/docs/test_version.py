"""The version that releases name is that of the project."""

from __future__ import annotations

import tomllib
from pathlib import Path

from evaluation import VERSION

ROOT = Path(__file__).parents[2]


def test_version_in_releases_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
