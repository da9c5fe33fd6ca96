"""Settle triples of the sample corpus with verdicts its writers made, so that a release can be shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.lifecycle import DecisionStatus
from annotation.models import Decision, DecisionKind, JudgeType
from annotation.services.decisions.recording import settle_decision
from pipeline.records import SourceType, TripleValidity

RATIONALE = "sample verdict, written together with the sample corpus"
_UNSETTLED = (DecisionStatus.OPEN, DecisionStatus.ASKED, DecisionStatus.DISPUTED)


class Command(BaseCommand):
    help = (
        "Load verdicts on triples from a JSON Lines file: statement, label, corrected texts if any, and the "
        "speaker of a quoted statement the machine was unsure of."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--curator", required=True, help="Login of the curator they are recorded for.")

    def handle(self, *args: Any, **options: Any) -> None:
        curator = get_user_model().objects.filter(username=options["curator"]).first()
        if curator is None:
            raise CommandError(f"there is no user {options['curator']!r}")
        try:
            lines = options["file"].read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from None
        verdicts = {}
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                verdicts[row["statement"]] = {"label": TripleValidity(row["label"]), **row}
            except (ValueError, KeyError, TypeError) as error:
                raise CommandError(f"{options['file']}, line {number}: {error!r}") from None
        settled = sum(self._settle(verdict, curator) for verdict in verdicts.values())
        self.stdout.write(f"{settled} triples settled by {len(verdicts)} sample verdicts")

    def _settle(self, verdict: dict[str, Any], curator: Any) -> int:
        decisions = Decision.objects.filter(
            kind=DecisionKind.TRIPLE, triple__statement__text=verdict["statement"], status__in=_UNSETTLED
        ).select_related("triple__statement")
        value = {key: verdict[key] for key in ("question", "reversed_statement") if key in verdict}
        for decision in decisions:
            _overrule(decision, verdict["label"], value, curator)
        if "speaker" in verdict:
            said = Decision.objects.filter(
                kind=DecisionKind.ATTRIBUTION,
                statement__text=verdict["statement"],
                status__in=_UNSETTLED,
            )
            for decision in said.select_related("statement"):
                _overrule(decision, SourceType.QUOTED, {"speaker": verdict["speaker"]}, curator)
        return len(decisions)


def _overrule(decision: Decision, label: str, value: dict[str, str], curator: Any) -> None:
    settle_decision(
        decision=decision,
        label=label,
        value=value,
        judge_type=JudgeType.CURATOR,
        judge=f"curator:{curator.pk}",
        actor=curator,
        rationale=RATIONALE,
    )
