"""A researcher in a real browser: from releases to the passport of an item, by keyboard, on any screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User

from annotation.seed import seed_groups
from evaluation.models import Release
from tests.browser.browser import DESKTOP, PHONE
from tests.browser.conftest import Visit
from tests.evaluation.released import built_release
from tests.factories import user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("release"),
]
ALL = ("CN", "DE", "FR", "GB", "US")


@pytest.fixture
def release(tmp_path: Path) -> Release:
    seed_groups(apps, "default")  # which the test before has swept away
    return built_release(tmp_path)


def person(group: str) -> User:
    return user(group=group, nations=ALL, is_staff=group == "curator")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_reader_goes_from_releases_to_a_passport_by_keyboard_on_any_screen(
    visit: Visit, live_server: Any, viewport: Any
) -> None:
    page, problems = visit(person("researcher"), viewport)
    widths = []

    def follow(name: str, address: str) -> None:
        page.get_by_role("link", name=name, exact=True).first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{live_server.url}{address}")
        widths.append(page.evaluate("document.documentElement.scrollWidth"))

    page.goto(f"{live_server.url}/releases/")
    widths.append(page.evaluate("document.documentElement.scrollWidth"))
    follow("harbour@1.2.0", "/releases/harbour@1.2.0/")
    follow("Items", "/releases/harbour@1.2.0/items/")
    page.get_by_label("Nation").select_option("FR")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**nation=FR**")
    question = page.locator(".items a").first.inner_text()
    page.locator(".items a").first.press("Enter")
    page.get_by_role("heading", name="How it came to be").wait_for()
    widths.append(page.evaluate("document.documentElement.scrollWidth"))

    assert widths == [viewport["width"]] * 4
    assert page.locator("h1").inner_text() == question
    steps = page.locator(".chain > li > h3").all_inner_texts()
    assert (steps[0], steps[-1]) == ("Document", "Reviews")
    assert problems == []


def test_folder_is_downloaded_whole(visit: Visit, live_server: Any) -> None:
    page, problems = visit(person("researcher"), DESKTOP)
    page.goto(f"{live_server.url}/releases/harbour@1.2.0/")

    with page.expect_download() as waiting:
        page.get_by_role("link", name="Folder as ZIP").click()

    assert waiting.value.suggested_filename == "harbour-1.2.0.zip"
    assert waiting.value.failure() is None
    assert problems == []


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_curator_finds_the_form_of_a_release_and_is_told_what_is_wrong(
    visit: Visit, live_server: Any, viewport: Any
) -> None:
    page, problems = visit(person("curator"), viewport)
    page.goto(f"{live_server.url}/releases/")

    page.get_by_role("link", name="Make a release").press("Enter")
    page.get_by_label("Name", exact=True).fill("Pier")
    page.get_by_label("Published from").fill("soon")
    page.get_by_role("button", name="Make the release").press("Enter")
    page.get_by_role("alert").first.wait_for()

    alerts = page.locator(".release-form [role=alert]").all_inner_texts()
    assert alerts == ["Small letters, digits, dot, dash, underscore."]
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    assert [problem for problem in problems if "400" not in problem] == []
