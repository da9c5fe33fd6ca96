"""What is known of how a release came about: what its recipe, rows and facts say, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluation.publishing.content import Manifest
from evaluation.publishing.rows import ReleaseRow

_CONFLICTS = "conflicts"
_ANNOTATORS, _CURATOR, _PAPER = "annotators", "curator", "paper"


@dataclass(slots=True)
class Tally:
    """What the rows of the evaluation part say of their making. ``voted`` is items with a vote."""

    decided_by: Counter[str] = field(default_factory=Counter)
    voted: int = 0
    with_speaker: int = 0

    def add(self, row: ReleaseRow) -> None:
        """Count a row."""
        self.decided_by[row.decided_by] += 1
        self.voted += any(row.votes.values())
        self.with_speaker += bool(row.speaker)

    def merge(self, other: Tally) -> None:
        """Take in the tally of other rows."""
        self.decided_by.update(other.decided_by)
        self.voted += other.voted
        self.with_speaker += other.with_speaker


@dataclass(frozen=True, slots=True)
class Making:
    """How a release came about.

    Facts: ``imported_from`` names the files a release was taken from, ``engines`` are rows of stage, engine,
    version, items, ``people`` rows of stage, judge, items (who judged on the way, before the item itself was
    decided), ``annotators`` the number of people who voted on items of any part.
    """

    manifest: Manifest
    tally: Tally

    @property
    def imported_from(self) -> str:
        """What the items were taken from; empty for a release made from the record."""
        named = str(self.manifest.facts.get("imported_from") or "")
        return named or ("the NaVAB paper" if self.tally.decided_by[_PAPER] else "")

    @property
    def is_reduced(self) -> bool:
        """Whether what conflict reduction set aside was left out."""
        return self.manifest.recipe.conflict_reduction and not self.imported_from

    @property
    def items(self) -> int:
        """Items of the evaluation part."""
        return self.tally.decided_by.total()

    @property
    def by_annotators(self) -> int:
        """Items that annotators' votes decided."""
        return self.tally.decided_by[_ANNOTATORS]

    @property
    def by_curator(self) -> int:
        """Items a curator decided."""
        return self.tally.decided_by[_CURATOR]

    @property
    def has_annotators(self) -> bool:
        """Whether any part has an item that people voted on."""
        return bool(self.tally.voted or self.manifest.facts.get("annotators"))

    def engines(self) -> list[Mapping[str, Any]]:
        """Engines on record; those that looked for conflicts only where their work counted."""
        return self._steps("engines")

    def people(self) -> list[Mapping[str, Any]]:
        """Who judged topics, statements and conflicts on the way."""
        return self._steps("people")

    def stages(self) -> set[str]:
        """Stages that an engine or people took part in."""
        return {str(row["stage"]) for row in (*self.engines(), *self.people())}

    def _steps(self, fact: str) -> list[Mapping[str, Any]]:
        rows = self.manifest.facts.get(fact) or ()
        return [row for row in rows if self.is_reduced or row["stage"] != _CONFLICTS]
