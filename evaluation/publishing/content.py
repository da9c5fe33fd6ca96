"""What every format is written from: the manifest, rows by slice, preference pairs, passports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Protocol

from evaluation.publishing.recipe import Recipe
from evaluation.publishing.rows import ReleaseRow

Files = Iterator[tuple[str, Iterator[bytes]]]  # path inside the folder, and its content in pieces


class Slice(NamedTuple):
    """A nation and a type: the unit files are written by."""

    nation: str
    source_type: str

    @property
    def path(self) -> str:
        """``cn/quoted``: where the slice lies in a folder of slices, small letters."""
        return f"{self.nation.lower()}/{self.source_type}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """``release.json``: what a release is and how it was made.

    ``as_of`` is the day of the newest decision in it, so that the same records give the same bytes.
    ``counts`` is items per slice path of the evaluation part; ``holdout`` the number of items kept back and a
    digest that commits to them; ``gates`` the report of the source-balance gates; ``facts`` figures of the
    data card that no row holds; ``changes`` the lines of the changelog against ``previous``; ``causes`` the
    cause of each change against it, by id of the item (the older id of what was removed).
    """

    name: str
    version: str
    as_of: str
    software: str
    canary: str
    recipe: Recipe
    counts: Mapping[str, int]
    previous: str = ""
    preferences: Mapping[str, int] = field(default_factory=dict)
    holdout: Mapping[str, Any] = field(default_factory=dict)
    gates: tuple[Mapping[str, Any], ...] = ()
    override: str = ""
    changes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    nation_names: Mapping[str, str] = field(default_factory=dict)
    causes: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """``name@version``: how a release is cited and asked for."""
        return f"{self.name}@{self.version}"

    @property
    def overridden_because(self) -> str:
        """Why it was released though a gate failed; empty where none did, whatever reason was given."""
        return self.override if any(not gate.get("passed") for gate in self.gates) else ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, fields in order."""
        told = {"format": 1, **asdict(self), "recipe": self.recipe.as_dict()}
        if not self.causes:
            del told["causes"]  # as releases before it had it
        return told

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Manifest:
        """Read ``release.json`` back. Raises ``ValueError`` for what this version does not know."""
        given = {name: found for name, found in value.items() if name != "format"}
        if value.get("format") != 1:
            raise ValueError(f"format is {value.get('format')!r}; this version reads releases of format 1")
        try:
            given["recipe"] = Recipe.from_dict(given["recipe"])
            given["gates"], given["changes"] = tuple(given["gates"]), tuple(given["changes"])
            return cls(**given)
        except (KeyError, TypeError) as error:
            raise ValueError(f"release.json is not a manifest: {error}") from None


class Content(Protocol):
    """A release to be written, from the database, from another folder or from memory."""

    @property
    def manifest(self) -> Manifest:
        """What it is."""
        ...

    def slices(self) -> list[Slice]:
        """Slices of the evaluation part that have items: by nation, quoted before official."""
        ...

    def rows(self, where: Slice) -> Iterator[ReleaseRow]:
        """Items of a slice of the evaluation part, by id."""
        ...

    def preferences(self, part: str) -> Iterator[ReleaseRow]:
        """Items of the parts ``train`` and ``test``, by id: S is preferred to RS."""
        ...

    def passports(self, where: Slice | None) -> Iterator[str]:
        """Passports of a slice of the evaluation part, in the order of its rows, or of all preference items
        (``None``): one line of JSON each."""
        ...
