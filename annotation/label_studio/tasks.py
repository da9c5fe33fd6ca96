"""Records to task JSON and annotations to answers. Pure: no network, no tables.

What comes back was written by people, on a server any of them can write to: it is checked to the last field.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from annotation.label_studio.configs import ANSWER_FIELDS, CANNOT_JUDGE, LABELS, REASONS, Screen

KEY_FIELD = "navab_id"
# One for all machines: Label Studio shows and orders by the answers of a project's one model version only.
MODEL_VERSION = "navab"
CONTEXT = 400  # code points of the article shown on either side of the evidence
MAX_TEXT = 5000  # of a text a person may send
MAX_SPEAKER = 300
_CONTROL = dict.fromkeys((*range(32), *range(127, 160)), " ")
_BLIND = ("speaker",)  # of an answer: what people find themselves before they see the machine's
_CLAIM = "claim"  # every control of every screen is bound to this text


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A claim and what it rests on: the evidence span with the article around it, and where it is from."""

    claim: str
    evidence: str
    before: str = ""
    after: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """A task to be made. ``label`` and ``answer`` are the machine's; ``priority`` in [0, 1], higher first;
    ``group`` lists the statements a conflict is part of."""

    key: UUID
    screen: Screen
    exhibits: tuple[Exhibit, ...]
    label: str
    priority: float
    answer: Mapping[str, str] = field(default_factory=dict)
    group: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person answered; ``value`` holds the text fields of the screen.

    Who skipped or cannot judge has given no label; ``reason`` says why it cannot be judged.
    """

    annotation_id: int
    studio_user_id: int
    label: str
    value: Mapping[str, str]
    note: str
    is_skipped: bool
    lead_time: float | None
    updated_at: datetime
    created_at: datetime
    reason: str = ""


class MalformedAnnotationError(ValueError):
    """An annotation that is no answer to its screen; the message says why."""


def exhibit_of_span(text: str, start: int, end: int, *, claim: str, origin: tuple[str, ...] = ()) -> Exhibit:
    """The claim with ``text[start:end]`` as evidence and at most ``CONTEXT`` code points on either side."""
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    return Exhibit(
        claim=claim,
        evidence=text[start:end],
        before=("…" if start > CONTEXT else "") + before.strip(),
        after=after.strip() + ("…" if end + CONTEXT < len(text) else ""),
        origin=" · ".join(part for part in origin if part),
    )


def to_task(draft: TaskDraft) -> dict[str, Any]:
    """Task JSON for Label Studio's import, the machine's answer as its prediction.

    The prediction carries the order: "Uncertainty sampling" hands out the lowest score first.
    """
    data: dict[str, str] = {KEY_FIELD: str(draft.key)}
    for prefix, exhibit in zip(("", "second_"), draft.exhibits, strict=False):
        for name in ("claim", "evidence", "before", "after", "origin"):
            data[prefix + name] = getattr(exhibit, name)
    if draft.screen is Screen.CONFLICT:
        data["group"] = draft.group
    answer = {name: draft.answer.get(name, "") for name in ANSWER_FIELDS[draft.screen]}
    prediction = {
        "model_version": MODEL_VERSION,
        "score": round(1.0 - draft.priority, 4),
        "result": to_result(draft.screen, draft.label, answer),
    }
    shown = {name: "" if name in _BLIND else text for name, text in answer.items()}
    return {"data": data | shown, "predictions": [prediction]}


def to_result(screen: Screen, label: str, texts: Mapping[str, str], reason: str = "") -> list[dict[str, Any]]:
    """Label Studio's result of a choice and the text areas that are not empty."""
    if label not in (*LABELS[screen], CANNOT_JUDGE):
        raise ValueError(f"{screen} has no label {label!r}")
    return [
        _region("label", "choices", [str(label)]),
        *([_region("reason", "choices", [reason])] if reason else []),
        *(_region(name, "text", [text]) for name, text in texts.items() if text),
    ]


