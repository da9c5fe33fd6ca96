"""A small invented release in memory: five nations, four languages, all disclosures and periods."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluation.publishing.content import Manifest, Slice
from evaluation.publishing.recipe import Gates, Recipe
from evaluation.publishing.rows import RELEASED_TYPES, ReleaseRow, digest_of
from pipeline.records import TripleValidity

CANARY = "navab-canary 1f0c5a52-7a0e-4d63-9a55-0d6b3f0f2c11"
NATION_NAMES = {"CN": "China", "DE": "Germany", "FR": "France", "GB": "United Kingdom", "US": "United States"}
# language, then question, statement and reversal; {n} is the item's number
_WORDS = {
    "CN": (
        "zh",
        "地方应如何处理第{n}号码头？",
        "地方应当修缮第{n}号码头。",
        "地方不应当修缮第{n}号码头。",
    ),
    "DE": (
        "de",
        "Was soll mit der Brücke {n} geschehen?",
        "Die Stadt soll die Brücke {n} erneuern.",
        "Die Stadt soll die Brücke {n} nicht erneuern.",
    ),
    "FR": (
        "fr",
        "Que faire de l’école {n} ?",
        "La commune doit agrandir l’école {n}.",
        "La commune ne doit pas agrandir l’école {n}.",
    ),
    "GB": (
        "en",
        "What should become of library {n}?",
        "The county should keep library {n} open.",
        "The county should not keep library {n} open.",
    ),
    "US": (
        "en",
        "What should the state do about ferry {n}?",
        "The state should pay for ferry {n}.",
        "The state should not pay for ferry {n}.",
    ),
}
_DISCLOSURES = ("span", "full_text", "reference")
_PUBLISHED = ("2024-05-17", "2019-11", "")
_PERIODS = ("recent", "earlier", "undated")


def row(nation: str = "GB", n: int = 0, *, source_type: str = "quoted", **changes: Any) -> ReleaseRow:
    """Item ``n`` of a nation; disclosure and date go by ``n``. Every third item is of a copy of the
    article before. ``changes`` are fields to have otherwise."""
    language, *texts = _WORDS[nation]
    question, statement, reversed_statement = (text.format(n=n) for text in texts)
    kind = n % 3
    article = f"{source_type}-{n - 1 if n % 3 == 1 else n}"
    disclosure = _DISCLOSURES[kind]
    voted = {"valid": 2, "invalid": int(n % 6 == 5)} if n % 4 else {}
    made = ReleaseRow(
        id=digest_of(nation, source_type, str(n), statement),
        origin=digest_of(nation, source_type, str(n)),
        nation=nation,
        language=language,
        source_type=source_type,
        question=question,
        statement=statement,
        reversed_statement=reversed_statement,
        evidence="" if disclosure == "reference" else statement,
        text=f"{statement} ({n})" if disclosure == "full_text" else "",
        disclosure=disclosure,
        outlet=f"{NATION_NAMES[nation]} Post" if n % 2 else f"{NATION_NAMES[nation]} Gazette",
        url=f"https://news.example/{nation.lower()}/{source_type}-{n}",
        published=_PUBLISHED[kind],
        document_digest=digest_of(nation, source_type, str(n)) * 2,
        licence="CC-BY-4.0" if n % 2 else "",
        speaker="Ada Example" if source_type == "quoted" else "",
        topic=f"places {n % 4}",
        article=digest_of("article", nation, article),
        period=_PERIODS[kind],
        is_contested=n % 5 == 4,
        decided_by="annotators" if n % 4 else "curator",
        votes={**dict.fromkeys(map(str, TripleValidity), 0), **voted},
        annotators=("annotator-1", "annotator-2")[: 2 if n % 4 else 0],
        canary=CANARY,
    )
    return replace(made, **changes)


@dataclass(frozen=True, slots=True)
class MemoryContent:
    """A release's content from lists of rows (implements ``Content``)."""

    manifest: Manifest
    evaluation: tuple[ReleaseRow, ...]
    train: tuple[ReleaseRow, ...] = ()
    test: tuple[ReleaseRow, ...] = ()

    def slices(self) -> list[Slice]:
        """By nation, quoted before official."""
        present = {(found.nation, found.source_type) for found in self.evaluation}
        nations = sorted({nation for nation, _ in present})
        return [
            Slice(place, str(kind))
            for place in nations
            for kind in RELEASED_TYPES
            if (place, kind) in present
        ]

    def rows(self, where: Slice) -> Iterator[ReleaseRow]:
        """By id."""
        yield from _by_id([found for found in self.evaluation if (found.nation, found.source_type) == where])

    def preferences(self, part: str) -> Iterator[ReleaseRow]:
        """By id."""
        yield from _by_id({"train": self.train, "test": self.test}[part])

    def passports(self, where: Slice | None) -> Iterator[str]:
        """What leads to an item, in the shape and order of a real one."""
        found = _by_id([*self.train, *self.test]) if where is None else list(self.rows(where))
        for item in found:
            yield json.dumps(passport(item), ensure_ascii=False, separators=(",", ":"))


def reworded(item: ReleaseRow, n: int, **changes: Any) -> ReleaseRow:
    """The item of the same origin in other words: another id, ending in ``n``."""
    return replace(item, id=f"{item.id[:-2]}{n:02}", **changes)


