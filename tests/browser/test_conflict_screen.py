"""The labelling screen of a conflict in a real browser: the whole group in readable form."""

from __future__ import annotations

import re

import pytest
from pytest_django.live_server_helper import LiveServer

from annotation.label_studio.configs import Screen, labelling_config
from annotation.label_studio.tasks import to_task
from annotation.models import Decision, ProjectKind, Review, Statement, StudioProject
from annotation.services.reviews.drafts import RELATED, task_drafts
from annotation.services.reviews.queue import request_reviews
from annotation.services.studio.projects import ensure_project
from annotation.services.studio.push import push_reviews
from tests.annotation.conflict_groups import make_group
from tests.browser.browser import chromium, log_in
from tests.factories import user
from tests.studio import Studio

pytestmark = [pytest.mark.browser, pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]


def test_annotator_sees_the_whole_conflict_and_tasks_made_before_it_was_shown_still_work(
    studio: Studio, live_server: LiveServer
) -> None:
    person = user("emma@example.org", group="annotator", nations=("FR",))
    person.person.language = "fr"
    person.person.save()
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
        log_in(page, live_server.url, "emma@example.org")
        texts = []
        for number in (newer.remote_task_id, old_task):
            page.goto(f"{live_server.url}/studio/all/projects/{project.remote_id}/data?task={number}")
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
    assert texts[1] == texts[0]  # what an earlier task lacks is put in on its way
