"""Figures kept in the database: computed once, and again when what they are of has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from evaluation.models import EvalRun, Release, StoredFigures

# Raised when the figures of unchanged runs would come out otherwise, so that old ones are computed again.
_VERSION = 2


def stored_figures(
    *, release: Release, name: str, runs: Sequence[EvalRun], compute: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """The figures of this name, from the database where they are of these runs as they stand, else computed
    and kept. Runs need their candidates."""
    signature = signature_of(runs)
    if kept := kept_figures(release=release, names=[name], signature=signature):
        return kept[name]
    figures = compute()
    keep_figures(release=release, name=name, signature=signature, figures=figures)
    return figures


def kept_figures(*, release: Release, names: Sequence[str], signature: str) -> dict[str, dict[str, Any]]:
    """Figures by name, those that are there with this signature."""
    by_digest = {_digest(name): name for name in names}
    rows = StoredFigures.objects.filter(release=release, name__in=list(by_digest), signature=signature)
    return {by_digest[row.name]: dict(row.figures) for row in rows}


def keep_figures(*, release: Release, name: str, signature: str, figures: dict[str, Any]) -> None:
    """Write figures in place of those of the same name."""
    StoredFigures.objects.update_or_create(
        release=release, name=_digest(name), defaults={"signature": signature, "figures": figures}
    )


def _digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def signature_of(runs: Sequence[EvalRun]) -> str:
    """Of runs as they stand: another one once any of them has ended again, or is called otherwise."""
    told = [
        [run.pk, run.candidate.name, run.status, run.finished_at and run.finished_at.isoformat()]
        for run in sorted(runs, key=lambda run: run.pk)
    ]
    return sha256(json.dumps([_VERSION, told]).encode()).hexdigest()
