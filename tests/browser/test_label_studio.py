"""An annotator in a real browser: logs in to Label Studio, answers a task, and the vote arrives."""

from __future__ import annotations

import re

import pytest

from annotation.label_studio.configs import Screen, labelling_config
from annotation.label_studio.tasks import to_task
from annotation.models import (
    Decision,
    DecisionKind,
    ProjectKind,
    Review,
    Statement,
    StudioProject,
    Vote,
)
from annotation.services.pull import pull_reviews
from annotation.services.push import push_reviews
from annotation.services.reviews import request_reviews
from annotation.services.studio_people import studio_address
from annotation.services.studio_projects import ensure_project
from annotation.services.task_drafts import RELATED, task_drafts
from tests.annotation.conflict_groups import make_group
from tests.browser.browser import chromium
from tests.factories import DecisionFactory, DocumentFactory, StatementFactory, nation, user
from tests.studio import PASSWORD, Studio

pytestmark = [pytest.mark.browser, pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _tables_beside_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright keeps an event loop in this thread, which Django takes for asynchronous code."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def test_annotator_answers_with_a_hotkey_and_a_note_in_the_browser(studio: Studio) -> None:
    germany = nation("DE")
    person = user("emma@example.org", group="annotator", nations=("DE",))
    studio.annotator(person)
    document = DocumentFactory(
        nation=germany,
        outlet__name="Tagesblatt",
        text="Im Rat wurde gestritten. Der Staat muss die Mieten begrenzen. Beschlossen ist nichts.",
    )
    statement = StatementFactory(
        document=document,
        text="Der Staat muss die Mieten begrenzen.",
        span_start=25,
        span_end=61,
        speaker="Mia Weber",
    )
    decision = DecisionFactory(
        kind=DecisionKind.ATTRIBUTION, statement=statement, label="unknown", value={"speaker": "Mia Weber"}
    )
    request_reviews([decision])
    push_reviews(client=studio.client)
    project = StudioProject.objects.get()

    with chromium() as browser:
        page = browser.new_page(locale="de-DE", viewport={"width": 1366, "height": 900})
        page.goto(f"{studio.url}/user/login/")
        page.fill("input[name=email]", studio_address(person))
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: "login" not in address)
        page.goto(f"{studio.url}/projects/{project.remote_id}/data?labeling=1")
        question = page.get_by_text("Wer vertritt diese Position?")
        question.wait_for()
        assert page.get_by_text("Im Rat wurde gestritten.").is_visible()
        assert page.get_by_text("Tagesblatt · 2024-05-01 · Mia Weber").is_visible()
        assert page.get_by_label("Nicht zu erkennen").is_checked()  # the machine's answer
        question.click()
        page.keyboard.press("1")
        assert page.get_by_label("Eine genannte oder beschriebene Stimme").is_checked()
        page.get_by_placeholder("Was eine Kollegin oder ein Kollege wissen sollte").fill("Siehe Satz zwei.")
        with page.expect_response(
            lambda reply: reply.request.method == "POST" and "/annotations" in reply.url
        ):
            page.get_by_role("button", name="Submit current annotation").click()

    summary = pull_reviews(client=studio.client)

    assert (summary.created, summary.problems) == (1, [])
    vote = Vote.objects.get()
    assert (vote.annotator, vote.label, vote.value, vote.note) == (
        person,
        "quoted",
        {"speaker": "Mia Weber"},
        "Siehe Satz zwei.",
    )
    assert vote.review == Review.objects.get()
    assert Decision.objects.get().status == "asked"


def test_annotator_sees_the_whole_conflict_and_tasks_made_before_it_was_shown_still_work(
    studio: Studio,
) -> None:
    person = user("emma@example.org", group="annotator", nations=("FR",))
    studio.annotator(person)
    group = make_group(9, 2, code="FR")
    Statement.objects.filter(conflict_sides__group=group).update(text="<b>Il faut</b> limiter les loyers.")
    decisions = Decision.objects.filter(conflict__relation="contradiction")[:2]
    request_reviews(decisions)
    older, newer = Review.objects.select_related(*RELATED).order_by("decision")
    project = ensure_project(group.nation, ProjectKind.CONFLICT, client=studio.client)
    config = labelling_config(Screen.CONFLICT, "fr")
    earlier = re.sub(r'<View className="navab-group">.*?</View>', "", config, flags=re.DOTALL)
    studio.client.update_project(project.remote_id, label_config=earlier)
    task = to_task(task_drafts([older])[0])
    del task["data"]["group"]
    (old_task,) = studio.client.import_tasks(project.remote_id, [task])
    StudioProject.objects.update(config_digest="that of the earlier screen")
    Review.objects.filter(pk=older.pk).update(project=project)  # the push that sent it was killed

    summary = push_reviews(client=studio.client)

    assert (summary.pushed, summary.recovered, summary.problems) == (1, 1, [])
    newer.refresh_from_db()
    with chromium() as browser:
        page = browser.new_page(locale="fr-FR", viewport={"width": 1366, "height": 1200})
        page.goto(f"{studio.url}/user/login/")
        page.fill("input[name=email]", studio_address(person))
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: "login" not in address)
        texts = []
        for number in (newer.remote_task_id, old_task):
            page.goto(f"{studio.url}/projects/{project.remote_id}/data?task={number}")
            page.get_by_text("Votre réponse").wait_for()
            page.get_by_label("Compatibles").check()
            texts.append(page.locator(".navab-group").inner_text())

    assert texts[0].splitlines()[:4] == [
        "L'ensemble du conflit",
        "Du côté du premier énoncé (9)",
        "• <b>Il faut</b> limiter les loyers. (Morning Post, 2023-01-09)",
        "• <b>Il faut</b> limiter les loyers. (The Ledger, 2023-02-15)",
    ]
    assert "… et 1 de plus" in texts[0].splitlines()
    assert texts[1] == "L'ensemble du conflit"
