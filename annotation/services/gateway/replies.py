"""What comes back from Label Studio: of each reply only what the screen needs and this person may know.

Pure functions of JSON. Who judges must not know how others or the machine judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from annotation.label_studio.configs import DEFAULT_LANGUAGE, Screen, labelling_config, words

_SELF = (
    "id",
    "first_name",
    "last_name",
    "username",
    "email",
    "initials",
    "active_organization",
    "custom_hotkeys",
)
_PROJECT = (
    "id", "title", "description", "label_config", "expert_instruction", "show_instruction",
    "show_skip_button", "enable_empty_annotation", "show_annotation_history", "organization", "color",
    "maximum_annotations",
    "is_published", "model_version", "is_draft", "created_at", "show_collab_predictions", "sampling",
    "evaluate_predictions_automatically", "config_has_control_tags", "skip_queue",
    "reveal_preannotations_interactively", "task_number", "queue_total", "queue_done",
)  # fmt: skip
_TASK = (
    "id", "data", "meta", "created_at", "updated_at", "inner_id", "project", "annotations", "predictions",
    "drafts", "unique_lock_id", "queue",
)  # fmt: skip
_ANNOTATION = (
    "id", "result", "created_at", "updated_at", "created_ago", "created_username", "completed_by",
    "was_cancelled", "ground_truth", "lead_time", "draft_created_at", "task", "project", "unique_id",
)  # fmt: skip
_DRAFT = (
    "id", "result", "created_at", "updated_at", "created_ago", "created_username", "user", "lead_time",
    "was_postponed", "task", "annotation",
)  # fmt: skip
_MACHINES = ("judge",)  # of a task's data: what the machine is and thinks

VIEW_ID = 1
_VIEW = {
    "id": VIEW_ID,
    "data": {"title": "", "type": "list", "target": "tasks", "filters": {"conjunction": "and", "items": []}},
    "order": 0,
    "ordering": [],
    "selected_items": {"all": False, "included": []},
    "filter_group": None,
    "user": None,
    "project": None,
}

_FIELD = re.compile(r'value="\$(\w+)"')


def _columns(kind: str) -> dict[str, Any]:
    """The fields of a task's data that its screen shows: the script makes its idea of a task from these."""
    names = dict.fromkeys(_FIELD.findall(labelling_config(Screen(kind), DEFAULT_LANGUAGE)))
    shared = {"target": "tasks", "visibility_defaults": {"explore": False, "labeling": False}}
    return {
        "columns": [
            *({"id": name, "title": name, "type": "String", "parent": "data", **shared} for name in names),
            {"id": "id", "title": "ID", "type": "Number", **shared},
            {"id": "data", "title": "data", "type": "List", "children": list(names), **shared},
        ]
    }


_VERSION = {"version": "", "latest_version_upload_time": 0, "current_version_is_outdated": False}

# Answers we give ourselves, by the project's id and kind: views, columns and lists of tasks are the
# organiser's, not an annotator's.
OURS: dict[str, Callable[[int, str], Any]] = {
    "api/version": lambda project, kind: {"release": "", "label-studio-os-package": _VERSION},
    "api/dm/columns": lambda project, kind: _columns(kind),
    "api/dm/views": lambda project, kind: [{**_VIEW, "project": project}],
    "api/dm/actions": lambda project, kind: [],
    "api/ml": lambda project, kind: [],
    "api/label_links": lambda project, kind: {"count": 0, "next": None, "previous": None, "results": []},
    "api/tasks": lambda project, kind: {
        "tasks": [], "total": 0, "total_annotations": 0, "total_predictions": 0,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a reply: all ids and addresses the person has had in this Label Studio."""

    ids: Collection[int]
    addresses: Collection[str]


def own_self(user: Mapping[str, Any]) -> dict[str, Any]:
    """The person, without what the person may do in Label Studio and whose it is."""
    return {**_only(user, _SELF), "avatar": None, "permissions": []}


def project_in_words(project: Mapping[str, Any], kind: str, language: str) -> dict[str, Any]:
    """A project with its screen in a language. Choices carry the same aliases in all of them."""
    known = words(language)
    return {
        **_only(project, _PROJECT),
        "label_config": labelling_config(Screen(kind), language),
        "title": known[f"{kind}.project"],
        "description": known[f"{kind}.project"],
        "expert_instruction": "",
        "show_instruction": False,
    }


def own_task(task: Mapping[str, Any], reader: Reader, *, shows_machine: bool) -> dict[str, Any]:
    """A task with the reader's own answers and drafts only, and the machine's if that may be shown."""
    kept = _only(task, _TASK)
    kept["data"] = {name: value for name, value in _dict(task.get("data")).items() if name not in _MACHINES}
    kept["annotations"] = [
        own_annotation(one) for one in _list(task.get("annotations")) if is_own_annotation(one, reader)
    ]
    kept["drafts"] = [own_draft(one) for one in _list(task.get("drafts")) if is_own_draft(one, reader)]
    kept["predictions"] = _list(task.get("predictions")) if shows_machine else []
    return kept


def is_own_annotation(annotation: Any, reader: Reader) -> bool:
    """Whether the reader gave an answer; told by number, or by a person whose number it holds."""
    who = _dict(annotation).get("completed_by")
    return (who.get("id") if isinstance(who, dict) else who) in reader.ids


def is_own_draft(draft: Any, reader: Reader) -> bool:
    """Whether a draft is the reader's."""
    return _dict(draft).get("user") in reader.addresses


def own_annotation(annotation: Mapping[str, Any]) -> dict[str, Any]:
    """An answer of the reader's, without the machine's it may have been made from."""
    return _only(annotation, _ANNOTATION)


def own_draft(draft: Mapping[str, Any]) -> dict[str, Any]:
    """A draft of the reader's."""
    return _only(draft, _DRAFT)


def history_of(history: Any, task_ids: Collection[int]) -> list[dict[str, Any]]:
    """The tasks a person has been through, those of ``task_ids`` only."""
    return [
        {"taskId": one["taskId"], "annotationId": one.get("annotationId")}
        for one in map(_dict, _list(history))
        if one.get("taskId") in task_ids
    ]


def _only(found: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: found[name] for name in names if name in found}


def _dict(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
