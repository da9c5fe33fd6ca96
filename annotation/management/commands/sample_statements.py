"""Print a random sample of statements with their evidence, to be read."""

from __future__ import annotations

import json
import random
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.management.arguments import refuse_unknown
from annotation.models import Nation, Statement

_CONTEXT = 160  # characters shown before and after the evidence


class Command(BaseCommand):
    help = (
        "Print a random sample of the live statements, the same number of each language, with the evidence "
        "marked in its article. The same seed draws the same sample of the same statements."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("-n", type=int, default=40, help="How many in all (default 40).")
        parser.add_argument("--seed", type=int, default=1, help="Seed of the draw (default 1).")
        parser.add_argument(
            "--nation", action="append", metavar="CODE", help="Only this nation (repeatable)."
        )
        parser.add_argument("--language", action="append", help="Only this language (repeatable).")
        parser.add_argument("--json", action="store_true", help="One JSON object a line instead of text.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["n"] < 1:
            raise CommandError(f"-n must be at least 1, not {options['n']}")
        rows = Statement.objects.live()
        if options["nation"]:
            refuse_unknown("nation", options["nation"], Nation.objects.values_list("code", flat=True))
            rows = rows.filter(nation__in=options["nation"])
        languages = sorted(set(rows.values_list("language", flat=True)))
        if options["language"]:
            refuse_unknown("language", options["language"], languages)
            languages = sorted(set(options["language"]))
        keys = _drawn(rows, languages, options["n"], options["seed"])
        found = Statement.objects.select_related("document__outlet").in_bulk(keys)
        for number, key in enumerate(keys, 1):
            shown = _shown(found[key])
            self.stdout.write(
                json.dumps(shown, ensure_ascii=False) if options["json"] else _text(number, shown)
            )
        if not keys:
            self.stderr.write("there are no statements yet: run the pipeline first")


def _drawn(rows: Any, languages: list[str], count: int, seed: int) -> list[int]:
    """Keys, language by language; what one language lacks the others make up for."""
    rng = random.Random(seed)  # noqa: S311 - repeatability, not secrecy
    waiting = {}
    for language in languages:
        keys = list(rows.filter(language=language).order_by("pk").values_list("pk", flat=True))
        rng.shuffle(keys)
        waiting[language] = keys
    drawn: dict[str, list[int]] = {language: [] for language in languages}
    left = count
    while left and any(waiting.values()):
        for language in languages:
            if left and waiting[language]:
                drawn[language].append(waiting[language].pop())
                left -= 1
    return [key for language in languages for key in drawn[language]]


def _shown(row: Statement) -> dict[str, Any]:
    text, document = row.document.text, row.document
    start, end = row.span_start, row.span_end
    return {
        "id": row.pk,
        "nation": row.nation_id,
        "language": row.language,
        "status": row.status,
        "statement": row.text,
        "evidence": text[start:end],
        "before": " ".join(text[max(0, start - _CONTEXT) : start].split()),
        "after": " ".join(text[end : end + _CONTEXT].split()),
        "source": row.source_type,
        "speaker": row.speaker,
        "outlet": document.outlet.name if document.outlet else "",
        "title": document.title,
        "date": document.published.isoformat() if document.published else "",
        "document": document.pk,
    }


def _text(number: int, shown: dict[str, Any]) -> str:
    who = ", ".join(part for part in (shown["source"], shown["speaker"]) if part)
    where = ", ".join(part for part in (shown["outlet"], shown["title"], shown["date"]) if part)
    return (
        f"{number}. [{shown['nation']} {shown['language']}] {shown['statement']}\n"
        f"   evidence: ... {shown['before']} >>{shown['evidence']}<< {shown['after']} ...\n"
        f"   {who} | {where} | statement {shown['id']}, {shown['status']}\n"
    )
