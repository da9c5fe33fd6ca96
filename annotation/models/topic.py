"""Topics, tags, and which documents belong to them."""

from __future__ import annotations

from collections import defaultdict

from django.db import models
from django.db.models import Q

from annotation.models.base import NationQuerySet
from annotation.models.nation import Nation
from annotation.models.run import Run
from annotation.models.source import Document


class TopicQuerySet(NationQuerySet):
    """Which topics."""

    def current(self) -> TopicQuerySet:
        """Topics of the newest run of their nation and language."""
        return self.filter(is_current=True)

    def pending(self, stage: str, version: str) -> TopicQuerySet:
        """Current topics this version of a stage has not finished."""
        from annotation.models.run import Derivation

        done = Derivation.objects.finished(stage, version).filter(topic=models.OuterRef("pk"))
        return self.current().filter(~models.Exists(done))


class Topic(models.Model):
    """A cluster of documents of one nation and language."""

    nation = models.ForeignKey(Nation, models.PROTECT, related_name="topics")
    language = models.CharField(max_length=3)
    run = models.ForeignKey(Run, models.PROTECT, related_name="topics")
    label = models.CharField(max_length=200, help_text="At most five words.")
    keywords = models.JSONField(default=list, help_text="Best first.")
    identity = models.CharField(
        max_length=40, help_text="Digest of the documents it was made of: the same over re-runs."
    )
    size = models.PositiveIntegerField()
    is_current = models.BooleanField(default=True)
    succeeds = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="successors")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["nation", "-size"]
        constraints = [
            models.UniqueConstraint(fields=["run", "identity"], name="topic_once_per_run"),
            models.CheckConstraint(condition=Q(size__gt=0), name="topic_not_empty"),
        ]

    def __str__(self) -> str:
        return self.label


class TopicMembershipQuerySet(NationQuerySet):
    """Which memberships."""

    def by_topic(self) -> dict[int, set[int]]:
        """Topic to its documents."""
        found: dict[int, set[int]] = defaultdict(set)
        for topic, document in self.values_list("topic_id", "document_id"):
            found[topic].add(document)
        return dict(found)


class TopicMembership(models.Model):
    """A document in a topic; a document is in at most one current topic."""

    nation_path = "topic__nation"

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="memberships")
    document = models.ForeignKey(Document, models.CASCADE, related_name="topic_memberships")
    strength = models.FloatField(help_text="Membership strength in [0, 1].")
    is_current = models.BooleanField(default=True)

    objects = TopicMembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "document"], name="topic_membership_once"),
            models.UniqueConstraint(
                fields=["document"], condition=Q(is_current=True), name="one_current_topic_per_document"
            ),
            models.CheckConstraint(
                condition=Q(strength__gte=0, strength__lte=1), name="topic_strength_in_unit"
            ),
        ]

    def __str__(self) -> str:
        return f"document {self.document_id} in topic {self.topic_id}"


class Tag(models.Model):
    """A tag given to documents that fit no topic."""

    nation = models.ForeignKey(Nation, models.PROTECT, related_name="tags")
    language = models.CharField(max_length=3)
    name = models.CharField(max_length=120)

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["nation", "name"]
        constraints = [models.UniqueConstraint(fields=["nation", "language", "name"], name="tag_once")]

    def __str__(self) -> str:
        return self.name


class DocumentTag(models.Model):
    """A tag on a document; no row at all for a document means unassigned."""

    nation_path = "tag__nation"

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="document_tags")
    document = models.ForeignKey(Document, models.CASCADE, related_name="document_tags")
    run = models.ForeignKey(Run, models.PROTECT, related_name="document_tags")
    is_current = models.BooleanField(default=True)

    objects = NationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tag", "document", "run"], name="document_tag_once"),
        ]

    def __str__(self) -> str:
        return f"tag {self.tag_id} on document {self.document_id}"


class TagRound(models.Model):
    """The tag set after one round of tagging: every round is kept."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="tag_rounds")
    language = models.CharField(max_length=3)
    number = models.PositiveSmallIntegerField()
    tags = models.JSONField(help_text="Tag name to number of documents.")

    class Meta:
        ordering = ["run", "language", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "language", "number"], name="tag_round_once")]

    def __str__(self) -> str:
        return f"round {self.number} of run {self.run_id}"
