"""Recipes: what goes into a release, as values that are stored with it and can be followed again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from evaluation.publishing.rows import RELEASED_TYPES

FORMAT = 1


class RecipeError(ValueError):
    """A recipe cannot be followed; the message names the field and what it may be."""


class Balance(StrEnum):
    """Rules that leave items out until a release is even in some respect."""

    CHOICES = "choices"  # wording alone does not tell a statement from its reversal
    OUTLETS = "outlets"  # no outlet above the gate's share of a slice
    YEARS = "years"  # no year above the gate's share of a slice
    NATIONS = "nations"  # every slice of a type as small as the smallest
    PAIRS = "pairs"  # of preference pairs, neither length nor negation tells the chosen from the rejected


class Kind(NamedTuple):
    """What a field of a recipe in JSON may hold, and how that is said."""

    holds: Callable[[Any], bool]
    words: str


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_NUMBER = Kind(_is_number, "a number")
_SHARE = Kind(lambda value: value is None or _is_number(value), "a number or null")
_SIZE = Kind(lambda value: value is None or _is_whole(value), "a whole number or null")
_SWITCH = Kind(lambda value: isinstance(value, bool), "true or false")
_TEXT = Kind(lambda value: isinstance(value, str), "a text")
_LIST = Kind(
    lambda value: isinstance(value, list | tuple) and all(isinstance(part, str) for part in value),
    "a list of texts",
)
_GATES = {
    "max_outlet_share": _SHARE,
    "max_year_share": _SHARE,
    "min_items": _SIZE,
    "min_alpha": _SHARE,
    "all_qualified": _SWITCH,
}
_LISTS = ("nations", "source_types", "balance")
_FIELDS = {
    **dict.fromkeys(_LISTS, _LIST),
    **dict.fromkeys(("published_from", "published_to", "recent_from"), _TEXT),
    **dict.fromkeys(("with_contested", "conflict_reduction"), _SWITCH),
    **dict.fromkeys(("holdout_share", "preference_share"), _NUMBER),
    "slice_size": _SIZE,
    "seed": Kind(_is_whole, "a whole number"),
}


@dataclass(frozen=True, slots=True)
class Gates:
    """What a release must satisfy, slice by slice; ``None`` does not ask. Shares and alpha are in [0, 1]."""

    max_outlet_share: float | None = None
    max_year_share: float | None = None
    min_items: int | None = None
    min_alpha: float | None = None
    all_qualified: bool = True


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which gold items a release takes. The same recipe on the same records gives the same release.

    ``nations`` empty means all. ``published_from`` and ``published_to`` are ISO dates, both inclusive; with
    either, undated items stay out. ``slice_size`` is per nation and type. ``recent_from`` marks the temporal
    slice. ``conflict_reduction`` off takes what conflict reduction set aside, too: the ablation.
    ``holdout_share`` and ``preference_share`` are of the items, by whole groups of article, near copies and
    topic. What a list names twice is kept once.
    """

    nations: tuple[str, ...] = ()
    source_types: tuple[str, ...] = tuple(map(str, RELEASED_TYPES))
    published_from: str = ""
    published_to: str = ""
    with_contested: bool = True
    conflict_reduction: bool = True
    balance: tuple[str, ...] = ()
    slice_size: int | None = None
    recent_from: str = ""
    holdout_share: float = 0.0
    preference_share: float = 0.0
    seed: int = 0
    gates: Gates = field(default_factory=Gates)

    def __post_init__(self) -> None:
        """Check every field. Raises :class:`RecipeError`."""
        for name in _LISTS:
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        for name in ("published_from", "published_to", "recent_from"):
            _check_date(name, getattr(self, name))
        if self.published_from and self.published_to and self.published_from > self.published_to:
            raise RecipeError(f"published_from {self.published_from} is after {self.published_to}")
        _check_known("source_types", self.source_types, tuple(map(str, RELEASED_TYPES)))
        _check_known("balance", self.balance, tuple(Balance))
        if not self.source_types:
            raise RecipeError("source_types is empty; known: quoted, official")
        for name in ("holdout_share", "preference_share"):
            if not 0 <= getattr(self, name) < 1:
                raise RecipeError(f"{name} is {getattr(self, name)}; it must be at least 0 and below 1")
        if self.holdout_share + self.preference_share >= 1:
            raise RecipeError(
                "holdout_share and preference_share leave nothing to evaluate: below 1 together"
            )
        if self.slice_size is not None and self.slice_size < 1:
            raise RecipeError(f"slice_size is {self.slice_size}; it must be at least 1")
        if self.seed < 0:
            raise RecipeError(f"seed is {self.seed}; it must be at least 0")
        for name in ("max_outlet_share", "max_year_share", "min_alpha"):
            value = getattr(self.gates, name)
            if value is not None and not 0 <= value <= 1:
                raise RecipeError(f"gates.{name} is {value}; it must be in [0, 1]")
        if self.gates.min_items is not None and self.gates.min_items < 1:
            raise RecipeError(f"gates.min_items is {self.gates.min_items}; it must be at least 1")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, fields in order, with the format's number."""
        return {"format": FORMAT, **json.loads(json.dumps(asdict(self)))}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Recipe:
        """Read a stored recipe. Raises :class:`RecipeError` for what this version does not know."""
        known = {item.name for item in fields(cls)}
        given = {name: found for name, found in value.items() if name != "format"}
        if value.get("format", FORMAT) != FORMAT:
            raise RecipeError(f"format is {value['format']!r}; this version follows format {FORMAT}")
        if unknown := sorted(set(given) - known):
            raise RecipeError(f"unknown fields: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        gates = given.pop("gates", {})
        if not isinstance(gates, Mapping):
            raise RecipeError("gates is not an object")
        if unknown := sorted(set(gates) - {item.name for item in fields(Gates)}):
            raise RecipeError(f"unknown gates: {', '.join(unknown)}")
        _check_types("", given, _FIELDS)
        _check_types("gates.", gates, _GATES)
        return cls(**given, gates=Gates(**gates))

    def changed(self, **changes: Any) -> Recipe:
        """The same recipe with some fields otherwise, as an ablation wants it."""
        return replace(self, **changes)


def _check_date(name: str, value: str) -> None:
    """Dates are compared as texts, so only one way to write them will do."""
    if value:
        try:
            is_plain = date.fromisoformat(value).isoformat() == value
        except ValueError:
            is_plain = False
        if not is_plain:
            raise RecipeError(f"{name} is {value!r}; it must be a date such as 2024-01-31")


def _check_types(prefix: str, value: Mapping[str, Any], types: Mapping[str, Kind]) -> None:
    """A field of a file is what it says or a mistake: ``"no"`` is no ``false``."""
    for name, found in value.items():
        kind = types[name]
        if not kind.holds(found):
            raise RecipeError(f"{prefix}{name} is {found!r}; it must be {kind.words}")


def _check_known(name: str, values: tuple[str, ...], known: tuple[str, ...]) -> None:
    if unknown := [value for value in values if value not in known]:
        raise RecipeError(f"{name} has {', '.join(map(repr, unknown))}; known: {', '.join(known)}")
