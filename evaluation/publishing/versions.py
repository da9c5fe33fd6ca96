"""Version numbers of releases, and the rule that decides them.

====================================================  =====  ==============================================
what differs from the version before                  part   a score on the version before
====================================================  =====  ==============================================
an item removed, reworded, or of another nation,      major  is about other items
type, language or part
items only added                                      minor  can be had for the items in common
only what is told of items: outlet, address, licence  patch  holds as it is
topic, period, votes, dispute, ...
====================================================  =====  ==============================================

A first version is 1.0.0. What does not differ is no version.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from evaluation.publishing.diff import Diff, Kind

_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


class NothingChanged(ValueError):
    """A version would hold what the version before holds."""


class Version(NamedTuple):
    """Three numbers, ordered as semantic versions are."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read ``1.2.3``. Raises ``ValueError`` for anything else, leading zeros included."""
        match = _VERSION.fullmatch(text)
        if match is None:
            raise ValueError(f"version {text!r} is not three numbers such as 1.0.0")
        return cls(*map(int, match.groups()))


FIRST = Version(1, 0, 0)


def next_version(previous: Version | None, diff: Diff | None) -> tuple[Version, str]:
    """The version after ``previous`` and why. Raises :class:`NothingChanged` when ``diff`` is empty."""
    if previous is None:
        return FIRST, "the first version"
    if diff is None or diff.is_empty:
        raise NothingChanged(f"nothing differs from version {previous}")
    major, minor, patch = previous
    counts = diff.counts()
    if grave := [f"{counts[kind]} {kind}" for kind in _GRAVE if counts[kind]]:
        return Version(major + 1, 0, 0), f"major: {', '.join(grave)}"
    if counts[Kind.ADDED]:
        return Version(major, minor + 1, 0), f"minor: {counts[Kind.ADDED]} added"
    return Version(major, minor, patch + 1), f"patch: {counts[Kind.DESCRIBED]} told of otherwise"


_GRAVE = (Kind.REMOVED, Kind.REWORDED, Kind.RELABELLED)
