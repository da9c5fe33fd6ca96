"""Passages in somebody's words."""

from __future__ import annotations

import pytest

from pipeline.attribution.reports import Form, find_reports, report_at


def found(text: str, language: str) -> list[tuple[str, str, str]]:
    return [
        (report.form.value, text[report.start : report.end], report.speaker)
        for report in find_reports(text, language)
    ]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "de",
            "„Wir brauchen mehr Lehrer für das Land“, sagte Ministerin Anna Weber.",
            [("direct", "„Wir brauchen mehr Lehrer für das Land“", "Ministerin Anna Weber")],
        ),
        (
            "de",
            "Anna Weber sagte, dass die Schule mehr Lehrer brauche.",
            [("indirect", "dass die Schule mehr Lehrer brauche", "Anna Weber")],
        ),
        (
            "en",
            "Ada Young said that the school needs more teachers.",
            [("indirect", "that the school needs more teachers", "Ada Young")],
        ),
        (
            "fr",
            "Claire Delmas a déclaré que l'école doit rester ouverte.",
            [("indirect", "que l'école doit rester ouverte", "Claire Delmas")],
        ),
        ("zh", "王丽表示，学校需要更多教师。", [("indirect", "学校需要更多教师", "王丽")]),
        (
            "en",
            "The union condemned the plan for the harbour.",
            [("reported", "The union condemned the plan for the harbour.", "The union")],
        ),
        ("en", "The bus leaves at nine.", []),
    ],
)
def test_form_passage_and_speaker(language: str, text: str, expected: list[tuple[str, str, str]]):
    assert found(text, language) == expected


def test_german_sentences_in_reported_mood_go_on_with_the_speaker_before_them():
    text = "Anna Weber kritisierte den Plan. Die Stadt habe kein Geld. Die Schule sei alt. Der Bus fährt."

    assert ("free indirect", "Die Stadt habe kein Geld. Die Schule sei alt.", "Anna Weber") in found(
        text, "de"
    )


def test_title_in_quotation_marks_is_nobodys_words():
    assert found("Der Film „Die Brücke“ läuft am Montag.", "de") == []


def test_report_at_finds_the_passage_a_span_lies_in():
    text = "Es regnet.\nAnna Weber sagte, dass die Schule mehr Lehrer brauche."
    start = text.index("die Schule")

    report = report_at(text, start, len(text), "de")

    assert report is not None
    assert (report.form, report.speaker) == (Form.INDIRECT, "Anna Weber")
    assert report_at(text, 0, 10, "de") is None
