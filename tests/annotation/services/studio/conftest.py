"""Annotators of GB with accounts of their own in a real Label Studio."""

from __future__ import annotations

import pytest

from tests.studio import Studio, StudioAnnotator


@pytest.fixture
def ann(studio: Studio) -> StudioAnnotator:
    return studio.annotators("ann")[0]


@pytest.fixture
def bob(studio: Studio) -> StudioAnnotator:
    return studio.annotators("bob")[0]


@pytest.fixture
def eve(studio: Studio) -> StudioAnnotator:
    """One who works for the nation too, and calls Label Studio past our gateway."""
    return studio.annotators("eve")[0]
