"""The sample corpus, settings that lead to a server, and a clock."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from tests import factories
from tests.annotation.people import Clock
from tests.annotation.services.stages.pipeline_runs import MODEL_TASKS, SAMPLE, command


@pytest.fixture
def corpus() -> None:
    """The sample corpus."""
    for kind in ("press", "government", "parliament"):
        summary = command("ingest", str(SAMPLE / f"{kind}.jsonl"), outlet_kind=kind)
        assert summary["rejected"] == 0


@pytest.fixture
def model_settings(settings: Any) -> Any:
    """Settings that lead the openai engine to a server."""

    def use(base_url: str) -> None:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = base_url, "key"
        settings.NAVAB_MODELS = dict.fromkeys(MODEL_TASKS, "tiny")

    return use


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands at noon until it is put forward."""
    found = Clock()
    monkeypatch.setattr("django.utils.timezone.now", found)
    return found


@pytest.fixture
def ann() -> User:
    """An annotator of GB."""
    return factories.user(group="annotator", nations=("GB",))


@pytest.fixture
def newcomer() -> User:
    """An annotator of GB who is not qualified."""
    return factories.user(group="annotator", nations=("GB",), is_qualified=False)
