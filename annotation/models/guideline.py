"""Guidelines: which version a person has read. The texts are files."""

from __future__ import annotations

from django.db import models

from annotation.models.base import choices_of
from annotation.models.person import Person
from annotation.models.studio import ProjectKind


class GuidelineReading(models.Model):
    """A person has read a version of the guideline for a kind of project, in a language."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="guideline_readings")
    kind = models.CharField(max_length=10, choices=choices_of(ProjectKind))
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=3)
    read_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "version"], name="guideline_read_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"
