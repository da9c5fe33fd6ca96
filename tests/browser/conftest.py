"""What every test in a browser needs of the place it runs in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from annotation.services.studio.hints import wait_for_hints
from tests.browser.browser import chromium, log_in, watched_page

Visit = Callable[[User, Any], tuple[Page, list[str]]]


@pytest.fixture(autouse=True)
def _tables_beside_the_browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Playwright keeps an event loop in this thread, which Django takes for asynchronous code."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    yield
    wait_for_hints()


@pytest.fixture
def visit(live_server: Any) -> Iterator[Visit]:
    """``visit(person, viewport)`` gives a page where the person is logged in, and the list of what goes
    wrong on it."""
    with chromium() as browser:

        def visit(person: User, viewport: Any) -> tuple[Page, list[str]]:
            page, problems = watched_page(browser, viewport, live_server.url)
            log_in(page, live_server.url, person.username)
            return page, problems

        yield visit
