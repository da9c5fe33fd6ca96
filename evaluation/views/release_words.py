"""What a release's recipe and gates say, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from evaluation.publishing.recipe import Balance, Gates, Recipe

_SHOWN = 20  # rows to fix, of one gate

_BALANCE = {
    Balance.CHOICES: "wording alone does not tell a statement from its reversal",
    Balance.OUTLETS: "no outlet has more than its share of a slice",
    Balance.YEARS: "no year has more than its share of a slice",
    Balance.NATIONS: "every slice of a type is as small as the smallest",
}
_GATES = {
    "max_outlet_share": "Largest share of one outlet",
    "max_year_share": "Largest share of one year",
    "min_items": "Number of items",
    "min_alpha": "Krippendorff's alpha",
    "all_qualified": "Items nobody qualified has decided",
}


@dataclass(frozen=True, slots=True)
class GateLine:
    """What one gate found, as a table shows it; where the recipe does not ask, it was only measured.
    ``triples`` are links ``(number, address)`` to rows to fix, of which ``more`` are not shown."""

    title: str
    slice: str
    limit: str
    value: str
    detail: str
    is_asked: bool
    passed: bool
    triples: Sequence[tuple[int, str]]
    more: int


def recipe_words(recipe: Recipe, nation_names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each field of a recipe: its title, and what it asks for."""
    nations = ", ".join(
        f"{nation_names[code]} ({code})" if code in nation_names else code for code in recipe.nations
    )
    rules = "; ".join(_BALANCE[Balance(rule)] for rule in recipe.balance)
    return [
        ("Nations", nations or "all"),
        ("Types", " and ".join(recipe.source_types)),
        ("Time window", _window(recipe)),
        ("Contested items", "in" if recipe.with_contested else "left out"),
        (
            "Conflict reduction",
            "on" if recipe.conflict_reduction else "off: what it set aside is in, too (the ablation)",
        ),
        ("Balance", rules or "no rule"),
        (
            "Slice size",
            "no limit" if recipe.slice_size is None else f"at most {recipe.slice_size} per nation and type",
        ),
        ("Recent period", f"from {recipe.recent_from} on" if recipe.recent_from else "not marked"),
        ("Held back", _share(recipe.holdout_share, "of the items, scored on the server only")),
        ("Preference pairs", _share(recipe.preference_share, "of the items, to train and test on")),
        ("Seed", str(recipe.seed)),
        ("Gates", gate_words(recipe.gates)),
    ]


def gate_words(gates: Gates) -> str:
    """What the gates ask for, in one line."""
    asked = [
        (gates.max_outlet_share, "no outlet above {:.0%} of a slice"),
        (gates.max_year_share, "no year above {:.0%} of a slice"),
        (gates.min_items, "at least {} items in every slice"),
        (gates.min_alpha, "alpha of at least {:g} in every nation"),
    ]
    words = [text.format(value) for value, text in asked if value is not None]
    if gates.all_qualified:
        words.append("every item decided by somebody qualified")
    return "; ".join(words) or "none"


def gate_lines(gates: Sequence[Mapping[str, Any]], *, with_rows: bool = False) -> list[GateLine]:
    """Findings of gates, those that failed first; ``with_rows`` links the triples to fix in the admin."""
    lines = []
    for gate in sorted(gates, key=lambda gate: bool(gate.get("passed"))):
        name = str(gate.get("name", ""))
        triples = gate.get("triples") or [] if with_rows else []
        lines.append(
            GateLine(
                title=_GATES.get(name, name),
                slice=str(gate.get("slice") or "all"),
                limit=_number(gate.get("limit")),
                value=_number(gate.get("value")),
                detail=str(gate.get("detail", "")),
                is_asked=gate.get("limit") is not None,
                passed=bool(gate.get("passed")),
                triples=[
                    (pk, reverse("admin:annotation_triple_change", args=[pk])) for pk in triples[:_SHOWN]
                ],
                more=max(0, len(triples) - _SHOWN),
            )
        )
    return lines


def _in_admin(triple: int) -> str:
    return reverse("admin:annotation_triple_change", args=[triple])


def _window(recipe: Recipe) -> str:
    ends = [("from", recipe.published_from), ("to", recipe.published_to)]
    words = " ".join(f"{word} {day}" for word, day in ends if day)
    return f"published {words}; undated items are left out" if words else "no limit"


def _share(share: float, what: str) -> str:
    return f"{100 * share:g} % {what}" if share else "none"


def _number(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
