"""A sound release folder, and a copy of it to spoil."""

from __future__ import annotations

import shutil

import pytest

from tests.evaluation.publishing.written import written


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    return written(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def folder(sound, tmp_path):
    target = tmp_path / sound.name
    shutil.copytree(sound, target)
    return target
