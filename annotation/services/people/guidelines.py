"""Guidelines: what a person has to read before labelling, and that it was read."""

from __future__ import annotations

from annotation.guidelines import Guideline, current_version, guideline
from annotation.models import GuidelineReading, Person, ProjectKind


def has_read(person: Person, kind: str) -> bool:
    """Whether the person has read the newest version of a kind's guideline."""
    return GuidelineReading.objects.filter(person=person, kind=kind, version=current_version(kind)).exists()


def mark_read(person: Person, kind: str, version: str, language: str) -> GuidelineReading:
    """The person has read this version. Raises ``LookupError`` for a version there is none of."""
    if not version:
        raise LookupError(f"no version of the guideline for {kind} is named")
    text: Guideline = guideline(ProjectKind(kind), language, version)
    reading, _ = GuidelineReading.objects.get_or_create(
        person=person, kind=kind, version=text.version, defaults={"language": text.language}
    )
    return reading
