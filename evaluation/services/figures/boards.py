"""Which runs stand in one ranking: those of one release by one protocol, judged by one judge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evaluation.models import EvalRun, ProtocolKind, Release

PROTOCOL_TITLES: dict[str, str] = {
    ProtocolKind.LETTERS: "Multiple choice, letters by generation, both orders",
    ProtocolKind.LETTERS_LOGPROB: "Multiple choice, letters by log-probability, both orders",
    ProtocolKind.DECISIONS: "Multiple choice, typed decisions, both orders",
    ProtocolKind.LIKELIHOOD_SUM: "Option likelihood, sum",
    ProtocolKind.LIKELIHOOD_TOKEN: "Option likelihood, per token",
    ProtocolKind.LIKELIHOOD_CHARACTER: "Option likelihood, per character",
    ProtocolKind.LIKELIHOOD_PMI: "Option likelihood, PMI (less that without the question)",
    ProtocolKind.FREE_ANSWER: "Answer judgement, free answer",
}


@dataclass(frozen=True, slots=True, order=True)
class Board:
    """One protocol, one judge where answers are judged, and whether the private items were asked too."""

    protocol: str
    judge: str = ""
    is_holdout: bool = False

    @property
    def title(self) -> str:
        """In words."""
        judged = f", judged by {self.judge}" if self.judge else ""
        held = "; private items included" if self.is_holdout else ""
        return f"{PROTOCOL_TITLES[self.protocol]}{judged}{held}"

    @property
    def name(self) -> str:
        """Of its stored figures."""
        return f"board {self.protocol} {self.is_holdout} {self.judge}"

    @property
    def parameters(self) -> dict[str, str]:
        """As an address names it."""
        named = {"protocol": self.protocol, "judge": self.judge, "holdout": "1" if self.is_holdout else ""}
        return {name: value for name, value in named.items() if value}


def board_of(run: EvalRun) -> Board:
    """Where a run stands."""
    return Board(str(run.protocol), run.judge, run.is_holdout)


def release_runs(release: Release) -> list[EvalRun]:
    """All runs of a release with their candidates, newest first; without what only their own pages need."""
    rows = EvalRun.objects.filter(release=release).select_related("candidate")
    found = list(rows.defer("probe", "place").order_by("-pk"))
    for run in found:
        run.release = release
    return found


def boards_of(runs: Iterable[EvalRun]) -> list[Board]:
    """Every board that has a run, in the order protocols are listed in; private ones last."""
    order = {str(kind): at for at, kind in enumerate(ProtocolKind)}
    return sorted(
        {board_of(run) for run in runs},
        key=lambda board: (board.is_holdout, order[board.protocol], board.judge),
    )


def ranked(runs: Iterable[EvalRun], board: Board) -> list[EvalRun]:
    """The newest finished run of each candidate on a board, by the candidate's name."""
    newest: dict[int, EvalRun] = {}
    for run in sorted(runs, key=lambda run: run.pk):
        if board_of(run) == board and run.status == EvalRun.Status.FINISHED:
            newest[run.candidate_id] = run
    return sorted(newest.values(), key=lambda run: run.candidate.name)


def unranked(runs: Sequence[EvalRun], board: Board) -> list[EvalRun]:
    """Runs of a board that have not asked every item: shown, never ranked."""
    return [run for run in runs if board_of(run) == board and run.status != EvalRun.Status.FINISHED]
