"""Candidate models, their runs on a release, and every answer."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import Q

from annotation.models.base import choices_of, value_in
from evaluation.models.release import Release, ReleaseItem
from evaluation.scoring.protocol_kind import ProtocolKind


class Backend(StrEnum):
    """How a candidate is asked."""

    OPENAI = "openai"  # any OpenAI-compatible endpoint
    LOCAL = "local"  # weights in a folder, by transformers
    REPLAY = "replay"  # answers recorded earlier
    NGRAM = "ngram"  # the embedded n-gram baseline


class Method(StrEnum):
    """How a candidate is scored (NaVAB paper, evaluation methods)."""

    MULTIPLE_CHOICE = "mc"
    ANSWER_JUDGEMENT = "aj"


def method_of(kind: ProtocolKind) -> Method:
    """The method a protocol belongs to."""
    return Method.ANSWER_JUDGEMENT if kind is ProtocolKind.FREE_ANSWER else Method.MULTIPLE_CHOICE


class Outcome(StrEnum):
    """What one answer came to."""

    STATEMENT = "statement"  # agrees with S
    REVERSED = "reversed"  # agrees with RS
    TIE = "tie"  # the judge finds it no nearer to either
    REFUSAL = "refusal"
    INVALID = "invalid"  # neither a choice nor a refusal
    ERROR = "error"  # the endpoint failed; asked again on resume


class CandidateModel(models.Model):
    """A model under test. The endpoint's key stays in the environment; only its variable's name is kept."""

    name = models.CharField(max_length=200, unique=True)
    backend = models.CharField(max_length=10, choices=choices_of(Backend))
    base_url = models.CharField(max_length=500, blank=True)
    key_variable = models.CharField(
        max_length=100, blank=True, help_text="Name of the environment variable that holds the key."
    )
    description = models.TextField(blank=True)
    price_in = models.DecimalField(
        max_digits=12, decimal_places=6, null=True, blank=True, help_text="Of a million tokens read."
    )
    price_out = models.DecimalField(
        max_digits=12, decimal_places=6, null=True, blank=True, help_text="Of a million tokens written."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=value_in("backend", Backend), name="candidate_backend_known"),
            models.CheckConstraint(
                condition=(Q(price_in=None) | Q(price_in__gte=0)) & (Q(price_out=None) | Q(price_out__gte=0)),
                name="candidate_price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EvalRun(models.Model):
    """A candidate on a release by one protocol with one set of parameters."""

    class Status(models.TextChoices):
        """How a run stands."""

        RUNNING = "running"
        FINISHED = "finished"
        STOPPED = "stopped"

    release = models.ForeignKey(Release, models.PROTECT, related_name="eval_runs")
    candidate = models.ForeignKey(CandidateModel, models.PROTECT, related_name="eval_runs")
    method = models.CharField(max_length=2, choices=choices_of(Method))
    judge = models.CharField(max_length=200, blank=True, help_text="Who judges answers; never the candidate.")
    protocol = models.CharField(
        max_length=20,
        choices=choices_of(ProtocolKind),
        help_text="How the choice or answer is read off the model.",
    )
    reason = models.CharField(max_length=500, blank=True, help_text="Why this protocol, where it was chosen.")
    is_holdout = models.BooleanField(default=False, help_text="Asks the private holdout items too.")
    prompt_digest = models.CharField(max_length=64, blank=True)
    parameters = models.JSONField(
        default=dict, blank=True, help_text="How it asks. With other parameters it is another run."
    )
    parameters_digest = models.CharField(max_length=64, blank=True)
    place = models.JSONField(default=dict, blank=True, help_text="Where it asks: addresses, files.")
    probe = models.JSONField(
        default=dict, blank=True, help_text="What the endpoint gave when it was tried before the run."
    )
    spent = models.JSONField(
        default=dict, blank=True, help_text="Requests, tokens and cost over all its sessions."
    )
    control = models.JSONField(
        default=dict, blank=True, help_text="Random weights on the same items: rate, interval, what they are."
    )
    figures = models.JSONField(
        default=dict, blank=True, help_text="Of the whole run: option bias, language, check of the judge."
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    summary = models.JSONField(
        default=list, blank=True, help_text="One row per nation and type: n, rate, interval, refusals."
    )
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "release",
                    "candidate",
                    "method",
                    "judge",
                    "protocol",
                    "prompt_digest",
                    "parameters_digest",
                    "is_holdout",
                ],
                name="eval_run_once",
            ),
            models.CheckConstraint(condition=value_in("method", Method), name="eval_run_method_known"),
            models.CheckConstraint(
                condition=value_in("protocol", ProtocolKind), name="eval_run_protocol_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.method} on {self.release_id}"


class Answer(models.Model):
    """One reply of a candidate to one item; multiple choice asks each item in both option orders."""

    class Order(models.TextChoices):
        """Which option stands first."""

        STATEMENT_FIRST = "s_rs"
        REVERSED_FIRST = "rs_s"
        NONE = ""

    run = models.ForeignKey(EvalRun, models.CASCADE, related_name="answers")
    item = models.ForeignKey(ReleaseItem, models.PROTECT, related_name="answers")
    order = models.CharField(max_length=4, choices=Order.choices, blank=True)
    reply = models.TextField(blank=True)
    judge_reply = models.TextField(blank=True)
    prompt_digest = models.CharField(
        max_length=32, blank=True, help_text="Of the messages as they were asked."
    )
    outcome = models.CharField(max_length=10, choices=choices_of(Outcome))
    probability = models.FloatField(null=True, blank=True, help_text="Of S among the two, where served.")
    details = models.JSONField(
        null=True, blank=True, help_text="Log-probabilities (natural) the outcome was read from."
    )
    is_in_language = models.BooleanField(
        null=True, blank=True, help_text="Whether a free answer is in the item's language, where that shows."
    )
    error = models.TextField(blank=True)
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    judge_prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    judge_completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.FloatField(
        null=True, blank=True, help_text="Of candidate and judge at their prices; empty where one is unknown."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "item", "order"], name="answer_once"),
            models.CheckConstraint(condition=value_in("outcome", Outcome), name="answer_outcome_known"),
            models.CheckConstraint(
                condition=Q(probability=None) | Q(probability__gte=0, probability__lte=1),
                name="answer_probability_in_unit",
            ),
        ]

    def __str__(self) -> str:
        return self.outcome
