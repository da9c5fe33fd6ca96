"""What a page of results is about: the release, protocol and slice that its address names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from evaluation.models import EvalRun, ProtocolKind, Release
from evaluation.services.figures.boards import Board, boards_of, ranked, release_runs, unranked
from evaluation.services.releases.access import sees_private


@dataclass(frozen=True, slots=True)
class Choice:
    """A release with its runs, and the board that is looked at; ``None`` where there is nothing yet."""

    releases: Sequence[Release]
    release: Release | None
    runs: Sequence[EvalRun]
    boards: Sequence[Board]
    board: Board | None

    @property
    def ranked(self) -> list[EvalRun]:
        """Finished runs of the board, the newest of each model."""
        return ranked(self.runs, self.board) if self.board else []

    @property
    def unranked(self) -> list[EvalRun]:
        """Runs of the board that asked only a part."""
        return unranked(self.runs, self.board) if self.board else []

    @property
    def parameters(self) -> dict[str, str]:
        """As an address names release and board."""
        named = {"release": self.release.label} if self.release else {}
        return {**named, **(self.board.parameters if self.board else {})}


def chosen(request: HttpRequest) -> Choice:
    """``?release=&protocol=&judge=&holdout=``; what is not named is the newest release, and its first board.

    Raises ``Http404`` for a release or protocol that does not exist.
    """
    releases = list(Release.objects.built().defer("manifest", "gates", "recipe"))
    label = request.GET.get("release", "")
    release = release_named(label) if label else next(iter(releases), None)
    runs = release_runs(release) if release else []
    boards = boards_of(runs)
    return Choice(releases, release, runs, boards, _board(request, boards))


def release_named(label: str) -> Release:
    """``name@version``, or the newest version of a name, a withdrawn one where there is no other."""
    built = Release.objects.built().defer("manifest", "gates", "recipe")
    found = built.named(label).first() or built.filter(name=label).first()
    if found is None:
        raise Http404(f"There is no release {label}.")
    return found


def check_narrow(request: HttpRequest, board: Board | None) -> None:
    """Slices narrower than nation and type could tell of single private items: for who may see those."""
    if board and board.is_holdout and not sees_private(request.user):
        raise PermissionDenied


def _board(request: HttpRequest, boards: Sequence[Board]) -> Board | None:
    protocol = request.GET.get("protocol", "")
    if not protocol:
        return next(iter(boards), None)
    if protocol not in set(ProtocolKind):
        raise Http404(f"There is no protocol {protocol[:40]}.")
    is_holdout = bool(request.GET.get("holdout"))
    same = [board for board in boards if board.protocol == protocol and board.is_holdout == is_holdout]
    judge = request.GET.get("judge")
    if judge is not None:
        same = [board for board in same if board.judge == judge]
    return next(iter(same), Board(protocol, (judge or "")[:200], is_holdout))
