"""An annotator in a real browser: logs in to our site only, answers by keyboard, and the vote arrives."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Response, Route
from pytest_django.live_server_helper import LiveServer

from annotation.models import Decision, DecisionKind, Review, StudioProject, Vote
from annotation.services.reviews.queue import request_reviews
from annotation.services.studio.hints import wait_for_hints
from annotation.services.studio.push import push_reviews
from tests.browser.browser import chromium, log_in
from tests.factories import DecisionFactory, DocumentFactory, OutletFactory, StatementFactory, nation, user
from tests.studio import Studio

pytestmark = [pytest.mark.browser, pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]

# What an annotator might try from the page's own console.
FORBIDDEN = [
    ("GET", "api/projects"),
    ("DELETE", "api/projects/{project}"),
    ("PATCH", "api/projects/{project}"),
    ("GET", "api/projects/{project}/export?exportType=JSON"),
    ("GET", "api/current-user/token"),
    ("GET", "api/webhooks"),
    ("GET", "api/users/1"),
    ("GET", "api/tasks/{task}/annotations"),
    ("DELETE", "api/tasks/{task}"),
    ("DELETE", "api/annotations/{others}"),
    ("PATCH", "api/annotations/{others}"),
    ("POST", "api/dm/actions?id=delete_tasks&project={project}"),
    ("GET", "user/login"),
]
_FETCH = """async ([method, address, token]) => {
  const headers = {"Content-Type": "application/json"};
  const body = method === "GET" ? undefined : "{}";
  return (await fetch(address, {method, headers, body})).status;
}"""


def _german_statement(outlet: str = "Tagesblatt") -> Decision:
    document = DocumentFactory(
        nation=nation("DE"),
        outlet=OutletFactory(nation=nation("DE"), name=outlet),
        text="Im Rat wurde gestritten. Der Staat muss die Mieten begrenzen. "
        f"Beschlossen ist nichts, schreibt das {outlet}.",
    )
    statement = StatementFactory(
        document=document,
        text="Der Staat muss die Mieten begrenzen.",
        span_start=25,
        span_end=61,
        speaker="Mia Weber",
    )
    return DecisionFactory(
        kind=DecisionKind.ATTRIBUTION, statement=statement, label="unknown", value={"speaker": "Mia Weber"}
    )


def _is_answer(reply: Response) -> bool:
    return reply.request.method == "POST" and "/annotations" in reply.url


def test_annotator_answers_in_her_language_by_keyboard(
    studio: Studio, live_server: LiveServer, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = False
    person = user("emma@example.org", group="annotator", nations=("DE",))
    person.person.language = "fr"  # Emma reads German texts and prefers French pages
    person.person.save()
    decisions = [_german_statement(), _german_statement("Abendblatt")]
    request_reviews(decisions)
    push_reviews(client=studio.client)
    project = StudioProject.objects.get()
    requests: list[str] = []
    errors: list[str] = []

    with chromium() as browser:
        page = browser.new_page(locale="de-DE", viewport={"width": 1366, "height": 900})
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        log_in(page, live_server.url, "emma@example.org")
        page.goto(f"{live_server.url}/my-work/")
        page.locator("a.button[href='/label/DE/statement/']").focus()
        page.keyboard.press("Enter")

        question = page.get_by_text("Qui soutient cette position ?")
        question.wait_for()
        assert page.url.startswith(f"{live_server.url}/studio/all/projects/{project.remote_id}/data")
        assert page.get_by_text("Im Rat wurde gestritten.").is_visible()
        assert page.get_by_text("blatt · 2024-05-01").is_visible()
        assert page.locator("input[type=radio]:checked").count() == 0  # the machine's answer is not shown
        assert page.get_by_text("Mia Weber").count() == 0  # who speaks is the question
        assert page.get_by_role("link", name="Mon travail").get_attribute("href") == "/my-work/"
        assert page.locator(".lsf-menu-header:visible, .lsf-sidepanels__wrapper:visible").count() == 0
        question.click()
        page.keyboard.press("1")
        assert page.get_by_label("Une personne ou un organisme cité").is_checked()
        page.get_by_placeholder("Ce qu'un collègue devrait savoir").fill("Voir la phrase deux.")
        with page.expect_response(_is_answer) as answer:
            page.get_by_role("button", name="Envoyer cette réponse").press("Enter")
        status = answer.value.status
        page.get_by_role("button", name="Envoyer cette réponse").wait_for()
        wait_for_hints()

    assert status == 201
    vote = Vote.objects.get()
    assert (vote.annotator, vote.label, vote.value, vote.note) == (
        person,
        "quoted",
        {},
        "Voir la phrase deux.",
    )
    hosts = {urlsplit(address).netloc for address in requests if not address.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(live_server.url).netloc}
    assert errors == []


def test_page_cannot_do_what_label_studio_lets_its_members_do(
    studio: Studio, live_server: LiveServer
) -> None:
    user("ann@example.org", group="annotator", nations=("DE",))
    (bob,) = studio.annotators("bob", nation="DE")
    request_reviews([_german_statement(), _german_statement("Abendblatt")])
    push_reviews(client=studio.client)
    review, other = Review.objects.order_by("pk")
    ids = {
        "project": StudioProject.objects.get().remote_id,
        "task": review.remote_task_id,
        "others": bob.vote(other.remote_task_id, "statement", "quoted"),
    }

    with chromium() as browser:
        page = browser.new_page()
        log_in(page, live_server.url, "ann@example.org")
        page.goto(f"{live_server.url}/label/DE/statement/")
        page.get_by_role("button", name="Submit this answer").wait_for()
        cookies = {cookie["name"] for cookie in page.context.cookies()}
        statuses = {
            f"{method} {path}": page.evaluate(_FETCH, [method, f"/studio/all/{path.format(**ids)}"])
            for method, path in FORBIDDEN
        }
        outside = page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'reached', () => 'blocked')")
        elsewhere = page.evaluate("fetch('/my-work/').then(() => 'reached', () => 'blocked')")

    assert statuses == {f"{method} {path}": 403 for method, path in FORBIDDEN}
    assert (outside, elsewhere) == ("blocked", "blocked")
    assert cookies == {"sessionid", "csrftoken"}
    assert studio.http.get(f"/api/annotations/{ids['others']}/").status_code == 200
    assert studio.http.get(f"/api/projects/{ids['project']}/").status_code == 200


def test_answer_is_changed_on_a_phone(studio: Studio, live_server: LiveServer) -> None:
    person = user("ann@example.org", group="annotator", nations=("DE",))
    mine = studio.annotator(person)
    request_reviews([_german_statement()])
    push_reviews(client=studio.client)
    review = Review.objects.get()
    annotation = mine.vote(review.remote_task_id, "statement", "quoted", speaker="Mia")
    project = StudioProject.objects.get()

    with chromium() as browser:
        page = browser.new_page(locale="zh-CN", viewport={"width": 360, "height": 800})
        log_in(page, live_server.url, "ann@example.org")
        page.goto(
            f"{live_server.url}/studio/all/projects/{project.remote_id}/data?task={review.remote_task_id}"
        )
        official = page.get_by_label("国家或政府本身")
        official.wait_for()
        assert page.get_by_label("有名有姓或有明确描述的发言者").is_checked()
        width = page.evaluate("document.documentElement.scrollWidth")
        official.check()
        with page.expect_response(lambda reply: reply.request.method == "PATCH") as change:
            page.get_by_role("button", name="更改此答案").click()
        status = change.value.status

    assert (status, width) == (200, 360)
    stored = studio.http.get(f"/api/annotations/{annotation}/").json()
    assert stored["completed_by"] == mine.studio_id
    assert stored["result"][0]["value"] == {"choices": ["official"]}


def test_machines_answer_is_shown_after_ones_own(studio: Studio, live_server: LiveServer) -> None:
    user("ann@example.org", group="annotator", nations=("DE",))
    request_reviews([_german_statement(), _german_statement("Abendblatt")])
    push_reviews(client=studio.client)
    project = StudioProject.objects.get()
    verdict = {
        "label": "unknown", "text": "Nicht zu erkennen", "confidence": 0.62, "own": "quoted",
        "own_text": "Eine genannte Stimme", "agrees": False, "note": "<b>Regel 3</b>",
    }  # fmt: skip
    answers = iter([404, 200])  # the vote is fetched a moment after it was given

    def reveal(route: Route) -> None:
        route.fulfill(status=next(answers), json=verdict)

    def page_with_reveal(route: Route) -> None:
        reply = route.fetch()
        found = re.sub(r'"reveal": "[^"]*"', '"reveal": "/my-work/reveal/all/0/"', reply.text())
        route.fulfill(response=reply, body=found)

    with chromium() as browser:
        page = browser.new_page(locale="de-DE")
        page.route(re.compile(r"/data\?labeling=1"), page_with_reveal)
        page.route("**/my-work/reveal/**", reveal)
        log_in(page, live_server.url, "ann@example.org")
        page.goto(f"{live_server.url}/studio/all/projects/{project.remote_id}/data?labeling=1")
        page.get_by_role("button", name="Diese Antwort absenden").wait_for()
        page.get_by_text("Wer vertritt diese Position?").click()
        page.keyboard.press("1")
        page.locator("input[type=radio]:checked").wait_for()
        with page.expect_request("**/my-work/reveal/**") as asked:
            page.keyboard.press("Control+Enter")
        address = asked.value.url
        panel = page.get_by_role("status")
        panel.get_by_text("Nicht zu erkennen (Sicherheit 62 %)").wait_for()
        text = panel.inner_text()
        change = panel.get_by_role("link", name="Meine Antwort ändern").get_attribute("href")
        panel.get_by_role("button", name="OK").press("Enter")
        after = panel.inner_text() if panel.is_visible() else ""

    wait_for_hints()
    task = Vote.objects.get().review.remote_task_id
    assert address == f"{live_server.url}/my-work/reveal/all/{task}/"
    assert [word in text for word in ("Eine genannte Stimme", "<b>Regel 3</b>")] == [True, True]
    assert "Sie und die Maschine sind verschiedener Meinung." in text
    assert change == f"/studio/all/projects/{project.remote_id}/data?task={task}"
    assert after == ""
