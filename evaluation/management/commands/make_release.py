"""manage.py make_release: freeze what people approved."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.management.output import releases_written
from evaluation.management.recipe_options import add_recipe_options, recipe_of
from evaluation.models import Release
from evaluation.publishing.recipe import Balance, RecipeError
from evaluation.publishing.rows import Part
from evaluation.services.gold.collect import held_back_without_gold
from evaluation.services.gold.fairness import choice_only_by_language
from evaluation.services.releases.make import ReleaseError, UnchangedError, make_release
from evaluation.services.releases.statuses import UnverifiedError, publish_release


class Command(BaseCommand):
    help = (
        "Follow a recipe and freeze what it gives as the next version of a release: rows, and a folder that "
        "never changes. It is a candidate until it is published."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="small letters, digits, dot, dash, underscore")
        add_recipe_options(parser)
        parser.add_argument("--output", type=Path, help="folder of releases (default: NAVAB_RELEASES_DIR)")
        parser.add_argument(
            "--override",
            default="",
            metavar="REASON",
            help="why it may fail its gates; printed in its card if it does",
        )
        parser.add_argument("--publish", action="store_true", help="publish it at once, when it verifies")
        parser.add_argument(
            "--if-missing", action="store_true", help="do nothing when there is a release of that name"
        )
        parser.add_argument(
            "--if-changed", action="store_true", help="no error when the newest version holds exactly this"
        )
        parser.add_argument("--json", action="store_true", help="print the result as one last line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_missing"] and Release.objects.named(options["name"]).exists():
            self.stdout.write(f"Release {options['name']} is there already")
            return
        try:
            with releases_written(options["output"]):
                release = make_release(
                    name=options["name"],
                    recipe=recipe_of(options),
                    output=options["output"],
                    override=options["override"],
                )
            if options["publish"]:
                publish_release(release=release, actor_name="make_release")
        except (ReleaseError, RecipeError, UnverifiedError) as error:
            if options["if_changed"] and isinstance(error, UnchangedError):
                self.stdout.write(str(error))
                return
            raise CommandError(str(error)) from error
        self._tell(release, as_json=options["json"])

    def _tell(self, release: Release, *, as_json: bool) -> None:
        counts = Counter(release.items.evaluated().values_list("nation_id", "source_type"))
        parts = Counter(release.items.values_list("part", flat=True))
        slices = {f"{nation}/{kind}": count for (nation, kind), count in sorted(counts.items())}
        guesses = choice_only_by_language(release)
        if as_json:
            result = {
                "name": release.name,
                "version": release.version,
                "status": release.status,
                "items": sum(counts.values()),
                "slices": slices,
                "parts": dict(sorted(parts.items())),
                "digest": release.digest,
                "folder": release.folder,
                "left_out": release.told.facts.get("left_out", {}),
                "held_back_without_gold": held_back_without_gold(release.recipe_followed),
                "choice_only": {
                    language: {
                        "accuracy": found.accuracy,
                        "low": found.low,
                        "high": found.high,
                        "items": found.items,
                    }
                    for language, found in guesses.items()
                },
            }
            self.stdout.write(json.dumps(result))
            return
        self.stdout.write(f"Release {release.label}, {release.status}: {release.folder}")
        for name, count in slices.items():
            self.stdout.write(f"  {name}: {count}")
        for part, count in sorted(parts.items()):
            if part != "evaluation":
                self.stdout.write(f"  {part}: {count}")
        for reason, count in release.told.facts.get("left_out", {}).items():
            self.stdout.write(f"  left out by {reason.replace('_', ' ')}: {count}")
        self.stdout.write(f"  digest {release.digest}")
        for share, unmet in _unmet(release, parts).items():
            self.stdout.write(self.style.WARNING(f"  {share} was asked for, and there are {unmet}"))
        if lacking := held_back_without_gold(release.recipe_followed):
            said = (
                f"  not in it: {lacking} statements that conflict reduction holds back, with no triple "
                "that people approved. Set NAVAB_ABLATION, then run_pipeline, push_reviews"
            )
            self.stdout.write(self.style.WARNING(said))
        for gate in release.gates:
            if not gate["passed"]:
                self.stdout.write(self.style.WARNING(f"  overridden: {gate['name']} of {gate['slice']}"))
        is_balanced = Balance.CHOICES in release.recipe_followed.balance
        advice = (
            "too few would be left if more were taken out: word the reversals otherwise"
            if is_balanced
            else "--balance choices leaves out the plainest"
        )
        for language, found in guesses.items():
            if not found.is_fair:
                self.stdout.write(
                    self.style.WARNING(
                        f"  {language}: wording alone tells the statement from its reversal in "
                        f"{found.accuracy:.0%} of {found.items} items (chance is 50%); {advice}"
                    )
                )


def _unmet(release: Release, parts: Counter[str]) -> dict[str, str]:
    """Shares the recipe asks for and the items cannot give: groups of items are taken whole, and what other
    releases evaluate, teach or hold back is bound."""
    recipe, total = release.recipe_followed, sum(parts.values())
    given = {
        "holdout_share": parts[Part.HOLDOUT],
        "preference_share": parts[Part.TRAIN] + parts[Part.TEST],
    }
    return {
        f"{name} {getattr(recipe, name)}": f"{items} of {total} items"
        for name, items in given.items()
        if getattr(recipe, name) and abs(items / total - getattr(recipe, name)) > getattr(recipe, name) / 2
    }
