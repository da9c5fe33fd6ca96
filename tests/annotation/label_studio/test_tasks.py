"""Records to task JSON, annotations to answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.label_studio.configs import LABELS, Screen
from annotation.label_studio.tasks import (
    CONTEXT,
    Answer,
    MalformedAnnotationError,
    exhibit_of_span,
    to_answer,
    to_result,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def annotation(**changes: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "completed_by": 4,
        "was_cancelled": False,
        "lead_time": 3.5,
        "updated_at": "2026-03-01T10:00:00.250000Z",
        "result": to_result(Screen.STATEMENT, "quoted", {"speaker": "Ann Smith", "note": "sure"}),
        **changes,
    }


def choice(*labels: Any) -> dict[str, Any]:
    return {"from_name": "label", "to_name": "claim", "type": "choices", "value": {"choices": list(labels)}}


def texts(name: str, *parts: Any) -> dict[str, Any]:
    return {"from_name": name, "to_name": "claim", "type": "textarea", "value": {"text": list(parts)}}


def test_to_answer_reads_label_texts_note_and_time() -> None:
    assert to_answer(Screen.STATEMENT, annotation()) == Answer(
        annotation_id=7,
        studio_user_id=4,
        label="quoted",
        value={"speaker": "Ann Smith"},
        note="sure",
        is_skipped=False,
        lead_time=3.5,
        updated_at=datetime(2026, 3, 1, 10, 0, 0, 250000, tzinfo=UTC),
        created_at=datetime(2026, 3, 1, 10, 0, 0, 250000, tzinfo=UTC),
    )


def test_to_answer_of_a_skip_has_no_label() -> None:
    answer = to_answer(Screen.STATEMENT, annotation(was_cancelled=True, result=[]))

    assert (answer.is_skipped, answer.label, answer.value) == (True, "", {})


def test_to_answer_cleans_texts() -> None:
    answer = to_answer(
        Screen.STATEMENT, annotation(result=[choice("quoted"), texts("speaker", " Zoe\u0301\x00 \n Smith ")])
    )

    assert answer.value == {"speaker": "Zoé Smith"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"result": None}, "it has no result"),
        ({"result": []}, "no choice was made"),
        ({"result": ["quoted"]}, "a part of its result is not an object with a value"),
        ({"result": [choice("quoted", "official")]}, "more than one choice was made"),
        ({"result": [choice("quoted"), choice("quoted")]}, "more than one choice was made"),
        ({"result": [choice("sensitive")]}, "unknown choice 'sensitive'"),
        ({"result": [choice(1)]}, "choices is not text"),
        ({"result": [choice("quoted"), texts("question", "x")]}, "it answers 'question', which this screen"),
        (
            {"result": [choice("quoted"), texts("speaker", "x" * 301)]},
            "speaker is longer than 300 characters",
        ),
        ({"result": [choice("quoted"), texts("note", {})]}, "note is not text"),
        ({"id": True}, "its id is not a positive whole number"),
        ({"completed_by": None}, "its id is not a positive whole number"),
        ({"updated_at": "yesterday"}, "it does not say when it was made"),
        ({"updated_at": "2026-03-01T10:00:00"}, "its time has no time zone"),
    ],
)
def test_to_answer_says_why_an_annotation_is_none(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedAnnotationError) as caught:
        to_answer(Screen.STATEMENT, annotation(**changes))

    assert str(caught.value).startswith(reason)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(list(annotation())), JSON), st.sampled_from(list(Screen)))
def test_to_answer_gives_a_known_label_or_refuses_whatever_comes(changes: Any, screen: Screen) -> None:
    try:
        answer = to_answer(screen, annotation(**changes))
    except MalformedAnnotationError:
        return
    assert answer.is_skipped == (answer.label == "")
    assert answer.is_skipped or answer.label in LABELS[screen]


# A machine with other work on it takes long to make texts of this length.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(max_size=1500), st.integers(0, 1500), st.integers(0, 1500))
def test_exhibit_shows_the_span_and_only_what_stands_around_it(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))

    exhibit = exhibit_of_span(text, start, end, claim="claim", origin=("Outlet", "", "2024"))

    assert exhibit.evidence == text[start:end]
    assert exhibit.origin == "Outlet · 2024"
    before, after = exhibit.before, exhibit.after
    assert (
        before.removeprefix("…" if start > CONTEXT else "") == text[max(0, start - CONTEXT) : start].strip()
    )
    assert after.removesuffix("…" if end + CONTEXT < len(text) else "") == text[end : end + CONTEXT].strip()


def test_to_result_refuses_a_label_the_screen_does_not_have() -> None:
    with pytest.raises(ValueError, match="triple has no label 'quoted'"):
        to_result(Screen.TRIPLE, "quoted", {})
