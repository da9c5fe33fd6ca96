"""What verifying a release folder finds, as the tests compare it."""

from __future__ import annotations

from pathlib import Path

from evaluation.publishing.verify import verify

GB = "data/gb/quoted.jsonl"


def checks_of(folder: Path) -> set[tuple[str, str]]:
    """Check and path of each finding."""
    return {(finding.check, finding.path) for finding in verify(folder).findings}


def messages_of(folder: Path, check: str) -> list[str]:
    """What findings of one check say."""
    return [str(finding) for finding in verify(folder).findings if finding.check == check]
