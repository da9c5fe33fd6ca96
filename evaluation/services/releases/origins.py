"""Whether the records a release was made from still say what it says, and what has been decided since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from annotation.lifecycle import StatementStatus
from annotation.models import Triple
from evaluation.models import Release
from evaluation.publishing.rows import Part, ReleaseRow
from evaluation.services.gold.collect import gold_decisions, origin_of

HELD_BACK = "(held back)"
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Altered:
    """A record that no longer says what the release says of an item."""

    id: str
    field: str
    released: str
    recorded: str

    def __str__(self) -> str:
        return f"{self.id}: {self.field} is {self.recorded[:80]!r} on record, {self.released[:80]!r} released"


@dataclass(frozen=True, slots=True)
class Overtaken:
    """An item that would not be gold today, and why."""

    id: str
    why: str

    def __str__(self) -> str:
        return f"{self.id}: {self.why}"


@dataclass(frozen=True, slots=True)
class Provenance:
    """``traced`` items have records here; ``untraced`` ones came from elsewhere. ``altered`` should never
    be: records are not edited. ``overtaken`` is what a next version would leave out or word otherwise."""

    traced: int
    untraced: int
    altered: list[Altered]
    overtaken: list[Overtaken]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "traced": self.traced,
            "untraced": self.untraced,
            "altered": [
                {"id": row.id, "field": row.field, "released": row.released, "recorded": row.recorded}
                for row in self.altered
            ],
            "overtaken": [{"id": row.id, "why": row.why} for row in self.overtaken],
        }


def check_origins(release: Release) -> Provenance:
    """Compare every item of ``release`` with the records it came from, some hundred at a time. Of items that
    are held back it tells which differ, not what they say."""
    private = set(release.items.filter(part=Part.HOLDOUT).values_list("key", flat=True))
    traced, altered, overtaken = 0, list[Altered](), list[Overtaken]()
    items = release.items.filter(triple__isnull=False).order_by("key")
    keys = items.values_list("triple_id", "row")
    gold = _gold_triples(release)
    batch: dict[int, ReleaseRow] = {}
    for triple_id, line in keys.iterator(chunk_size=_CHUNK):
        batch[triple_id] = ReleaseRow.from_dict(json.loads(line))
        if len(batch) == _CHUNK:
            traced += len(batch)
            altered += _altered(batch)
            overtaken += _overtaken(batch, gold)
            batch = {}
    traced += len(batch)
    altered += _altered(batch)
    overtaken += _overtaken(batch, gold)
    told = [
        replace(found, released=HELD_BACK, recorded=HELD_BACK) if found.id in private else found
        for found in altered
    ]
    return Provenance(traced, release.items.filter(triple=None).count(), told, overtaken)


def _gold_triples(release: Release) -> set[int]:
    return set(gold_decisions(release.recipe_followed).values_list("triple_id", flat=True).iterator())


def _altered(rows: dict[int, ReleaseRow]) -> Iterator[Altered]:
    triples = Triple.objects.filter(pk__in=rows).select_related("statement__document")
    for triple in triples.order_by("pk"):
        row, statement = rows[triple.pk], triple.statement
        span = statement.evidence
        recorded = {
            "nation": triple.nation_id,
            "language": triple.language,
            "question": triple.question,
            "statement": triple.affirmed,
            "reversed_statement": triple.reversed_statement,
            "document_digest": statement.document.text_digest,
            "origin": origin_of(statement),
            "url": statement.document.url,
            # A release has at most the beginning of the words a statement rests on.
            "evidence": row.evidence if span.startswith(row.evidence) else span,
            "text": statement.document.text if row.text else "",
        }
        for name, value in recorded.items():
            if (released := str(getattr(row, name))) != value:
                yield Altered(row.id, name, released, value)


def _overtaken(rows: dict[int, ReleaseRow], gold: set[int]) -> Iterator[Overtaken]:
    gone = {pk: row for pk, row in rows.items() if pk not in gold}
    if not gone:
        return
    triples = Triple.objects.filter(pk__in=gone).values_list(
        "pk", "statement__status", "statement__source_type", "revised_by"
    )
    for pk, status, source_type, revised_by in triples.order_by("pk"):
        if revised_by is not None:
            why = "people have worded it otherwise since"
        elif status != StatementStatus.APPROVED:
            why = f"its statement is {status.replace('_', ' ')} now"
        elif source_type == "unknown":
            why = "it is attributed to nobody now"
        else:
            why = "the decision that approved it has been superseded"
        yield Overtaken(gone[pk].id, why)
