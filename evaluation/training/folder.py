"""What training reads of a release folder: items to score and pairs to learn from, once it has verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluation.publishing.content import Manifest
from evaluation.publishing.files import CHECKSUMS, digest_file
from evaluation.publishing.folder import FolderContent, FolderError
from evaluation.publishing.pairs import balanced_pairs
from evaluation.publishing.rows import Part, ReleaseRow
from evaluation.publishing.verify import verify

_SHOWN = 20  # findings an error names


@dataclass(frozen=True, slots=True)
class TrainingFolder:
    """A verified release: items to evaluate, pairs to learn from, pairs to check. ``digest`` is that of its
    checksum file, so it stands for every byte."""

    manifest: Manifest
    digest: str
    evaluation: tuple[ReleaseRow, ...]
    train: tuple[ReleaseRow, ...]
    test: tuple[ReleaseRow, ...]

    @property
    def scored(self) -> dict[Part, tuple[ReleaseRow, ...]]:
        """Rows that are scored, by part. Scores of ``train`` only say how far it was learned by heart."""
        return {Part.EVALUATION: self.evaluation, Part.TEST: self.test, Part.TRAIN: self.train}


def read_folder(path: Path, nations: Sequence[str] = ()) -> TrainingFolder:
    """Verify a release folder and read it; train pairs of ``nations`` only, where any are named.

    Raises :class:`~evaluation.publishing.folder.FolderError` when it does not verify, which names the items
    where parts overlap by id, article, topic or wording, and when there are no pairs to learn from.
    """
    report = verify(path)
    if not report.ok:
        found = [str(finding) for finding in report.findings]
        more = f"\n{len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise FolderError(f"{path} does not verify:\n" + "\n".join(found[:_SHOWN]) + more)
    content = FolderContent(path)
    pairs = list(content.preferences(Part.TRAIN))
    train = [row for row in pairs if not nations or row.nation in nations]
    if missing := sorted(set(nations) - {row.nation for row in train}):
        known = ", ".join(sorted({row.nation for row in pairs})) or "none"
        raise FolderError(f"{path} has no pairs of {', '.join(missing)} to learn from; it has: {known}")
    if not train:
        raise FolderError(f"{path} has no pairs to learn from: make a release with --preference-share")
    return TrainingFolder(
        manifest=content.manifest,
        digest=digest_file(path / CHECKSUMS),
        evaluation=tuple(row for where in content.slices() for row in content.rows(where)),
        train=tuple(train),
        test=tuple(content.preferences(Part.TEST)),
    )


def balanced(folder: TrainingFolder, seed: int) -> TrainingFolder:
    """The folder with the most pairs to learn from whose length and negation do not tell the chosen from the
    rejected. Raises :class:`~evaluation.publishing.folder.FolderError` where all lean one way."""
    kept = balanced_pairs(folder.train, seed).rows
    if not kept:
        raise FolderError(
            f"all {len(folder.train)} pairs to learn from lean one way in length or negation: none can stay"
        )
    return replace(folder, train=kept)
