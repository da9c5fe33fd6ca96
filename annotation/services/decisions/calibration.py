"""What machines' confidences are worth, learned from the verdicts people have given so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from annotation.lifecycle import DecisionStatus
from annotation.models import Decision, DecisionKind
from annotation.models.decision import PEOPLE
from pipeline.calibration import FEWEST, Calibration, fit_calibration

CARRIED = "carried_from"  # in the evidence of a copy of people's verdict: the decision they had made
RAW = "raw_confidence"  # key of a decision's evidence that holds what the judge itself said
_FIELDS = (
    "pk",
    "supersedes_id",
    "judge_type",
    "judge",
    "nation_id",
    "label",
    "confidence",
    "evidence",
    "is_sampled",
    "created_at",
)
_BATCH = 500
Key = tuple[str, ...]
_Said = dict[int, tuple[int, str]]  # superseded decision to number and label of people's newest verdict


@dataclass
class Calibrations:
    """Maps of one kind of decision, the most particular one that has enough answers: of this judge version in
    this nation for this label, in all nations, of all versions of this type of judge, of all its labels."""

    answers: dict[Key, list[tuple[float, bool]]]
    fitted: dict[Key, Calibration] = field(default_factory=dict)

    def of(self, *, judge_type: str, judge: str, nation_id: str, label: str) -> Calibration:
        """The map to use; one that changes nothing where people have said too little."""
        for key in _keys(judge_type, judge, nation_id, label):
            found = self.answers.get(key, ())
            if len(found) >= FEWEST:
                if key not in self.fitted:
                    self.fitted[key] = fit_calibration([c for c, _ in found], [float(y) for _, y in found])
                return self.fitted[key]
        return Calibration()


def calibrations(kind: DecisionKind) -> Calibrations:
    """Maps learned from every standing verdict of people on a question a machine had answered before."""
    answers: dict[Key, list[tuple[float, bool]]] = defaultdict(list)
    for verdict, machine in answered(kind):
        said = raw_confidence(machine["evidence"], machine["confidence"])
        where = (machine["judge_type"], machine["judge"], machine["nation_id"], machine["label"])
        for key in _keys(*where):
            answers[key].append((said, verdict == machine["label"]))
    return Calibrations(dict(answers))


def raw_confidence(evidence: dict[str, Any] | None, confidence: float) -> float:
    """What the judge itself said, before calibration."""
    return float((evidence or {}).get(RAW, confidence))


def _keys(judge_type: str, judge: str, nation_id: str, label: str) -> tuple[Key, ...]:
    return (
        ("version in nation", judge, nation_id, label),
        ("version", judge, label),
        ("judge", judge_type, label),
        ("judge, all labels", judge_type),
    )


def answered(kind: DecisionKind) -> Iterator[tuple[str, dict[str, Any]]]:
    """Label of people's newest verdict, and the machine's decision it came to supersede: each decision once,
    whatever overrulings and copies lie between."""
    verdicts = Decision.objects.filter(
        kind=kind, judge_type__in=list(PEOPLE), status=DecisionStatus.SETTLED, supersedes__isnull=False
    )
    waiting: _Said = {}
    for pk, earlier, label, evidence in verdicts.values_list("pk", "supersedes_id", "label", "evidence"):
        _keep_newest(waiting, earlier, ((evidence or {}).get(CARRIED, pk), label))
    newest: _Said = {}
    machines: dict[int, dict[str, Any]] = {}
    while waiting:
        ids = list(waiting)
        following: _Said = {}
        for start in range(0, len(ids), _BATCH):
            for row in Decision.objects.filter(pk__in=ids[start : start + _BATCH]).values(*_FIELDS):
                if row["judge_type"] not in PEOPLE:
                    machines[row["pk"]] = row
                    _keep_newest(newest, row["pk"], waiting[row["pk"]])
                elif row["supersedes_id"]:
                    _keep_newest(following, row["supersedes_id"], waiting[row["pk"]])
        waiting = following
    for pk, (_, label) in newest.items():
        yield label, machines[pk]


def _keep_newest(said: _Said, superseded: int, verdict: tuple[int, str]) -> None:
    said[superseded] = max(verdict, said.get(superseded, verdict))
