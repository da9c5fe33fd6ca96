"""Releases: approved triples, frozen with the words and the provenance they had."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from annotation.lifecycle import BUILT, SCORED, ReleaseStatus
from annotation.models import Nation, Triple
from annotation.models.base import NationQuerySet, choices_of, value_in
from annotation.models.event import StatusMove
from evaluation.publishing.content import Manifest
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.rows import RELEASED_TYPES, Part, Period, ReleaseRow
from evaluation.publishing.versions import Version


class Origin(models.TextChoices):
    """Where a release was made."""

    HERE = "here", "made here"
    INSTALLATION = "installation", "made by another installation"
    PAPER = "paper", "files of the NaVAB paper"


class ReleaseQuerySet(models.QuerySet):
    """Which releases."""

    def built(self) -> ReleaseQuerySet:
        """Those whose items and files exist and stay as they are."""
        return self.filter(status__in=BUILT)

    def scored(self) -> ReleaseQuerySet:
        """Those a model may be scored on."""
        return self.filter(status__in=SCORED)

    def published(self) -> ReleaseQuerySet:
        """Those out in the world: withdrawn ones are, too, once they were published."""
        return self.filter(published_at__isnull=False)

    def out(self) -> ReleaseQuerySet:
        """Those that bind what later ones may teach or evaluate: published here, or made elsewhere, where
        they may be published."""
        return self.filter(~Q(published_at=None) | (~Q(origin=Origin.HERE) & ~Q(version="")))

    def why_unnamed(self, label: str) -> str:
        """Why no release is meant by a label, and what may be said instead."""
        name, at, _ = label.partition("@")
        versions = [found.label for found in self.built().filter(name=name).order_by("pk")]
        if versions and not at:
            return f"every version of {name} is withdrawn; name one: {', '.join(versions)}"
        known = versions or sorted({found.label for found in self.built()})
        return f"there is no release {label!r}; there are: {', '.join(known) or 'none'}"

    def named(self, label: str) -> ReleaseQuerySet:
        """``name@version``, or the newest version of ``name`` that is not withdrawn."""
        name, at, version = label.partition("@")
        rows = self.filter(name=name)
        if at:
            return rows.filter(version=version)
        standing = rows.exclude(status=ReleaseStatus.WITHDRAWN).exclude(version="")
        versions = standing.values_list("version", "pk")
        newest = max(versions, key=lambda found: Version.parse(found[0]), default=None)
        return rows.filter(pk=newest[1]) if newest else rows.none()


class Release(models.Model):
    """A version of a named set of items: a recipe, what it gave, and the folder that was written.

    ``manifest`` is ``release.json`` to the byte; it and the items' rows and passports are all that the folder
    is written from, so it can be written again anywhere.
    """

    name = models.CharField(
        max_length=60,
        validators=[
            RegexValidator(r"^[a-z0-9][a-z0-9._-]*\Z", "Small letters, digits, dot, dash, underscore.")
        ],
    )
    version = models.CharField(max_length=20, blank=True, help_text="Semantic; empty until it is built.")
    status = models.CharField(max_length=10, choices=choices_of(ReleaseStatus), default=ReleaseStatus.DRAFT)
    origin = models.CharField(max_length=12, choices=Origin.choices, default=Origin.HERE)
    recipe = models.JSONField(default=dict, blank=True)
    manifest = models.TextField(blank=True)
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="following")
    gates = models.JSONField(default=list, blank=True, help_text="What each gate found, with rows to fix.")
    override = models.TextField(blank=True, help_text="Why a curator lets it pass all the same.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the folder's checksum file.")
    folder = models.CharField(max_length=500, blank=True)
    holdout_salt = models.CharField(
        max_length=64, blank=True, help_text="Secret; the commitment to the holdout items is made with it."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="releases"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="release_version_once"),
            models.CheckConstraint(condition=value_in("status", ReleaseStatus), name="release_status_known"),
            models.CheckConstraint(
                condition=Q(status=ReleaseStatus.DRAFT)
                | (~Q(digest="") & ~Q(version="") & Q(frozen_at__isnull=False)),
                name="release_built_has_digest",
            ),
            models.CheckConstraint(
                condition=~Q(status=ReleaseStatus.PUBLISHED) | Q(published_at__isnull=False),
                name="release_published_at",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """``name@version``; a draft has its name alone."""
        return f"{self.name}@{self.version}" if self.version else self.name

    @property
    def recipe_followed(self) -> Recipe:
        """The recipe as a value. Raises ``RecipeError`` when it was stored by a later version."""
        return Recipe.from_dict(self.recipe)

    @property
    def told(self) -> Manifest:
        """The manifest as a value. Raises ``ValueError`` for a draft."""
        return Manifest.from_dict(json.loads(self.manifest))


class ReleaseItemQuerySet(NationQuerySet):
    """Which items."""

    def public(self) -> ReleaseItemQuerySet:
        """Those a file of the release has."""
        return self.exclude(part=Part.HOLDOUT)

    def evaluated(self, *, holdout: bool = False) -> ReleaseItemQuerySet:
        """Those models are scored on."""
        return self.filter(part__in=[Part.EVALUATION, Part.HOLDOUT] if holdout else [Part.EVALUATION])


class ReleaseItem(models.Model):
    """An item of a release. ``row`` is the line its files have and ``passport`` its provenance, to the byte;
    the columns repeat what is filtered by."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="items")
    triple = models.ForeignKey(Triple, models.PROTECT, null=True, blank=True, related_name="release_items")
    nation = models.ForeignKey(Nation, models.PROTECT, related_name="release_items")
    key = models.CharField(max_length=40, help_text="Stable id of the item inside every file of the release.")
    origin = models.CharField(max_length=40, help_text="Of document and span: outlives a rewording.")
    part = models.CharField(max_length=10, choices=choices_of(Part), default=Part.EVALUATION)
    source_type = models.CharField(max_length=10, choices=choices_of(RELEASED_TYPES))
    language = models.CharField(max_length=3)
    topic = models.CharField(max_length=200, blank=True)
    period = models.CharField(max_length=8, choices=choices_of(Period), default=Period.UNDATED)
    is_contested = models.BooleanField(default=False)
    question = models.TextField()
    statement = models.TextField()
    reversed_statement = models.TextField()
    article_key = models.CharField(max_length=40, help_text="Same for items of one article or its copies.")
    row = models.TextField()
    passport = models.TextField(blank=True)

    objects = ReleaseItemQuerySet.as_manager()

    class Meta:
        ordering = ["release", "nation", "source_type", "key"]
        indexes = [
            models.Index(
                fields=["release", "part", "nation", "source_type", "key"], name="release_item_by_slice"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["release", "triple"], name="release_item_once"),
            models.UniqueConstraint(fields=["release", "key"], name="release_item_key_once"),
            models.CheckConstraint(condition=value_in("part", Part), name="release_item_part_known"),
            models.CheckConstraint(condition=value_in("period", Period), name="release_item_period_known"),
            models.CheckConstraint(
                condition=Q(source_type__in=[str(kind) for kind in RELEASED_TYPES]),
                name="release_item_quoted_or_official",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def told(self) -> ReleaseRow:
        """The row as a value."""
        found: dict[str, Any] = json.loads(self.row)
        return ReleaseRow.from_dict(found)


class ReleaseEvent(StatusMove):
    """A move of a release's status."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="events")

    class Meta:
        ordering = ["-pk"]
