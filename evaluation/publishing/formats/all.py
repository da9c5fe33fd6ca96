"""Every file of a release folder, in the order they are written."""

from __future__ import annotations

from evaluation.publishing.content import Content, Files
from evaluation.publishing.formats import (
    card,
    changelog,
    croissant,
    dataset,
    inspect_task,
    lm_eval,
    manifest,
    paper,
    passports,
    preferences,
    spreadsheet,
)

FORMATS = (
    manifest,
    card,
    changelog,
    dataset,
    croissant,
    spreadsheet,
    paper,
    preferences,
    lm_eval,
    inspect_task,
    passports,
)


def release_files(content: Content) -> Files:
    """All files but the checksums, which the writer adds. The same content gives the same bytes; at most some
    thousand rows are in memory at a time."""
    for format in FORMATS:
        yield from format.files(content)
