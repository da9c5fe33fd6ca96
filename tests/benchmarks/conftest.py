"""A tiny folder of labelled data, and everything the bench says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality import measures
from tests.benchmarks.folder import make_folder
from tests.benchmarks.running import Found, bench

FEW = 20  # resamples: intervals are rough and quick, but where a test asks for more


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be written to."""
    return make_folder(tmp_path_factory.mktemp("labelled"))


@pytest.fixture(scope="session")
def whole(folder: Path) -> Found:
    """All stages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "RESAMPLES", FEW)
        return bench(folder)


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "RESAMPLES", FEW)
