"""Releases: approved triples, frozen."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from annotation.lifecycle import ReleaseStatus
from annotation.models import Nation, Triple
from annotation.models.base import NationQuerySet, choices_of, value_in
from annotation.models.event import StatusMove
from pipeline.records import SourceType


class Release(models.Model):
    """A named, immutable set of items and the folder they were written to."""

    name = models.CharField(
        max_length=60,
        unique=True,
        validators=[
            RegexValidator(r"^[a-z0-9][a-z0-9._-]*$", "Small letters, digits, dot, dash, underscore.")
        ],
    )
    status = models.CharField(max_length=10, choices=choices_of(ReleaseStatus), default=ReleaseStatus.DRAFT)
    seed = models.PositiveBigIntegerField(default=0, help_text="Of the train/test split of preference pairs.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the folder's checksum file.")
    folder = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="releases"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=value_in("status", ReleaseStatus), name="release_status_known"),
            models.CheckConstraint(
                condition=Q(status=ReleaseStatus.DRAFT) | (~Q(digest="") & Q(frozen_at__isnull=False)),
                name="release_frozen_has_digest",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReleaseItem(models.Model):
    """A triple in a release, with the words it had when it was frozen."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="items")
    triple = models.ForeignKey(Triple, models.PROTECT, related_name="release_items")
    nation = models.ForeignKey(Nation, models.PROTECT, related_name="release_items")
    key = models.CharField(max_length=40, help_text="Stable id of the item inside every file of the release.")
    source_type = models.CharField(max_length=10, choices=choices_of(SourceType))
    language = models.CharField(max_length=3)
    topic = models.CharField(max_length=200, blank=True)
    question = models.TextField()
    statement = models.TextField()
    reversed_statement = models.TextField()
    article_key = models.CharField(max_length=40, help_text="Same for items of one article or its copies.")

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["release", "nation", "source_type", "key"]
        constraints = [
            models.UniqueConstraint(fields=["release", "triple"], name="release_item_once"),
            models.UniqueConstraint(fields=["release", "key"], name="release_item_key_once"),
            models.CheckConstraint(
                condition=Q(source_type__in=[SourceType.QUOTED, SourceType.OFFICIAL]),
                name="release_item_quoted_or_official",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class ReleaseEvent(StatusMove):
    """A move of a release's status."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="events")

    class Meta:
        ordering = ["-pk"]
