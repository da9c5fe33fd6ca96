"""What a change of release does to the scores of stored answers: before and after, on the common part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluation.models import EvalRun, Release
from evaluation.publishing.diff import Diff, Kind
from evaluation.scoring.comparability import Effect, Known, effects, overlaps
from evaluation.scoring.metrics import ScoredItem
from evaluation.services.runs.summary import scored_items

Name = tuple[str, str, str, str]  # candidate, method, protocol, judge
Asked = tuple[str, str]  # digests of prompts and parameters: what two runs must share to be compared


@dataclass(frozen=True, slots=True)
class RunEffect:
    """One model by one protocol on both releases.

    ``carried_from``: the release whose run stands for both, for items of one id have the same words, so its
    answers to the common ones hold; empty where both were run. ``why_not``: why the runs cannot be compared,
    then there are no ``rows``.
    """

    candidate: str
    method: str
    protocol: str
    judge: str
    carried_from: str
    why_not: str
    rows: Sequence[Effect]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "candidate": self.candidate,
            "method": self.method,
            "protocol": self.protocol,
            "judge": self.judge,
            "carried_from": self.carried_from,
            "why_not": self.why_not,
            "rows": [row.as_dict() for row in self.rows],
        }


def score_changes(old: Release, new: Release, changes: Diff) -> list[RunEffect]:
    """The effect on every finished run of either release, by candidate and protocol."""
    sides = _Sides(old, new, changes)
    ours, theirs = _runs(old), _runs(new)
    found: list[RunEffect] = []
    for name in sorted({*ours, *theirs}):
        before, after = ours.get(name, {}), theirs.get(name, {})
        both = sorted(before.keys() & after.keys())
        found += [sides.effect(before[asked], after[asked]) for asked in both]
        if not before or not after:
            found += [sides.effect(run, None) for run in before.values()]
            found += [sides.effect(None, run) for run in after.values()]
        elif not both:
            why = "asked with other prompts or parameters on the two releases"
            found.append(RunEffect(*name, carried_from="", why_not=why, rows=[]))
    return found


def _runs(release: Release) -> dict[Name, dict[Asked, EvalRun]]:
    """Finished runs on what everybody can see, by whom and how, then by what was asked; the newest ones."""
    finished = release.eval_runs.filter(status=EvalRun.Status.FINISHED, is_holdout=False)
    found: dict[Name, dict[Asked, EvalRun]] = {}
    for run in finished.select_related("candidate").order_by("pk"):
        name = (run.candidate.name, str(run.method), str(run.protocol), run.judge)
        found.setdefault(name, {})[run.prompt_digest, run.parameters_digest] = run
    return found


class _Sides:
    """The items of two releases, and where they overlap."""

    def __init__(self, old: Release, new: Release, changes: Diff) -> None:
        self.old, self.new = old, new
        self.before, self.after = _known(old), _known(new)
        touched = {change.old_id for change in changes.of(Kind.REMOVED, Kind.REWORDED, Kind.RELABELLED)}
        self.where = overlaps(self.before, self.after, touched)

    def effect(self, ours: EvalRun | None, theirs: EvalRun | None) -> RunEffect:
        """Of a run on each, or of one whose answers are carried over to the other."""
        run = ours or theirs
        assert run is not None
        before = scored_items(ours) if ours else []
        after = scored_items(theirs) if theirs else _carried(before, self.after)
        before = before if ours else _carried(after, self.before)
        carried = "" if ours and theirs else self.old.label if ours else self.new.label
        rows = effects(before, after, self.where, self.after)
        return RunEffect(
            candidate=run.candidate.name,
            method=run.method,
            protocol=run.protocol,
            judge=run.judge,
            carried_from=carried,
            why_not="",
            rows=[_covered(row, bool(ours), bool(theirs)) for row in rows],
        )


def _carried(items: Sequence[ScoredItem], known: Mapping[str, Known]) -> list[ScoredItem]:
    """Answers to items that the other release has too, where they stand there."""
    return [
        replace(
            item,
            nation=known[item.key].nation,
            source_type=known[item.key].source_type,
            article=known[item.key].article,
        )
        for item in items
        if item.key in known
    ]


def _covered(row: Effect, has_old: bool, has_new: bool) -> Effect:
    """Without the score of a whole release that carried answers do not cover."""
    if not has_old and row.overlap.common < row.overlap.before:
        row = replace(row, before_whole=None)
    if not has_new and row.overlap.common < row.overlap.after:
        row = replace(row, after_whole=None)
    return row


def _known(release: Release) -> dict[str, Known]:
    rows = release.items.evaluated().order_by("key")
    return {
        key: Known(nation, kind, article)
        for key, nation, kind, article in rows.values_list(
            "key", "nation_id", "source_type", "article_key"
        ).iterator(chunk_size=5000)
    }
