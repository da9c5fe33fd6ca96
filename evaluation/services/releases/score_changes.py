"""What a change of release does to the scores of stored answers: before and after, on the common part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from evaluation.models import LIKELIHOODS, EvalRun, Release
from evaluation.publishing.diff import Diff, Kind
from evaluation.scoring.comparability import Effect, Known, Scores, Sides, effects, overlaps
from evaluation.scoring.metrics import ScoredItem, SliceScore
from evaluation.scoring.random_control import CHANCE
from evaluation.services.figures.sheets import Grid, control_sheets, grid
from evaluation.services.runs.summary import scored_items

Name = tuple[str, str, str, str]  # candidate, method, protocol, judge
Controls = Mapping[int, Sequence[ScoredItem]]  # by the id of the run
Asked = tuple[str, str]  # digests of prompts and parameters: what two runs must share to be compared


@dataclass(frozen=True, slots=True)
class RunEffect:
    """One model by one protocol on both releases.

    ``carried_from``: the release whose run stands for both, for items of one id have the same words, so its
    answers to the common ones hold; empty where both were run. ``why_not``: why the runs cannot be compared,
    then there are no ``rows``. ``control``: of a likelihood, the name of the random weights whose scores
    stand in the rows beside its own; empty where none are kept.
    """

    candidate: str
    method: str
    protocol: str
    judge: str
    carried_from: str
    why_not: str
    rows: Sequence[Effect]
    control: str = ""

    @property
    def line(self) -> float | None:
        """What chance gives; ``None`` for what is no likelihood."""
        return CHANCE if self.protocol in LIKELIHOODS else None

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "candidate": self.candidate,
            "method": self.method,
            "protocol": self.protocol,
            "judge": self.judge,
            "carried_from": self.carried_from,
            "why_not": self.why_not,
            "control": self.control,
            "line": self.line,
            "rows": [row.as_dict() for row in self.rows],
        }


def score_changes(old: Release, new: Release, changes: Diff) -> list[RunEffect]:
    """The effect on every finished run of either release, by candidate and protocol."""
    ours, theirs = _runs(old), _runs(new)
    sides = _Sides(old, new, changes, {**_control_items(old, ours), **_control_items(new, theirs)})
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


def _control_items(release: Release, runs: Mapping[Name, Mapping[Asked, EvalRun]]) -> Controls:
    """What random weights came to beside each likelihood, where that is kept."""
    asked = [run for found in runs.values() for run in found.values()]
    sheets = control_sheets(release, asked)
    over = grid(release) if sheets else Grid([])
    return {pk: sheet.scored(over, over.places()) for pk, sheet in sheets.items()}


class _Sides:
    """The items of two releases, where they overlap, and the controls of runs on either."""

    def __init__(self, old: Release, new: Release, changes: Diff, controls: Controls) -> None:
        self.old, self.new = old, new
        self.before, self.after = _known(old), _known(new)
        self._controls = controls
        touched = {change.old_id for change in changes.of(Kind.REMOVED, Kind.REWORDED, Kind.RELABELLED)}
        self.where = overlaps(self.before, self.after, touched)

    def effect(self, ours: EvalRun | None, theirs: EvalRun | None) -> RunEffect:
        """Of a run on each, or of one whose answers are carried over to the other."""
        run = ours or theirs
        assert run is not None
        carried = "" if ours and theirs else self.old.label if ours else self.new.label
        rows = effects(
            self._both(ours, theirs, scored_items),
            self.where,
            self.after,
            self._both(ours, theirs, lambda found: self._controls.get(found.pk, ())),
        )
        names = {str(found.control["name"]) for found in (ours, theirs) if found and found.control}
        return RunEffect(
            candidate=run.candidate.name,
            method=run.method,
            protocol=run.protocol,
            judge=run.judge,
            carried_from=carried,
            why_not="",
            rows=[_covered(_with_summary(row, ours, theirs), bool(ours), bool(theirs)) for row in rows],
            control=", ".join(sorted(names)),
        )

    def _both(
        self,
        ours: EvalRun | None,
        theirs: EvalRun | None,
        items_of: Callable[[EvalRun], Sequence[ScoredItem]],
    ) -> Sides:
        """Items on either side, carried over from the other where there is no run."""
        before = items_of(ours) if ours else []
        after = items_of(theirs) if theirs else _carried(before, self.after)
        return before if ours else _carried(after, self.before), after


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


def _with_summary(row: Effect, ours: EvalRun | None, theirs: EvalRun | None) -> Effect:
    """With the control's scores of whole releases from the runs' own figures where its items are not kept."""
    whole = [_summary_score(run, row) for run in (ours, theirs)]
    if row.control is not None or not any(whole):
        return row
    return replace(row, control=Scores(whole[0], None, None, whole[1]))


def _summary_score(run: EvalRun | None, row: Effect) -> SliceScore | None:
    for kept in run.control.get("summary", []) if run else []:
        if (kept["nation"], kept["source_type"]) == (row.nation, row.source_type):
            names = [field.name for field in fields(SliceScore) if field.name != "slice"]
            return SliceScore(slice=(), **{name: kept.get(name) for name in names})
    return None


def _covered(row: Effect, has_old: bool, has_new: bool) -> Effect:
    """Without the scores of a whole release that carried answers do not cover."""
    uncovered = []
    if not has_old and row.overlap.common < row.overlap.before:
        uncovered.append("before_whole")
    if not has_new and row.overlap.common < row.overlap.after:
        uncovered.append("after_whole")
    gone = dict.fromkeys(uncovered)
    return replace(
        row,
        scores=replace(row.scores, **gone),
        control=replace(row.control, **gone) if row.control else None,
    )


def _known(release: Release) -> dict[str, Known]:
    rows = release.items.evaluated().order_by("key")
    return {
        key: Known(nation, kind, article)
        for key, nation, kind, article in rows.values_list(
            "key", "nation_id", "source_type", "article_key"
        ).iterator(chunk_size=5000)
    }
