"""Runs of stages and what each of them derived: provenance, and the memory a stop resumes from."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotation.models.base import NationQuerySet, choices_of, value_in
from annotation.models.nation import Nation
from pipeline.records import Engine

MAX_ATTEMPTS = 3


class Run(models.Model):
    """One call of one stage: engine, version, parameters, and the counts it ended with."""

    class Status(models.TextChoices):
        """How a run stands; a killed one stays ``running`` and is taken over by the next."""

        RUNNING = "running"
        FINISHED = "finished"
        STOPPED = "stopped"
        FAILED = "failed"

    stage = models.CharField(max_length=20, db_index=True)
    version = models.CharField(max_length=200)
    engine = models.CharField(max_length=10, choices=choices_of(Engine))
    nation = models.ForeignKey(Nation, models.PROTECT, null=True, blank=True, related_name="runs")
    parameters = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    counts = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=value_in("engine", Engine), name="run_engine_known")]

    def __str__(self) -> str:
        return f"{self.stage} #{self.pk}"


class DerivationQuerySet(models.QuerySet):
    """Which derivations."""

    def finished(self, stage: str, version: str) -> DerivationQuerySet:
        """Those of a stage at a version that get no further try: done, or failed as often as allowed."""
        return self.filter(stage=stage, version=version).filter(
            Q(is_finished=True) | Q(attempts__gte=MAX_ATTEMPTS)
        )

    def given_up(self) -> DerivationQuerySet:
        """Inputs that failed as often as allowed: a curator's list."""
        return self.filter(is_finished=False, attempts__gte=MAX_ATTEMPTS)


class Derivation(models.Model):
    """What one version of a stage made of one input: its prompt, its raw reply, its error if it failed.

    At most one input is set; none means a whole nation (corpus stages), known by ``input_digest``.
    """

    run = models.ForeignKey(Run, models.PROTECT, related_name="derivations")
    stage = models.CharField(max_length=20)
    version = models.CharField(max_length=200)
    document = models.ForeignKey(
        "annotation.Document", models.CASCADE, null=True, blank=True, related_name="derivations"
    )
    topic = models.ForeignKey(
        "annotation.Topic", models.CASCADE, null=True, blank=True, related_name="derivations"
    )
    statement = models.ForeignKey(
        "annotation.Statement", models.CASCADE, null=True, blank=True, related_name="inputs_of"
    )
    prompt_digest = models.CharField(max_length=64, blank=True)
    input_digest = models.CharField(max_length=64, blank=True)
    raw_reply = models.TextField(blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    is_finished = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DerivationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "version", "document"],
                condition=Q(document__isnull=False),
                name="derivation_once_per_document",
            ),
            models.UniqueConstraint(
                fields=["stage", "version", "topic"],
                condition=Q(topic__isnull=False),
                name="derivation_once_per_topic",
            ),
            models.UniqueConstraint(
                fields=["stage", "version", "statement"],
                condition=Q(statement__isnull=False),
                name="derivation_once_per_statement",
            ),
            models.CheckConstraint(
                condition=Q(document=None, topic=None)
                | Q(document=None, statement=None)
                | Q(topic=None, statement=None),
                name="derivation_at_most_one_input",
            ),
            models.CheckConstraint(
                condition=Q(is_finished=False) | Q(error=""), name="derivation_finished_without_error"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.version}"


class CachedReply(models.Model):
    """What a model answered, known by a digest of endpoint, model, messages, schema and
    parameters."""

    key = models.CharField(max_length=64, unique=True)
    reply = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "cached replies"

    def __str__(self) -> str:
        return self.key


class Embedding(models.Model):
    """A cached vector: float32 little-endian, known by embedder and text digest."""

    embedder = models.CharField(max_length=120)
    text_digest = models.CharField(max_length=40)
    vector = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["embedder", "text_digest"], name="embedding_once")]

    def __str__(self) -> str:
        return f"{self.embedder} of {self.text_digest}"