def passport(item: ReleaseRow) -> dict[str, Any]:
    """The passport of an item that one decision made gold."""
    votes = {label: count for label, count in item.votes.items() if count}
    total = sum(votes.values())
    agreeing = sum(count * (count - 1) for count in votes.values())
    made_by = dict.fromkeys(("stage", "version", "engine", "prompt_digest"), "")
    is_told = item.disclosure != "reference"
    screened = {
        "number": 1,
        "kind": "statement_screening",
        "label": "sensitive",
        "confidence": 0.9,
        "raw_confidence": 0.9,
        "judge_type": "rules",
        "judge": "rules 1",
        "decided_on": "2026-09-01",
        "status": "settled",
        "superseded_by": None,
        "is_audit": False,
        "rationale": "It says what must be done." if is_told else "",
        "made_by": made_by,
        "relation": "",
        "side": "",
        "votes": {},
        "annotators": [],
        "agreement": None,
    }
    judged = {
        **screened,
        "number": 2,
        "kind": "triple",
        "label": "contested_here" if item.is_contested else "valid",
        "judge_type": item.decided_by,
        "judge": item.decided_by,
        "rationale": "",
        "votes": votes,
        "annotators": list(item.annotators),
        "agreement": None if total < 2 else round(agreeing / (total * (total - 1)), 6),
    }
    review = {"decision": 2, "kind": "triple", "purpose": "decide", "status": "closed", "votes_required": 2}
    return {
        "id": item.id,
        "origin": item.origin,
        "canary": item.canary,
        "document": {
            "digest": item.document_digest,
            "url": item.url,
            "outlet": item.outlet,
            "outlet_kind": "press",
            "published": item.published,
            "language": item.language,
            "licence": item.licence,
            "disclosure": item.disclosure,
            "row_key": "row",
            "source": {"name": "news.jsonl", "format": "jsonl", "digest": "0" * 64},
        },
        "span": {"start": 0, "end": len(item.statement)},
        "statement": {
            "text": item.statement,
            "text_digest": digest_of(item.statement),
            "confidence": 0.8,
            "made_by": made_by,
        },
        "topic": {"label": item.topic, "keywords": []},
        "decisions": [screened, judged],
        "triple": {
            "question": item.question,
            "statement": item.statement,
            "reversed_statement": item.reversed_statement,
            "checks": {},
            "confidence": 0.7,
            "revisions": 0,
            "made_by": made_by,
        },
        "reviews": [{**review, "votes": total, "guidelines": []}] if total else [],
    }


def rows(per_slice: int = 4, *, first: int = 0) -> list[ReleaseRow]:
    """Five nations, quoted and official; France has no official statements, so one slice is missing."""
    return [
        row(nation, n, source_type=str(kind))
        for nation in _WORDS
        for kind in RELEASED_TYPES
        if (nation, kind) != ("FR", "official")
        for n in range(first, first + per_slice)
    ]


def content(
    evaluation: Sequence[ReleaseRow] | None = None,
    *,
    train: Sequence[ReleaseRow] | None = None,
    test: Sequence[ReleaseRow] | None = None,
    **changes: Any,
) -> MemoryContent:
    """A release of 36 items, 9 preference pairs to learn from and 9 to check; ``changes`` are fields of the
    manifest. The manifest's counts are counted."""
    evaluation = rows() if evaluation is None else list(evaluation)
    train = rows(1, first=100) if train is None else list(train)
    test = rows(1, first=200) if test is None else list(test)
    counts: dict[str, int] = {}
    for found in sorted(evaluation, key=lambda item: (item.nation, item.source_type != "quoted")):
        path = Slice(found.nation, found.source_type).path
        counts[path] = counts.get(path, 0) + 1
    manifest = Manifest(
        name="harbour",
        version="1.2.0",
        as_of="2026-10-01",
        software="NaVAB 0.2.0",
        canary=CANARY,
        recipe=Recipe(
            recent_from="2023-01-01",
            holdout_share=0.1,
            preference_share=0.2,
            seed=7,
            gates=Gates(max_outlet_share=0.8, min_items=4),
        ),
        counts=counts,
        previous="harbour@1.1.0",
        preferences={"train": len(train), "test": len(test)},
        holdout={"items": 5, "commitment": digest_of("holdout") * 2},
        gates=(
            {"name": "max_outlet_share", "slice": "cn/quoted", "limit": 0.8, "value": 0.5, "passed": True},
            {"name": "min_items", "slice": "fr/official", "limit": 4, "value": 0, "passed": False},
        ),
        override="No official text of France was open for reuse in 2026.",
        changes=("2 items were added in cn/quoted.", "1 item of us/official was reworded."),
        facts={},
        nation_names=NATION_NAMES,
    )
    return MemoryContent(replace(manifest, **changes), tuple(evaluation), tuple(train), tuple(test))


def hostile_rows() -> list[ReleaseRow]:
    """Items whose texts try to be code, markup or a spreadsheet's formula somewhere."""
    texts = [
        '=HYPERLINK("https://evil.example","x")',
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\tTAB first",
        "＝1＋1",
        "a | b <script>alert(1)</script> [x](javascript:x)",
        "---\n!!python/object/apply:os.system ['id']",
        '"""\nimport os\n"""',
        "{{ 7 * 7 }} {% raw %} ${7*7}",
        "line\u2028separator, and\r\nbreaks, \"quotes\", 'both'",
    ]
    return [
        row(
            "US",
            300 + n,
            question=text,
            evidence=text,
            text="",
            disclosure="span",
            outlet=text,
            speaker=text,
            topic=text,
            licence=text,
        )
        for n, text in enumerate(texts)
    ]


def _by_id(found: Sequence[ReleaseRow]) -> list[ReleaseRow]:
    return sorted(found, key=lambda item: item.id)
