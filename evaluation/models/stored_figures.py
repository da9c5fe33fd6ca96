"""Figures that take long to compute, kept until the runs they are of change."""

from __future__ import annotations

from django.db import models

from evaluation.models.release import Release


class StoredFigures(models.Model):
    """One set of figures of a release. It may be thrown away at any time: figures of answers are computed
    again when needed; of a random-weights control only those per nation and type are left, on its run."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="stored_figures")
    name = models.CharField(max_length=64, help_text="What they are figures of.")
    signature = models.CharField(
        max_length=64, help_text="Of the runs they were computed from; another one means they are old."
    )
    figures = models.JSONField(default=dict)
    computed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "stored figures"
        constraints = [
            models.UniqueConstraint(fields=["release", "name"], name="stored_figures_once"),
        ]

    def __str__(self) -> str:
        return self.name
