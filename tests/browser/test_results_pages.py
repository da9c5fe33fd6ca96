"""A researcher in a real browser: the leaderboard, a model, a slice, a pair and an item, on any screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User

from annotation.seed import seed_groups
from evaluation.models import Release, ReleaseItem
from tests.browser.browser import DESKTOP, PHONE
from tests.browser.conftest import Visit
from tests.evaluation.answered import answered_run
from tests.evaluation.scored import scored_release
from tests.factories import user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("release"),
]
S, RS = ["statement", "statement"], ["reversed", "reversed"]


def mostly(item: ReleaseItem) -> list[str]:
    return RS if item.key[0] in "0123" else S


@pytest.fixture
def release() -> Release:
    seed_groups(apps, "default")  # which the test before has swept away
    release = scored_release(60, nations=("FR", "GB"), per_article=2)
    answered_run(release, "a-model-with-a-rather-long-name/of-a-provider-7b", S, probability=0.8)
    answered_run(release, "second", mostly, probability=0.6)
    answered_run(release, "third", ["statement", "reversed"], probability=0.5)
    answered_run(release, "half", S, status="stopped")
    answered_run(release, "second", mostly, protocol="free_answer", reply="Because.")
    return release


def researcher() -> User:
    return user(group="researcher", nations=("FR", "GB"))


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_reader_goes_from_the_leaderboard_to_an_item_by_keyboard_on_any_screen(
    visit: Visit, live_server: Any, viewport: Any
) -> None:
    page, problems = visit(researcher(), viewport)
    seen = []

    def look(heading: str) -> None:
        page.get_by_role("heading", name=heading, exact=True).first.wait_for()
        width = page.evaluate("document.documentElement.scrollWidth")
        size = page.evaluate(
            "Math.min(...[...document.querySelectorAll('.picture text')]"
            ".map(one => one.getBoundingClientRect().height), 99)"
        )
        seen.append((heading, width == viewport["width"], size >= 11))

    def follow(name: str) -> None:
        page.get_by_role("link", name=name, exact=True).first.focus()
        page.keyboard.press("Enter")

    page.goto(f"{live_server.url}/results/")
    look("United Kingdom")
    page.get_by_label("Nation").select_option("FR")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**nation=FR**")
    look("France")
    follow("second")
    look("second")
    page.goto(f"{live_server.url}/results/")
    follow("Other slices")
    look("FR")
    page.goto(f"{live_server.url}/results/")
    follow("Compare two models")
    look("Items they differ on")
    page.locator(".differing a").first.press("Enter")
    look("All models")

    headings = ["United Kingdom", "France", "second", "FR", "Items they differ on", "All models"]
    assert seen == [(heading, True, True) for heading in headings]
    assert problems == []


def test_pictures_can_be_downloaded(visit: Visit, live_server: Any, tmp_path: Path) -> None:
    page, problems = visit(researcher(), DESKTOP)
    page.goto(f"{live_server.url}/results/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Picture as SVG").first.click()
    download.value.save_as(tmp_path / "picture.svg")
    text = (tmp_path / "picture.svg").read_text(encoding="utf-8")
    assert download.value.suggested_filename == "demo-1.0.0-letters-fr-quoted.svg"
    assert text.startswith("<svg ")
    assert problems == []
