"""The gateway's table, bodies and replies, without a server."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from annotation.label_studio.client import StudioError
from annotation.label_studio.configs import Screen, labelling_config, languages
from annotation.label_studio.web import feature_flags
from annotation.services.gateway import replies
from annotation.services.gateway.bodies import MalformedBodyError, clean_body
from annotation.services.gateway.rules import RULES, About, Match, Reply, find_rule

READER = replies.Reader(ids=frozenset({7}), addresses=frozenset({"me@navab.invalid"}))
QUERY = {"project": "3"}

ALLOWED = [
    ("GET", "projects/3/data", {"labeling": "1"}, "GET /projects/3/data"),
    ("GET", "react-app/main.js", {"v": "1"}, "GET /react-app/main.js"),
    ("GET", "static/fonts/Figtree-Regular.ttf", {}, "GET /static/fonts/Figtree-Regular.ttf"),
    ("HEAD", "react-app/main.css", {}, "GET /react-app/main.css"),
    ("GET", "api/version", {}, "GET /api/version"),
    ("GET", "api/current-user/whoami", {}, "GET /api/current-user/whoami"),
    ("GET", "api/users", QUERY, "GET /api/current-user/whoami"),
    ("GET", "api/projects/3", {}, "GET /api/projects/3/"),
    ("GET", "api/projects/3/", {}, "GET /api/projects/3/"),
    ("GET", "api/dm/project", QUERY, "GET /api/dm/project?project=3"),
    ("GET", "api/dm/columns", QUERY, "GET /api/dm/columns"),
    ("GET", "api/dm/views", QUERY, "GET /api/dm/views"),
    ("GET", "api/dm/actions", QUERY, "GET /api/dm/actions"),
    ("GET", "api/ml", QUERY, "GET /api/ml"),
    ("GET", "api/label_links", QUERY, "GET /api/label_links"),
    ("GET", "api/tasks", {**QUERY, "page_size": "1000"}, "GET /api/tasks"),
    ("POST", "api/dm/actions", {**QUERY, "id": "next_task"}, "GET /api/projects/3/next/"),
    ("GET", "api/projects/3/next", {}, "GET /api/projects/3/next/"),
    ("GET", "api/projects/3/label-stream-history", {}, "GET /api/projects/3/label-stream-history"),
    ("GET", "api/tasks/5", QUERY, "GET /api/tasks/5/"),
    ("POST", "api/tasks/5/annotations", {}, "POST /api/tasks/5/annotations/"),
    ("GET", "api/annotations/9", {}, "GET /api/annotations/9/"),
    ("PATCH", "api/annotations/9", {"taskID": "5"}, "PATCH /api/annotations/9/"),
    ("DELETE", "api/annotations/9", {}, "DELETE /api/annotations/9/"),
    ("POST", "api/tasks/5/drafts", {}, "POST /api/tasks/5/drafts"),
    ("POST", "api/tasks/5/annotations/9/drafts", {}, "POST /api/tasks/5/annotations/9/drafts"),
    ("PATCH", "api/drafts/4", {}, "PATCH /api/drafts/4/"),
    ("DELETE", "api/drafts/4", {}, "DELETE /api/drafts/4/"),
]

# What any member of Label Studio Community may call, and nobody may through us.
REFUSED = [
    ("GET", "", {}),
    ("GET", "projects", {}),
    ("GET", "projects/3/settings", {}),
    ("GET", "user/login", {}),
    ("GET", "user/account", {}),
    ("GET", "organization", {}),
    ("GET", "people", {}),
    ("GET", "admin/", {}),
    ("GET", "docs/api", {}),
    ("GET", "data/upload/1/a.json", {}),
    ("GET", "data/local-files/", {"d": "etc/passwd"}),
    ("GET", "heidi-tips", {}),
    ("GET", "sw.js", {}),
    ("GET", "metrics/", {}),
    ("GET", "feature-flags", {}),
    ("GET", "django-rq/", {}),
    ("GET", "api/projects", {}),
    ("POST", "api/projects", {}),
    ("PATCH", "api/projects/3", {}),
    ("PUT", "api/projects/3", {}),
    ("DELETE", "api/projects/3", {}),
    ("GET", "api/projects/3/export", {"exportType": "JSON"}),
    ("GET", "api/projects/3/exports", {}),
    ("POST", "api/projects/3/import", {}),
    ("POST", "api/projects/3/reimport", {}),
    ("GET", "api/projects/3/tasks", {}),
    ("DELETE", "api/projects/3/tasks", {}),
    ("GET", "api/projects/3/summary", {}),
    ("GET", "api/projects/3/annotators", {}),
    ("POST", "api/projects/3/validate", {}),
    ("POST", "api/tasks", {}),
    ("PATCH", "api/tasks/5", {}),
    ("DELETE", "api/tasks/5", {}),
    ("GET", "api/tasks/5/annotations", {}),
    ("GET", "api/tasks/5/drafts", {}),
    ("GET", "api/tasks/5/agreement", {}),
    ("PUT", "api/annotations/9", {}),
    ("POST", "api/annotations/9/convert-to-draft", {}),
    ("GET", "api/drafts/4", {}),
    ("GET", "api/predictions", {"task": "5"}),
    ("POST", "api/predictions", {}),
    ("POST", "api/dm/actions", {**QUERY, "id": "delete_tasks"}),
    ("POST", "api/dm/actions", {**QUERY, "id": "delete_tasks_annotations"}),
    ("POST", "api/dm/actions", QUERY),
    ("POST", "api/dm/views", QUERY),
    ("PATCH", "api/dm/views/1", QUERY),
    ("DELETE", "api/dm/views/reset", QUERY),
    ("GET", "api/webhooks", {}),
    ("POST", "api/webhooks", {}),
    ("GET", "api/current-user/token", {}),
    ("POST", "api/current-user/reset-token", {}),
    ("GET", "api/token", {}),
    ("POST", "api/token/refresh", {}),
    ("GET", "api/users/1", {}),
    ("PATCH", "api/users/1", {}),
    ("POST", "api/users", {}),
    ("GET", "api/invite", {}),
    ("POST", "api/invite/reset-token", {}),
    ("GET", "api/organizations", {}),
    ("GET", "api/organizations/1/memberships", {}),
    ("POST", "api/ml", {}),
    ("GET", "api/storages/localfiles", QUERY),
    ("GET", "api/model-providers", {}),
    ("POST", "api/label_links", {}),
    ("OPTIONS", "api/projects/3", {}),
    ("TRACE", "api/projects/3", {}),
]

HOSTILE = [
    "api/projects/3/../4",
    "api/projects/../current-user/token",
    "api//projects/3",
    "/api/projects/3",
    "//evil.example/api/projects/3",
    "http://evil.example/api/projects/3",
    "@evil.example/api/projects/3",
    "api/projects/3%2F..%2F4",
    "api/projects/3/%2e%2e",
    "api/projects/3?x=",
    "api/projects/3#",
    "api/projects/3;a",
    "api/projects/3\n",
    "api/projects/3\x00",
    "api/projects/03",
    "api/projects/-3",
    "api/projects/0",
    "api/projects/٣",
    "api/projects/3//",
    "api/projects/" + "9" * 19,
    "API/projects/3",
    "api\\projects\\3",
    "react-app/../api/current-user/token.js",
    "react-app/..%2fapi.js",
    "react-app/.env.js",
    "react-app//main.js",
    "react-app/main.js/",
    "react-app/main.js.map",
    "react-app/",
    "static/fonts/../../api/version.js",
    "static/admin/js/core.js",
    "projects/3/data/../settings",
]


@pytest.mark.parametrize(("method", "path", "query", "called"), ALLOWED)
def test_rule_calls_an_address_of_its_own_making(
    method: str, path: str, query: dict[str, str], called: str
) -> None:
    match = find_rule(method, path, query)

    assert match is not None
    assert f"{match.method} {match.target(path)}" == called


def test_every_rule_is_tried_above() -> None:
    tried = {
        id(match.rule) for method, path, query, _ in ALLOWED if (match := find_rule(method, path, query))
    }

    assert [rule.pattern for rule in RULES if id(rule) not in tried] == []


@pytest.mark.parametrize(("method", "path", "query"), REFUSED)
def test_whatever_is_not_in_the_table_is_refused(method: str, path: str, query: dict[str, str]) -> None:
    assert find_rule(method, path, query) is None


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_paths_are_refused(path: str) -> None:
    assert find_rule("GET", path, QUERY) is None


@pytest.mark.parametrize("project", ["", "0", "-1", "03", "3 ", "3,4", "x", "٣", "9" * 19])
def test_call_without_a_project_number_is_refused(project: str) -> None:
    assert find_rule("GET", "api/dm/project", {"project": project}) is None
    assert find_rule("GET", "api/dm/project", {}) is None


def test_only_files_and_the_person_are_about_no_nation() -> None:
    free = {(rule.method, rule.reply) for rule in RULES if rule.about is About.SERVER}

    assert free == {("GET", reply) for reply in (Reply.FILE, Reply.SELF, Reply.ONLY_SELF, Reply.OURS)}


def _match(method: str, path: str) -> Match:
    match = find_rule(method, path, {})
    assert match is not None
    return match


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "api/tasks/5/annotations"), ("PATCH", "api/annotations/9")]
)
def test_answer_is_sent_on_as_the_person_with_the_fields_of_an_answer(method: str, path: str) -> None:
    sent = {
        "result": [{"value": {"choices": ["valid"]}}],
        "lead_time": 3.5,
        "was_cancelled": False,
        "draft_id": 4,
        "started_at": "2026-01-01T00:00:00Z",
        "completed_by": 1,
        "updated_by": 1,
        "task": 99,
        "project": "8",
        "ground_truth": True,
        "parent_prediction": 3,
        "parent_annotation": 2,
        "unique_id": "x",
        "import_id": 1,
    }

    body = clean_body(_match(method, path), json.dumps(sent).encode(), 7)

    kept = ("result", "lead_time", "was_cancelled", "draft_id", "started_at")
    assert body == {**{name: sent[name] for name in kept}, "completed_by": 7}


def test_draft_is_sent_on_without_owner_and_task() -> None:
    sent = {"result": [], "lead_time": 1.0, "was_postponed": True, "user": 1, "task": 9, "annotation": 3}

    body = clean_body(_match("PATCH", "api/drafts/4"), json.dumps(sent).encode(), 7)

    assert body == {"result": [], "lead_time": 1.0, "was_postponed": True}


def test_body_of_a_call_that_reads_is_dropped() -> None:
    match = find_rule("POST", "api/dm/actions", {**QUERY, "id": "next_task"})
    assert match is not None

    assert clean_body(match, b'{"filters": {"items": [1]}}', 7) is None


@pytest.mark.parametrize("raw", [b"", b"x", b"[]", b"1", b"null", b'"a"', b"[" * 100_000, b"\xff"])
def test_body_that_is_no_object_is_an_error(raw: bytes) -> None:
    with pytest.raises(MalformedBodyError, match="the body is not"):
        clean_body(_match("POST", "api/tasks/5/annotations"), raw, 7)


def _task() -> dict[str, Any]:
    return {
        "id": 5,
        "project": 3,
        "data": {"claim": "c", "judge": "rules-1", "navab_id": "k"},
        "annotations": [
            {"id": 1, "completed_by": 7, "result": [1], "prediction": {"id": 8}, "parent_prediction": 8},
            {"id": 2, "completed_by": 1, "result": [2]},
            {"id": 3, "completed_by": {"id": 7, "email": "me@navab.invalid"}, "result": [3]},
            {"id": 4, "completed_by": {"id": 1}, "result": [4]},
            {"id": 5, "completed_by": None},
            "none",
        ],
        "drafts": [{"id": 1, "user": "me@navab.invalid"}, {"id": 2, "user": "you@navab.invalid"}, {"id": 3}],
        "predictions": [{"id": 8, "result": ["machine"]}],
        "annotators": [1, 7],
        "annotations_results": "all",
        "predictions_results": "machine",
        "predictions_score": 0.4,
        "total_annotations": 4,
        "total_predictions": 1,
        "updated_by": [{"user_id": 1}],
        "comment_authors": [1],
        "agreement": 0.5,
    }


def test_task_holds_only_ones_own_and_nothing_of_the_machine() -> None:
    task = replies.own_task(_task(), READER, shows_machine=False)

    assert task == {
        "id": 5,
        "project": 3,
        "data": {"claim": "c", "navab_id": "k"},
        "annotations": [
            {"id": 1, "completed_by": 7, "result": [1]},
            {"id": 3, "completed_by": {"id": 7, "email": "me@navab.invalid"}, "result": [3]},
        ],
        "drafts": [{"id": 1, "user": "me@navab.invalid"}],
        "predictions": [],
    }


def test_task_shows_the_machines_answer_when_it_may() -> None:
    task = replies.own_task(_task(), READER, shows_machine=True)

    assert task["predictions"] == [{"id": 8, "result": ["machine"]}]
    assert task["data"] == {"claim": "c", "navab_id": "k"}


@pytest.mark.parametrize("task", [{}, {"annotations": None, "drafts": 3, "predictions": "x", "data": []}])
def test_task_of_an_unknown_shape_holds_nothing(task: dict[str, Any]) -> None:
    found = replies.own_task(task, READER, shows_machine=False)

    assert (found["annotations"], found["drafts"], found["predictions"], found["data"]) == ([], [], [], {})


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", list(Screen))
def test_project_is_in_the_language_with_the_same_answers(kind: Screen, language: str) -> None:
    remote = {
        "id": 3,
        "title": "NaVAB GB triple",
        "label_config": labelling_config(kind, "en"),
        "created_by": {"email": "admin@navab.invalid"},
        "task_data_password": "p",
        "total_annotations_number": 9,
    }

    project = replies.project_in_words(remote, kind, language)

    def aliases(config: str) -> list[str]:
        return [choice.attrib["alias"] for choice in ElementTree.fromstring(config).iter("Choice")]

    assert project["label_config"] == labelling_config(kind, language)
    assert aliases(project["label_config"]) == aliases(remote["label_config"])
    assert set(project) == {
        "id", "title", "label_config", "description", "expert_instruction", "show_instruction",
    }  # fmt: skip


def test_self_has_no_permissions_and_names_nobody_else() -> None:
    user = {
        "id": 7,
        "email": "me@navab.invalid",
        "permissions": ["projects.delete"],
        "active_organization_meta": {"email": "admin@navab.invalid"},
        "avatar": "http://evil.example/a.png",
    }

    assert replies.own_self(user) == {"id": 7, "email": "me@navab.invalid", "avatar": None, "permissions": []}


def test_history_names_tasks_of_ours_only() -> None:
    history = [{"taskId": 5, "annotationId": 9}, {"taskId": 6, "annotationId": 10}, {"x": 1}, None]

    assert replies.history_of(history, {5}) == [{"taskId": 5, "annotationId": 9}]


def test_columns_are_the_fields_of_the_screen() -> None:
    columns = replies.OURS["api/dm/columns"](3, "statement")["columns"]

    fields = ["claim", "speaker", "origin", "before", "evidence", "after"]
    assert [column["id"] for column in columns] == [*fields, "id", "data"]
    assert columns[-1]["children"] == fields


def test_feature_flags_are_read_from_a_page() -> None:
    page = '<script>x = {feature_flags: {"a": true, "b": {"c": "}"}},\n feature_flags_default_value: false,}'

    assert feature_flags(page) == {"flags": {"a": True, "b": {"c": "}"}}, "default": False}


@pytest.mark.parametrize(
    "page", ["", "feature_flags: {", "feature_flags: {},", "feature_flags_default_value: true"]
)
def test_page_without_feature_flags_is_an_error(page: str) -> None:
    with pytest.raises(StudioError, match="not a version we know"):
        feature_flags(page)
