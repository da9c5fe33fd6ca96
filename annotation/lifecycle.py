"""Statuses and legal moves: the one table that says what may become what."""

from __future__ import annotations

from enum import StrEnum


class StatementStatus(StrEnum):
    """Where a statement stands on its way to gold."""

    EXTRACTED = "extracted"  # found in a document, not screened yet
    CANDIDATE = "candidate"  # value-sensitive, or not yet known not to be
    CONTESTED = "contested"  # in a conflict nobody has settled
    SET_ASIDE = "set_aside"  # the other side of a settled conflict stands; can be reversed
    IN_REVIEW = "in_review"  # its triple is with people
    APPROVED = "approved"  # gold
    REJECTED = "rejected"
    SUPERSEDED = "superseded"  # a newer version of the stage no longer finds it


class DecisionStatus(StrEnum):
    """Where a judgement stands."""

    OPEN = "open"  # uncertain: bound for people
    ASKED = "asked"  # a task is with people
    DISPUTED = "disputed"  # people disagree: a curator decides
    SETTLED = "settled"  # holds
    SUPERSEDED = "superseded"  # another decision on the same question took its place


class ReleaseStatus(StrEnum):
    """Where a release stands; from ``CANDIDATE`` on its items and files never change."""

    DRAFT = "draft"  # a recipe, and what its gates found
    CANDIDATE = "candidate"  # written and verified, to be looked at
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"  # kept, no longer to be used


BUILT = (ReleaseStatus.CANDIDATE, ReleaseStatus.PUBLISHED, ReleaseStatus.WITHDRAWN)
SCORED = (ReleaseStatus.CANDIDATE, ReleaseStatus.PUBLISHED)  # those a model may be scored on


S, D, R = StatementStatus, DecisionStatus, ReleaseStatus

MOVES: dict[type[StrEnum], dict[StrEnum, frozenset[StrEnum]]] = {
    StatementStatus: {
        S.EXTRACTED: frozenset({S.CANDIDATE, S.REJECTED, S.SUPERSEDED}),
        S.CANDIDATE: frozenset({S.CONTESTED, S.SET_ASIDE, S.IN_REVIEW, S.APPROVED, S.REJECTED, S.SUPERSEDED}),
        S.CONTESTED: frozenset({S.CANDIDATE, S.SET_ASIDE, S.REJECTED, S.SUPERSEDED}),
        S.SET_ASIDE: frozenset({S.CANDIDATE, S.CONTESTED, S.REJECTED}),
        S.IN_REVIEW: frozenset({S.APPROVED, S.REJECTED, S.CANDIDATE, S.CONTESTED, S.SET_ASIDE}),
        S.APPROVED: frozenset({S.IN_REVIEW, S.REJECTED, S.SET_ASIDE, S.CANDIDATE}),
        S.REJECTED: frozenset({S.CANDIDATE}),
        S.SUPERSEDED: frozenset({S.EXTRACTED}),
    },
    DecisionStatus: {
        D.OPEN: frozenset({D.ASKED, D.SETTLED, D.SUPERSEDED}),
        D.ASKED: frozenset({D.OPEN, D.DISPUTED, D.SETTLED, D.SUPERSEDED}),
        D.DISPUTED: frozenset({D.ASKED, D.SETTLED, D.SUPERSEDED}),
        D.SETTLED: frozenset({D.SUPERSEDED, D.ASKED}),
        D.SUPERSEDED: frozenset(),
    },
    ReleaseStatus: {
        R.DRAFT: frozenset({R.CANDIDATE}),
        R.CANDIDATE: frozenset({R.PUBLISHED, R.WITHDRAWN}),
        R.PUBLISHED: frozenset({R.WITHDRAWN}),
        R.WITHDRAWN: frozenset(),
    },
}


class IllegalMoveError(ValueError):
    """A status may not become the one asked for, or the row had moved meanwhile."""


def check_move(old: StrEnum, new: StrEnum) -> None:
    """Raise :class:`IllegalMoveError` unless the table allows ``old`` to become ``new``."""
    if new not in MOVES[type(old)][old]:
        allowed = ", ".join(sorted(MOVES[type(old)][old])) or "nothing"
        raise IllegalMoveError(f"{type(old).__name__}: {old} cannot become {new} (allowed: {allowed})")
