"""Decisions: every judgement, by rule, model or person, and the policy that says which stand alone."""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import F, Max, Q

from annotation.lifecycle import DecisionStatus
from annotation.models.base import NationQuerySet, choices_of, value_in
from annotation.models.conflict import Conflict
from annotation.models.nation import Nation
from annotation.models.run import Derivation
from annotation.models.statement import Statement
from annotation.models.topic import Topic
from annotation.models.triple import Triple
from pipeline.records import ConflictOutcome, Sensitivity, SourceType, TripleValidity


class DecisionKind(StrEnum):
    """What is being decided."""

    TOPIC_SCREENING = "topic_screening"
    STATEMENT_SCREENING = "statement_screening"
    ATTRIBUTION = "attribution"
    CONFLICT = "conflict"
    TRIPLE = "triple"


class JudgeType(StrEnum):
    """Who decided. A person outranks a machine, a curator outranks annotators."""

    RULES = "rules"
    MODEL = "model"
    LEARNED = "learned"
    ANNOTATORS = "annotators"
    CURATOR = "curator"


PEOPLE = frozenset({JudgeType.ANNOTATORS, JudgeType.CURATOR})
NOT_A_STATEMENT = "not_a_statement"  # what a person may answer where a machine attributes

LABELS: dict[DecisionKind, tuple[str, ...]] = {
    DecisionKind.TOPIC_SCREENING: tuple(Sensitivity),
    DecisionKind.STATEMENT_SCREENING: tuple(Sensitivity),
    DecisionKind.ATTRIBUTION: (*SourceType, NOT_A_STATEMENT),
    DecisionKind.CONFLICT: tuple(ConflictOutcome),
    DecisionKind.TRIPLE: tuple(TripleValidity),
}

SUBJECTS: dict[DecisionKind, str] = {
    DecisionKind.TOPIC_SCREENING: "topic",
    DecisionKind.STATEMENT_SCREENING: "statement",
    DecisionKind.ATTRIBUTION: "statement",
    DecisionKind.CONFLICT: "conflict",
    DecisionKind.TRIPLE: "triple",
}


def _kind_matches_subject_and_label() -> Q:
    """Each kind has its own subject, no other, and its own labels."""
    condition = Q()
    for kind, subject in SUBJECTS.items():
        others = {f"{name}__isnull": True for name in set(SUBJECTS.values()) - {subject}}
        labels = [str(label) for label in LABELS[kind]]
        condition |= Q(kind=kind, label__in=labels, **{f"{subject}__isnull": False}, **others)
    return condition


_WITH_PEOPLE = Q(status__in=[DecisionStatus.ASKED, DecisionStatus.DISPUTED]) | Q(
    status=DecisionStatus.SETTLED, is_audit=True, review__status__in=["pushed", "disputed"]
)


class DecisionQuerySet(NationQuerySet):
    """Which decisions."""

    def waiting(self) -> DecisionQuerySet:
        """Uncertain ones not yet with people."""
        return self.filter(status=DecisionStatus.OPEN)

    def settled(self) -> DecisionQuerySet:
        """Those that hold."""
        return self.filter(status=DecisionStatus.SETTLED)

    def screening_out(self, document: models.OuterRef) -> DecisionQuerySet:
        """Settled ones that the present topic of a document does not concern values."""
        return self.settled().filter(
            kind=DecisionKind.TOPIC_SCREENING,
            label=Sensitivity.NOT_SENSITIVE,
            topic__memberships__document=document,
            topic__memberships__is_current=True,
        )

    def with_people(self) -> DecisionQuerySet:
        """Those people are being asked about; an audited one stays settled meanwhile, but has its task."""
        return self.filter(_WITH_PEOPLE)

    def left_to_people(self) -> DecisionQuerySet:
        """Live ones of people, and those they are being asked about: no machine judges the same anew."""
        return self.filter(
            Q(judge_type__in=list(PEOPLE)) & ~Q(status=DecisionStatus.SUPERSEDED) | _WITH_PEOPLE
        )


