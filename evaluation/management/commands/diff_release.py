"""manage.py diff_release: what differs between two releases, why, and what that does to scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.publishing.diff import Kind
from evaluation.publishing.folder import FolderError
from evaluation.scoring.comparability import Effect, Scores, Verdict
from evaluation.scoring.metrics import SliceScore
from evaluation.services.releases.diffs import Comparison, compare_releases, write_csv
from evaluation.services.releases.score_changes import RunEffect
from evaluation.services.releases.sides import NoSuchReleaseError, side_of

_SHOWN = 10


class Command(BaseCommand):
    help = (
        "Compare two releases, by name@version or folder: items added, removed, reworded, relabelled, each "
        "with its cause, and the scores of stored answers before and after, with what may be compared."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("old", help="name, name@version or a release folder")
        parser.add_argument("new", help="name, name@version or a release folder")
        parser.add_argument("--csv", type=Path, help="write every change into this file")
        parser.add_argument("--json", action="store_true", help="print all of it as one last line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = compare_releases(side_of(options["old"]), side_of(options["new"]))
        except (NoSuchReleaseError, FolderError) as error:
            raise CommandError(str(error)) from error
        if options["csv"]:
            try:
                with options["csv"].open("w", encoding="utf-8-sig", newline="") as file:
                    write_csv(found, file)
            except OSError as error:
                raise CommandError(f"{options['csv']} cannot be written: {error.strerror}") from error
        if options["json"]:
            self.stdout.write(json.dumps(found.as_dict(), ensure_ascii=False))
        else:
            self._tell(found)

    def _tell(self, found: Comparison) -> None:
        say = self.stdout.write
        say(f"{found.old} -> {found.new}")
        for name, count in found.changes.counts().items():
            say(f"  {name}: {count}")
        for kind in Kind:
            changes = found.changes.of(kind)
            for change in changes[:_SHOWN]:
                names = f" ({', '.join(change.fields)})" if change.fields else ""
                say(f"  {kind} {change.key[:12]} {change.nation}/{change.source_type}{names}:")
                say(f"      {change.statement[:90]!r}: {found.causes.get(change.key, '')}")
            if len(changes) > _SHOWN:
                say(f"  and {len(changes) - _SHOWN} more {kind} (--csv or --json has all)")
        if not found.runs:
            say("No stored answers to compare: no model was asked on either, or one is not on record here.")
        for run in found.runs:
            judge = f", judged by {run.judge}" if run.judge else ""
            carried = f"; answers carried over from {run.carried_from}" if run.carried_from else ""
            say(f"{run.candidate}, {run.protocol}{judge}{carried}")
            if run.why_not:
                say(f"  not comparable: {run.why_not}")
            for row in run.rows:
                self._tell_row(row, run)

    def _tell_row(self, row: Effect, run: RunEffect) -> None:
        common, wholes = row.overlap.on_common, row.overlap.as_wholes
        self.stdout.write(
            f"  {row.nation}/{row.source_type}: whole {_whole(row.scores)} ({_may(wholes)}); "
            f"common {_common(row.scores)} ({_may(common)})"
        )
        if run.line is not None:
            found = (
                f"whole {_whole(row.control)}; common {_common(row.control)}" if row.control else "none kept"
            )
            name = f" ({run.control})" if run.control else ""
            self.stdout.write(f"      random weights on the same items{name}: {found}; chance is {run.line}")


def _whole(scores: Scores) -> str:
    return f"{_score(scores.before_whole)} -> {_score(scores.after_whole)}"


def _common(scores: Scores) -> str:
    return f"{_score(scores.before_common)} -> {_score(scores.after_common)}"


def _score(score: SliceScore | None) -> str:
    if score is None or score.agreement_rate is None:
        return "none"
    return (
        f"{score.agreement_rate:.3f} [{score.agreement_low:.3f}, {score.agreement_high:.3f}] of {score.items}"
    )


def _may(verdict: Verdict) -> str:
    return f"{'comparable' if verdict.is_comparable else 'not comparable'}: {verdict.why}"
