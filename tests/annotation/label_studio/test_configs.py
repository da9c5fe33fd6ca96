"""Labelling screens in every language, held against a real Label Studio."""

from __future__ import annotations

from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from annotation.label_studio.client import prediction_problems
from annotation.label_studio.configs import (
    ANSWER_FIELDS,
    CANNOT_JUDGE,
    LABELS,
    REASONS,
    Screen,
    labelling_config,
    languages,
    words,
)
from annotation.label_studio.tasks import Exhibit, TaskDraft, to_answer, to_task
from annotation.models import DecisionKind, Nation, ProjectKind
from annotation.models.decision import LABELS as DECISION_LABELS
from annotation.models.review import PROJECT_OF
from annotation.services.studio.projects import ensure_project
from tests.factories import nation
from tests.studio import Studio

EVERY = [(screen, language) for screen in Screen for language in languages()]


def draft(screen: Screen, label: str) -> TaskDraft:
    exhibits = (Exhibit("A claim & <b>more</b>", "evidence", "", "", "Outlet"),) * (
        2 if screen == "conflict" else 1
    )
    answer = dict.fromkeys(ANSWER_FIELDS[screen], "a text")
    return TaskDraft(uuid4(), screen, exhibits, label, 0.5, answer)


def test_screens_are_the_kinds_of_project_with_the_labels_of_their_decisions() -> None:
    assert list(Screen) == list(ProjectKind)
    assert {kind: LABELS[Screen(PROJECT_OF[kind])] for kind in DecisionKind} == DECISION_LABELS


def test_every_language_has_the_same_words() -> None:
    assert languages() == ["de", "en", "fr", "zh"]
    assert [set(words(language)) ^ set(words("en")) for language in languages()] == [set()] * 4


def test_language_without_a_file_gets_english() -> None:
    assert labelling_config(Screen.TRIPLE, "pt") == labelling_config(Screen.TRIPLE, "en")


@pytest.mark.parametrize(("screen", "language"), EVERY)
def test_screen_offers_its_labels_with_distinct_hotkeys_and_plain_text_only(
    screen: Screen, language: str
) -> None:
    root = ElementTree.fromstring(labelling_config(screen, language))

    choices = root.findall(".//Choices[@name='label']/Choice")
    assert [choice.get("alias") for choice in choices] == [*LABELS[screen], CANNOT_JUDGE]
    assert [choice.get("hotkey") for choice in choices] == [*(str(n) for n in range(1, len(choices))), "0"]
    reasons = root.findall(".//Choices[@name='reason']/Choice")
    assert [choice.get("alias") for choice in reasons] == list(REASONS)
    assert {area.get("name") for area in root.iter("TextArea")} == {*ANSWER_FIELDS[screen], "note"}
    assert root.findall(".//HyperText") == []
    assert {text.get("selectionEnabled") for text in root.iter("Text")} == {"false"}


@pytest.mark.parametrize(("screen", "language"), EVERY)
def test_every_prediction_of_ours_fits_its_screen(screen: Screen, language: str) -> None:
    config = labelling_config(screen, language)
    tasks = [to_task(draft(screen, label)) for label in LABELS[screen]]

    assert [prediction_problems(config, task) for task in tasks] == [[] for _ in tasks]
    fields = {text.get("value", "")[1:] for text in ElementTree.fromstring(config).iter("Text")}
    assert all(fields <= set(task["data"]) for task in tasks)


def test_prediction_with_an_unknown_choice_is_found_out() -> None:
    task = to_task(draft(Screen.TRIPLE, "valid"))
    task["predictions"][0]["result"][0]["value"]["choices"] = ["perfect"]

    assert len(prediction_problems(labelling_config(Screen.TRIPLE, "en"), task)) == 1


@pytest.mark.label_studio
@pytest.mark.django_db
def test_label_studio_takes_every_screen_of_every_nation_and_our_tasks(studio: Studio) -> None:
    for code in ("CN", "DE", "FR", "GB", "US"):
        nation(code)
    sent = 0

    for row in Nation.objects.all():
        for kind in ProjectKind:
            project = ensure_project(row, kind, client=studio.client)
            again = ensure_project(row, kind, client=studio.client)
            assert again == project
            label = LABELS[Screen(kind)][-1]
            ids = studio.client.import_tasks(project.remote_id, [to_task(draft(Screen(kind), label))])
            sent += len(ids)

    titles = [
        p["title"] for p in studio.http.get("/api/projects/", params={"page_size": 100}).json()["results"]
    ]
    assert sorted(titles) == sorted(
        f"NaVAB {row.code} {kind}" for row in Nation.objects.all() for kind in ProjectKind
    )
    assert sent == 20
    hooks = studio.http.get("/api/webhooks/").json()
    assert len(hooks) == len({(hook["project"], hook["url"]) for hook in hooks}) == 20


@pytest.mark.label_studio
@pytest.mark.django_db(transaction=True)
def test_hook_follows_the_site_when_it_moves(studio: Studio, settings: Any) -> None:
    for address in ("http://127.0.0.1:9", "http://127.0.0.1:10", "http://127.0.0.1:10"):
        settings.NAVAB_PUBLIC_URL = address
        ensure_project(nation("GB"), ProjectKind.TRIPLE, client=studio.client)

    (hook,) = studio.http.get("/api/webhooks/").json()

    assert hook["url"] == "http://127.0.0.1:10/label-studio/webhook/"


def test_answer_equal_to_the_prediction_reads_back_as_the_machines_answer() -> None:
    for screen in Screen:
        made = draft(screen, str(LABELS[screen][0]))
        result = to_task(made)["predictions"][0]["result"]
        annotation = {"id": 3, "completed_by": 2, "updated_at": "2026-01-01T00:00:00Z", "result": result}

        answer = to_answer(screen, annotation)

        assert (answer.label, dict(answer.value)) == (made.label, dict(made.answer))
