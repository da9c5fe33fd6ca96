"""One release folder, written once the way the platform writes it, for all tests that read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.publishing.files import write_temporary
from evaluation.publishing.formats.all import release_files
from tests.evaluation.publishing.content import CANARY, MemoryContent, content, hostile_rows, rows


@pytest.fixture(scope="session")
def made() -> MemoryContent:
    """Five nations, and items whose texts try to be code."""
    return content(rows() + hostile_rows())


@pytest.fixture(scope="session")
def release(made: MemoryContent, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of ``made``."""
    return write_temporary(release_files(made), tmp_path_factory.mktemp("releases"), CANARY)[0]
