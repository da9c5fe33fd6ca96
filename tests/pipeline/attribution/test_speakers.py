"""The speaker beside a cue."""

from __future__ import annotations

import pytest

from pipeline.attribution.speakers import first_subject, last_speaker, speaker_in


@pytest.mark.parametrize(
    ("language", "context", "after", "name"),
    [
        ("en", "Ada Young said on Monday", False, "Ada Young"),
        ("en", ", said Ada Young, the mayor of Bayside", True, "Ada Young"),
        ("en", "according to the Ministry of Health", False, "the Ministry of Health"),
        ("en", "The ministry said", False, "The ministry"),
        ("fr", ", a déclaré le ministre de la Justice", True, "le ministre de la Justice"),
        (
            "de",
            "Wie die Deutsche Bahn mitteilte, sagte am Montag der Sprecher der Polizei",
            True,
            "der Sprecher der Polizei",
        ),
        ("de", "laut Angaben der Polizei", False, "Angaben der Polizei"),
        ("de", "Am Dienstag erklärte Bundeskanzlerin Eva Lang", False, "Bundeskanzlerin Eva Lang"),
    ],
)
def test_nearest_phrase_that_can_be_the_subject_speaks(language: str, context: str, after: bool, name: str):
    found = speaker_in(context, language, is_after_quotation=after)

    assert found is not None
    assert found.name == name


def test_pronoun_is_a_cue_without_a_name():
    found = speaker_in("she said", "en")

    assert found is not None
    assert (found.name, found.is_pronoun) == ("", True)


def test_without_a_cue_nobody_speaks():
    assert speaker_in("Ada Young in the harbour", "en") is None


def test_last_speaker_and_first_subject():
    text = "Ada Young said no. Later Bo Chen said yes."

    assert last_speaker(text, "en") == "Bo Chen"
    assert first_subject("In Bayside the Town Council met.", "en") == "the Town Council"