def to_answer(screen: Screen, annotation: Mapping[str, Any]) -> Answer:
    """Read one annotation. Raises :class:`MalformedAnnotationError` with the reason it cannot be counted."""
    is_skipped = annotation.get("was_cancelled") is True
    label, reason, texts = "", "", dict[str, str]()
    if not is_skipped:
        label, reason, texts = _read_result(screen, annotation.get("result"))
    if label == CANNOT_JUDGE:
        label, is_skipped = "", True
    return Answer(
        annotation_id=_whole_number(annotation, "id"),
        studio_user_id=_user_id(annotation),
        label=label,
        value={name: texts[name] for name in ANSWER_FIELDS[screen] if texts.get(name)},
        note=texts.get("note", ""),
        is_skipped=is_skipped,
        lead_time=_seconds(annotation.get("lead_time")),
        updated_at=_moment(annotation.get("updated_at")),
        created_at=_moment(annotation.get("created_at") or annotation.get("updated_at")),
        reason=reason,
    )


def _region(name: str, kind: str, value: list[str]) -> dict[str, Any]:
    return {
        "from_name": name,
        "to_name": _CLAIM,
        "type": "choices" if kind == "choices" else "textarea",
        "value": {kind: value},
    }


def _read_result(screen: Screen, result: Any) -> tuple[str, str, dict[str, str]]:
    """Label, reason and texts."""
    if not isinstance(result, list):
        raise MalformedAnnotationError("it has no result")
    choices: dict[str, list[str]] = {"label": [], "reason": []}
    texts: dict[str, str] = {}
    for region in result:
        name = region.get("from_name") if isinstance(region, dict) else None
        value = region.get("value") if isinstance(region, dict) else None
        if not isinstance(value, dict):
            raise MalformedAnnotationError("a part of its result is not an object with a value")
        if name in choices:
            choices[name] += _strings(value.get("choices"), "choices")
        elif name == "note" or name in ANSWER_FIELDS[screen]:
            texts[name] = _text(name, _strings(value.get("text"), name))
        else:
            raise MalformedAnnotationError(f"it answers {name!r}, which this screen does not ask")
    label = _one_of((*LABELS[screen], CANNOT_JUDGE), choices["label"])
    if label != CANNOT_JUDGE:
        return label, "", texts
    if not choices["reason"]:
        raise MalformedAnnotationError("it does not say why it cannot be judged")
    return label, _one_of(REASONS, choices["reason"]), {"note": texts.get("note", "")}


def _one_of(known: Sequence[str], chosen: list[str]) -> str:
    if len(chosen) != 1:
        raise MalformedAnnotationError("more than one choice was made" if chosen else "no choice was made")
    if chosen[0] not in known:
        raise MalformedAnnotationError(f"unknown choice {chosen[0][:40]!r}")
    return chosen[0]


def _strings(value: Any, name: str) -> list[str]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise MalformedAnnotationError(f"{name} is not text")
    return found


def _text(name: str, parts: list[str]) -> str:
    """The parts as one clean line."""
    joined = unicodedata.normalize("NFC", " ".join(parts)).translate(_CONTROL)
    clean = re.sub(r"\s+", " ", joined).strip()
    limit = MAX_SPEAKER if name == "speaker" else MAX_TEXT
    if len(clean) > limit:
        raise MalformedAnnotationError(f"{name} is longer than {limit} characters")
    return clean


def _whole_number(annotation: Mapping[str, Any], name: str) -> int:
    value = annotation.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise MalformedAnnotationError(f"its {name} is not a positive whole number")
    return value


def _user_id(annotation: Mapping[str, Any]) -> int:
    """``completed_by`` is an id, or in some replies the user as an object."""
    by = annotation.get("completed_by")
    return _whole_number(by if isinstance(by, dict) else {"id": by}, "id")


def _seconds(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 10**9 else None


def _moment(value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise MalformedAnnotationError("it does not say when it was made") from None
    if moment.tzinfo is None:
        raise MalformedAnnotationError("its time has no time zone")
    return moment
