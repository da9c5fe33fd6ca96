"""Inquiries: what annotators ask curators, and the answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.models.base import NationQuerySet
from annotation.models.nation import Nation
from annotation.models.review import Review


class Inquiry(models.Model):
    """A question of an annotator to the curators of a nation, about a task or in general."""

    nation = models.ForeignKey(Nation, models.PROTECT, related_name="inquiries")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="inquiries")
    review = models.ForeignKey(Review, models.PROTECT, null=True, blank=True, related_name="inquiries")
    text = models.TextField()
    asked_at = models.DateTimeField(auto_now_add=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True, help_text="When the annotator saw the answer.")

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "inquiries"
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="inquiry_not_empty"),
            models.CheckConstraint(
                condition=Q(answer="", answered_by=None, answered_at=None)
                | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="inquiry_answered_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]