class Decision(models.Model):
    """A judgement: kind, subject, label, confidence, judge. People's verdict is a decision that supersedes
    the machine's; labels and judges never change, only ``status`` moves."""

    kind = models.CharField(max_length=20, choices=choices_of(DecisionKind))
    nation = models.ForeignKey(Nation, models.PROTECT, related_name="decisions")
    topic = models.ForeignKey(Topic, models.CASCADE, null=True, blank=True, related_name="decisions")
    statement = models.ForeignKey(Statement, models.CASCADE, null=True, blank=True, related_name="decisions")
    conflict = models.ForeignKey(Conflict, models.CASCADE, null=True, blank=True, related_name="decisions")
    triple = models.ForeignKey(Triple, models.CASCADE, null=True, blank=True, related_name="decisions")
    label = models.CharField(max_length=20)
    value = models.JSONField(
        default=dict, blank=True, help_text="What goes with the label: speaker, corrected question and so on."
    )
    confidence = models.FloatField()
    judge_type = models.CharField(max_length=10, choices=choices_of(JudgeType))
    judge = models.CharField(max_length=200, help_text="Rule set, model and prompt, or person.")
    rationale = models.TextField(blank=True)
    evidence = models.JSONField(default=dict, blank=True)
    derivation = models.ForeignKey(
        Derivation, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    status = models.CharField(
        max_length=10, choices=choices_of(DecisionStatus), default=DecisionStatus.OPEN, db_index=True
    )
    is_audit = models.BooleanField(
        default=False, help_text="Certain, yet asked: measures the automatic part."
    )
    is_sampled = models.BooleanField(
        default=False, help_text="Drawn at random whatever its confidence: what thresholds are solved from."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["nation", "kind", "status"])]
        constraints = [
            models.CheckConstraint(
                condition=_kind_matches_subject_and_label(), name="decision_kind_matches_subject_and_label"
            ),
            models.CheckConstraint(condition=value_in("judge_type", JudgeType), name="decision_judge_known"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="decision_confidence_in_unit"
            ),
            models.CheckConstraint(
                condition=value_in("status", DecisionStatus), name="decision_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(judge_type=JudgeType.CURATOR) | Q(decided_by__isnull=False),
                name="decision_curator_named",
            ),
            *(
                models.UniqueConstraint(
                    fields=["kind", subject],
                    condition=Q(**{f"{subject}__isnull": False}) & ~Q(status=DecisionStatus.SUPERSEDED),
                    name=f"decision_one_live_per_{subject}",
                )
                for subject in ("topic", "statement", "conflict", "triple")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.label}"

    @property
    def subject(self) -> models.Model:
        """The row that was judged."""
        return getattr(self, SUBJECTS[DecisionKind(self.kind)])

    @property
    def is_about_office_holder(self) -> bool:
        """Whether it attributes words to the holder of an executive office."""
        return self.kind == DecisionKind.ATTRIBUTION and self.value.get("is_office_holder") is True


class ConsensusRule(StrEnum):
    """When people's answers are a verdict."""

    UNANIMOUS = "unanimous"  # all gave the same
    MAJORITY = "majority"  # more than half gave the same


class Policy(models.Model):
    """When a machine's decision stands alone, per nation and kind; no nation means all that have no own.

    ``threshold`` is where to begin; it is replaced by the one solved from votes as soon as one can be.
    """

    nation = models.ForeignKey(Nation, models.CASCADE, null=True, blank=True, related_name="policies")
    kind = models.CharField(max_length=20, choices=choices_of(DecisionKind))
    threshold = models.FloatField(help_text="Confidence from which on a decision is settled; above 1: never.")
    audit_rate = models.FloatField(default=0.05, help_text="Share of settled decisions asked all the same.")
    votes_required = models.PositiveSmallIntegerField(default=2)
    max_votes = models.PositiveSmallIntegerField(
        default=3, help_text="Votes asked for at most when people disagree."
    )
    consensus = models.CharField(
        max_length=10, choices=choices_of(ConsensusRule), default=ConsensusRule.MAJORITY
    )
    error_budget = models.FloatField(
        default=0.05, help_text="Error allowed among what the machine settles alone."
    )
    confidence_level = models.FloatField(default=0.95, help_text="Confidence with which the budget holds.")

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "nation"]
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["nation", "kind"], name="policy_once_per_nation"),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(nation=None), name="policy_once_for_all_nations"
            ),
            models.CheckConstraint(condition=Q(threshold__gte=0, threshold__lte=2), name="policy_threshold"),
            models.CheckConstraint(
                condition=Q(audit_rate__gte=0, audit_rate__lte=1), name="policy_audit_rate_in_unit"
            ),
            models.CheckConstraint(condition=Q(votes_required__gte=1), name="policy_votes_positive"),
            models.CheckConstraint(
                condition=Q(max_votes__gte=F("votes_required")), name="policy_max_votes_enough"
            ),
            models.CheckConstraint(
                condition=Q(error_budget__gt=0, error_budget__lt=1), name="policy_error_budget_in_unit"
            ),
            models.CheckConstraint(
                condition=Q(confidence_level__gt=0, confidence_level__lt=1),
                name="policy_confidence_level_in_unit",
            ),
            models.CheckConstraint(
                condition=value_in("consensus", ConsensusRule), name="policy_consensus_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.nation_id or 'all nations'})"


class GuaranteeState(StrEnum):
    """Whether the error of what a machine settles alone is known to stay within its budget."""

    WAITING = "waiting"  # too few votes yet
    HOLDS = "holds"
    SUSPENDED = "suspended"  # the audit shows more errors than the budget: everything is asked


class GuaranteeQuerySet(NationQuerySet):
    """Which guarantees."""

    def in_force(self) -> GuaranteeQuerySet:
        """The newest of every nation, kind and judge."""
        newest = Guarantee.objects.order_by().values("nation", "kind", "judge").annotate(newest=Max("pk"))
        return self.filter(pk__in=newest.values("newest"))


class Guarantee(models.Model):
    """What a judge's votes have shown at a moment: the newest row of a nation, kind and judge is in force."""

    nation = models.ForeignKey(Nation, models.PROTECT, related_name="guarantees")
    kind = models.CharField(max_length=20, choices=choices_of(DecisionKind))
    judge = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=choices_of(GuaranteeState))
    threshold = models.FloatField(null=True, blank=True, help_text="Of the judge's own, raw confidence.")
    sampled = models.PositiveIntegerField(help_text="Verdicts on the random sample.")
    settled_sampled = models.PositiveIntegerField(help_text="Of these at or above the threshold.")
    errors = models.PositiveIntegerField(help_text="Of these wrong.")
    bound = models.FloatField(help_text="Upper bound of the error at the confidence level.")
    error_budget = models.FloatField(default=0.05, help_text="The policy's when it was solved.")
    confidence_level = models.FloatField(default=0.95, help_text="The policy's when it was solved.")
    votes_needed = models.PositiveIntegerField(null=True, blank=True)
    counts_from = models.DateTimeField(
        null=True, blank=True, help_text="Decisions before it are not looked at: the judge has changed since."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GuaranteeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["nation", "kind", "judge"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=GuaranteeState.HOLDS, threshold__isnull=False)
                | (~Q(state=GuaranteeState.HOLDS) & value_in("state", GuaranteeState)),
                name="guarantee_holds_with_threshold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.judge} in {self.nation_id}: {self.state}"

    def holds_for(self, error_budget: float, confidence_level: float) -> bool:
        """Whether it holds, and was solved for what the policy asks now."""
        solved_for = (self.error_budget, self.confidence_level)
        return self.state == GuaranteeState.HOLDS and solved_for == (error_budget, confidence_level)
