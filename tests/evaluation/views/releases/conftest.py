"""A built release."""

from __future__ import annotations

import pytest

from tests.evaluation.released import built_release


@pytest.fixture
def release(tmp_path):
    return built_release(tmp_path)
