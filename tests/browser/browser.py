"""A real Chromium for tests that click."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, or the one NAVAB_CHROMIUM names. Fails where there is none."""
    path = os.environ.get("NAVAB_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no Chromium: install it, or name one in NAVAB_CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def log_in(page: Page, site: str, username: str, password: str = "password") -> None:
    """Log in to our site by the keyboard."""
    page.goto(f"{site}/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "login" not in address)


_WRONG = ("warning", "error", "assert")


def watched_page(browser: Browser, viewport: Any, address: str) -> tuple[Page, list[str]]:
    """A new page, and the list of what goes wrong on it: warnings, errors, requests to other hosts.

    What the browser only tells is left out: that a field was entered before it could take the focus, for one.
    """
    page, problems = browser.new_page(viewport=viewport), list[str]()
    page.on(
        "console",
        lambda message: (
            problems.append(f"{message.type}: {message.text}") if message.type in _WRONG else None
        ),
    )
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith(address) else problems.append(request.url),
    )
    return page, problems
