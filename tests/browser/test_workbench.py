"""A curator in a real browser: understands a conflict, settles it by keyboard alone, and takes it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from playwright.sync_api import Page

from annotation.models import ConflictGroup, Decision
from annotation.seed import seed_groups
from tests.annotation.conflict_groups import make_group, statuses
from tests.browser.browser import DESKTOP, PHONE
from tests.browser.conftest import Visit
from tests.factories import user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass
class Curator:
    """A page of somebody logged in, and what went wrong on it."""

    page: Page
    address: str
    problems: list[str]

    def open(self, group: ConflictGroup, query: str = "") -> None:
        self.page.goto(f"{self.address}/conflicts/{group.pk}/{query}")

    def tab_to(self, selector: str, most: int = 120) -> None:
        """Press Tab until what ``selector`` names has the focus."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"{selector} was not reached by {most} tabs")


@pytest.fixture
def curator(live_server: Any, visit: Visit) -> Curator:
    seed_groups(apps, "default")  # which the test before has swept away
    page, problems = visit(user("cora@example.org", group="curator", nations=("GB",)), DESKTOP)
    return Curator(page, live_server.url, problems)


def live() -> list[tuple[str, str, str]]:
    rows = Decision.objects.exclude(status="superseded").order_by("conflict")
    return list(rows.values_list("judge_type", "label", "rationale"))


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
@pytest.mark.parametrize("size", [(1, 1), (110, 90)])
def test_group_of_any_size_fits_the_screen_and_asks_nothing_of_other_hosts(
    curator: Curator, viewport: Any, size: tuple[int, int]
) -> None:
    group = make_group(*size)
    curator.page.set_viewport_size(viewport)

    curator.page.goto(f"{curator.address}/conflicts/")
    widths = [curator.page.evaluate("document.documentElement.scrollWidth")]
    curator.page.get_by_role("link", name=f"Group {group.pk}").click()
    widths.append(curator.page.evaluate("document.documentElement.scrollWidth"))

    assert widths == [viewport["width"]] * 2
    assert curator.page.locator(".plate:visible rect[x]").count() >= sum(size)
    region = curator.page.get_by_role("region", name="Graph, scrolls")
    assert region.bounding_box()["width"] <= viewport["width"]
    assert curator.problems == []


def test_edge_is_settled_and_taken_back_by_keyboard_alone(curator: Curator) -> None:
    group = make_group(1, 1)
    curator.open(group)
    keys = curator.page.keyboard

    keys.press("j")
    assert curator.page.evaluate("document.activeElement.matches('[data-edge]')")
    keys.press("2")
    assert curator.page.get_by_label("B1 holds").first.is_checked()
    keys.press("n")
    keys.type("2 sources agree")  # a digit that is typed chooses nothing
    with curator.page.expect_navigation():
        keys.press("Enter")
    settled = live()
    curator.tab_to(".also button")
    with curator.page.expect_navigation():
        keys.press("Enter")

    label = settled[0][1]
    assert [(judge, note) for judge, _, note in settled] == [("curator", "2 sources agree")]
    assert label in {"keep_first", "keep_second"}
    assert [judge for judge, _, _ in live()] == ["rules"]
    assert set(statuses(group).values()) == {"contested"}
    assert curator.problems == []


def test_group_of_200_is_settled_and_taken_back_with_tab_arrows_and_enter(curator: Curator) -> None:
    group = make_group(110, 90)
    curator.open(group)
    keys = curator.page.keyboard

    curator.tab_to("a[href='#settle']")
    keys.press("Enter")
    curator.tab_to("#settle [name=outcome]", most=3)
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    assert curator.page.locator("#settle input:checked").get_attribute("value") == "plurality"
    curator.tab_to("#settle button[type=submit]", most=4)
    with curator.page.expect_navigation(timeout=120_000):
        keys.press("Enter")
    settled = {judge for judge, label, _ in live() if label == "plurality"}
    curator.tab_to(".back button", most=200)
    with curator.page.expect_navigation(timeout=120_000):
        keys.press("Enter")

    assert settled == {"curator"}
    assert {judge for judge, _, _ in live()} == {"rules"}
    assert set(statuses(group).values()) == {"contested"}
    assert curator.problems == []


def test_focus_is_visible_on_whatever_it_rests_on(curator: Curator) -> None:
    curator.open(make_group(1, 1))
    seen, unseen = 0, []

    for _ in range(60):
        curator.page.keyboard.press("Tab")
        found = curator.page.evaluate(
            """() => {
              const at = document.activeElement;
              const shown = at.matches('.verdict [type=radio]') ? at.nextElementSibling : at;
              return [at.outerHTML.slice(0, 90), getComputedStyle(shown).outlineStyle !== 'none'];
            }"""
        )
        seen += found[1]
        unseen += [] if found[1] or found[0].startswith("<body") else [found[0]]

    assert (seen > 30, unseen) == (True, [])


def test_page_works_without_its_script(curator: Curator) -> None:
    group = make_group(1, 1)
    curator.page.route("**/conflicts.js", lambda route: route.abort())
    curator.open(group)

    curator.page.get_by_label("Compatible").first.check()
    with curator.page.expect_navigation():
        curator.page.get_by_role("button", name="Settle A1–B1").click()

    assert [(judge, label) for judge, label, _ in live()] == [("curator", "compatible")]
