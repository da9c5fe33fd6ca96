"""Options of commands that say what goes into a release."""

from __future__ import annotations

import json
from argparse import ArgumentParser, BooleanOptionalAction
from pathlib import Path
from typing import Any

from evaluation.models import Release
from evaluation.publishing.recipe import Balance, Recipe, RecipeError
from evaluation.publishing.rows import RELEASED_TYPES

_GATES = ("max_outlet_share", "max_year_share", "min_items", "min_alpha")
_PLAIN = (
    "published_from",
    "published_to",
    "with_contested",
    "conflict_reduction",
    "slice_size",
    "recent_from",
    "holdout_share",
    "preference_share",
    "seed",
)


def add_recipe_options(parser: ArgumentParser) -> None:
    """Every field of a recipe as an option; what is not given comes from ``--recipe`` or ``--like``."""
    group = parser.add_argument_group("recipe")
    base = group.add_mutually_exclusive_group()
    base.add_argument("--recipe", type=Path, metavar="FILE", help="a recipe in JSON, as release.json has one")
    base.add_argument(
        "--like", metavar="NAME", help="start from the recipe of that release (name or name@version)"
    )
    group.add_argument("--nation", action="append", metavar="CODE", help="repeatable; default: all")
    group.add_argument(
        "--source-type", action="append", choices=[str(kind) for kind in RELEASED_TYPES], help="repeatable"
    )
    group.add_argument("--published-from", metavar="DATE", help="first day of the time window")
    group.add_argument("--published-to", metavar="DATE", help="last day of the time window")
    group.add_argument(
        "--with-contested",
        action=BooleanOptionalAction,
        default=None,
        help="items on which the nation itself is divided (default: with)",
    )
    group.add_argument(
        "--conflict-reduction",
        action=BooleanOptionalAction,
        default=None,
        help="without it, what conflict reduction set aside is in, too: the ablation (default: with)",
    )
    group.add_argument(
        "--balance",
        action="append",
        choices=[str(rule) for rule in Balance],
        help="leave items out until the release is even in this respect; repeatable",
    )
    group.add_argument("--balance-choices", action="store_true", help="the same as --balance choices")
    group.add_argument("--slice-size", type=int, metavar="N", help="at most N items per nation and type")
    group.add_argument("--recent-from", metavar="DATE", help="first day of the temporal slice")
    group.add_argument(
        "--holdout-share", type=float, metavar="SHARE", help="of the items, kept on the server (default: 0)"
    )
    group.add_argument(
        "--preference-share",
        type=float,
        metavar="SHARE",
        help="of the items, as pairs to train on (default: 0)",
    )
    group.add_argument("--seed", type=int, help="of every draw (default: 0)")
    gates = parser.add_argument_group("gates: a release that fails one stays a draft")
    gates.add_argument("--max-outlet-share", type=float, metavar="SHARE", help="of a slice, by one outlet")
    gates.add_argument("--max-year-share", type=float, metavar="SHARE", help="of a slice, from one year")
    gates.add_argument("--min-items", type=int, metavar="N", help="in every slice")
    gates.add_argument("--min-alpha", type=float, metavar="ALPHA", help="Krippendorff's, in every nation")


def recipe_of(options: dict[str, Any]) -> Recipe:
    """The recipe the options ask for. Raises :class:`RecipeError`."""
    value = _base(options).as_dict()
    value |= {name: options[name] for name in _PLAIN if options[name] is not None}
    value["gates"] |= {name: options[name] for name in _GATES if options[name] is not None}
    for field, option in (("nations", "nation"), ("source_types", "source_type"), ("balance", "balance")):
        if options[option]:
            value[field] = options[option]
    if options["balance_choices"]:
        value["balance"] = [*value["balance"], str(Balance.CHOICES)]
    return Recipe.from_dict(value)


def _base(options: dict[str, Any]) -> Recipe:
    if options["like"]:
        release = Release.objects.named(options["like"]).first()
        if release is None:
            raise RecipeError(Release.objects.why_unnamed(options["like"]))
        return release.recipe_followed
    if options["recipe"]:
        return _read(options["recipe"])
    return Recipe()


def _read(file: Path) -> Recipe:
    """The recipe in a file, by itself or in a ``release.json``. Raises :class:`RecipeError`."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RecipeError(f"{file} cannot be read as JSON: {error}") from None
    if not isinstance(found, dict):
        raise RecipeError(f"{file} is not a JSON object")
    recipe = found.get("recipe", found)
    if not isinstance(recipe, dict):
        raise RecipeError(
            f"{file}: recipe is {recipe!r:.80}; it must be an object with the fields of a recipe"
        )
    try:
        return Recipe.from_dict(recipe)
    except RecipeError as error:
        raise RecipeError(f"{file}: {error}") from None
