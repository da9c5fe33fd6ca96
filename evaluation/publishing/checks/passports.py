"""Passports: each repeats its item, contradicts itself nowhere and tells no word that its row keeps in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from evaluation.publishing.checks.findings import Findings
from evaluation.publishing.content import Content
from evaluation.publishing.folder import numbered_lines, read_object
from evaluation.publishing.rows import EXCERPT_LENGTH, PREFERENCE_PARTS, ReleaseRow, digest_of
from pipeline.records import APPROVING, ConflictOutcome, Disclosure, Sensitivity, TripleValidity

REASON_LENGTH = 240  # characters of a machine's reason
_DOCUMENT = {  # field of a passport's document to the row's
    "digest": "document_digest",
    **{name: name for name in ("url", "outlet", "published", "language", "licence", "disclosure")},
}
_TRIPLE = ("question", "statement", "reversed_statement")
_ALWAYS = frozenset({"id", "origin", "canary", "document", "decisions", "triple", "reviews"})
_MADE_HERE = _ALWAYS | {"span", "statement", "topic"}
_IMPORTED = _ALWAYS | {"imported"}  # of an item that came without its history
_PEOPLE = ("annotators", "curator")
_PSEUDONYM = re.compile(r"annotator-[1-9][0-9]*")
Object = Mapping[str, Any]


def check_passports(content: Content, folder: Path, files: Mapping[str, str], findings: Findings) -> None:
    """Hold every passport against its row. ``content`` gives rows that were checked."""
    places: list[tuple[str, Iterator[ReleaseRow]]] = [
        (f"passports/{where.path}.jsonl", content.rows(where)) for where in content.slices()
    ]
    if any(content.manifest.preferences.values()):
        pairs = sorted(
            (row for part in PREFERENCE_PARTS for row in content.preferences(part)), key=lambda row: row.id
        )
        places.append(("passports/preferences.jsonl", iter(pairs)))
    for name, rows in places:
        if name not in files:
            continue  # told as missing
        with findings.guard("passports", name):
            _check_file(folder, name, rows, content.manifest.canary, findings)


def _check_file(folder: Path, name: str, rows: Iterator[ReleaseRow], canary: str, findings: Findings) -> None:
    found = items = 0
    for told, row in zip_longest(numbered_lines(folder, name), rows):
        items += row is not None
        found += told is not None
        if told is None or row is None:
            continue
        number, line = told
        passport = read_object(line)
        if passport.get("id") != row.id:
            text = f"is of item {str(passport.get('id'))[:40]!r}; the item here is {row.id}"
            findings.add("passports", name, text, number)
            continue
        if line != (json.dumps(passport, ensure_ascii=False, separators=(",", ":")) + "\n").encode():
            findings.add("passports", name, "is not one line of compact JSON with every name once", number)
        for message in passport_faults(passport, row, canary):
            findings.add("passports", name, message, number)
    if found != items:
        findings.add("passports", name, f"has {found} passports for {items} items")


def passport_faults(passport: Object, row: ReleaseRow, canary: str) -> Iterator[str]:
    """What a passport says otherwise than its row, or must not say."""
    is_imported = "imported" in passport
    if passport.keys() != (_IMPORTED if is_imported else _MADE_HERE):
        yield f"has fields {', '.join(sorted(map(str, passport)))}; that is no passport"
        return
    if passport["canary"] != canary:
        yield "has another canary string"
    if passport["origin"] != row.origin:
        yield _otherwise("origin", passport["origin"], row.origin)
    document = passport["document"]
    for name, column in _DOCUMENT.items():
        if (name in document or not is_imported) and document.get(name) != getattr(row, column):
            yield _otherwise(f"document {name}", document.get(name), getattr(row, column))
    for name in _TRIPLE:
        if passport["triple"].get(name) != getattr(row, name):
            yield f"has another {name} than the item"
    if is_imported:
        if passport["decisions"] or passport["reviews"]:
            yield "was imported without its history and has decisions or reviews"
        return
    if passport["topic"]["label"] != row.topic:
        yield _otherwise("topic", passport["topic"]["label"], row.topic)
    yield from _drawn(passport["statement"], row)
    yield from _decided(passport, row)
    yield from _reviewed(passport)


def _drawn(statement: Object, row: ReleaseRow) -> Iterator[str]:
    text = statement["text"]
    if text and row.disclosure == Disclosure.REFERENCE and text != row.statement[:EXCERPT_LENGTH]:
        yield "has words of the document as its statement, and its source allows a reference"
    if len(text) > EXCERPT_LENGTH:
        yield f"has a statement of {len(text)} characters; {EXCERPT_LENGTH} are allowed"
    if text and len(text) < EXCERPT_LENGTH and digest_of(text) != statement["text_digest"]:
        yield "has another statement than the one its digest is of"


def _decided(passport: Object, row: ReleaseRow) -> Iterator[str]:
    decisions: list[Object] = passport["decisions"]
    if [found["number"] for found in decisions] != list(range(1, len(decisions) + 1)):
        yield "has decisions that are not numbered from 1"
    for found in decisions:
        yield from _decision(found, row)
    standing = [found for found in decisions if found["status"] == "settled"]
    triples = [found for found in decisions if found["kind"] == "triple"]
    gold = [
        found
        for found in triples
        if found["status"] == "settled" and found["label"] in APPROVING and found["judge_type"] in _PEOPLE
    ]
    if not gold or gold[-1]["judge_type"] != row.decided_by:
        yield f"has no settled decision by {row.decided_by} that the triple is valid"
        return
    is_contested = gold[-1]["label"] == TripleValidity.CONTESTED_HERE or any(
        found["kind"] == "conflict" and found["label"] == ConflictOutcome.PLURALITY for found in standing
    )
    if is_contested != row.is_contested:
        yield f"has decisions by which is_contested is {is_contested}; its row says {row.is_contested}"
    attributed = [found["label"] for found in standing if found["kind"] == "attribution"]
    if attributed and attributed[-1] != row.source_type:
        yield _otherwise("attribution", attributed[-1], row.source_type)
    if any(
        found["kind"] == "statement_screening" and found["label"] == Sensitivity.NOT_SENSITIVE
        for found in standing
    ):
        yield "has a settled decision that the statement is not about values"
    yield from _counted(triples, row)


def _counted(triples: list[Object], row: ReleaseRow) -> Iterator[str]:
    """Votes: a row counts the newest of each person, on the triple and on what it revises."""
    cast = [found["votes"] for found in triples if found["votes"]]
    said = {label: count for label, count in row.votes.items() if count}
    total = {label: sum(votes.get(label, 0) for votes in cast) for label in TripleValidity}
    if (len(cast) <= 1 and said != (cast[0] if cast else {})) or any(
        count > total.get(TripleValidity(label), 0) for label, count in said.items()
    ):
        yield f"counts votes {json.dumps(cast)[:120]}; its row has {json.dumps(said)}"
    names = {name for found in triples for name in found["annotators"]}
    if names != set(row.annotators):
        yield f"names {', '.join(sorted(names)) or 'nobody'} as annotators; its row names others"


def _decision(found: Object, row: ReleaseRow) -> Iterator[str]:
    number, reason = found["number"], found["rationale"]
    if found["judge_type"] in _PEOPLE and (reason or found["judge"] != found["judge_type"]):
        yield f"tells of the people behind decision {number} more than that they were {found['judge_type']}"
    if reason and row.disclosure == Disclosure.REFERENCE:
        yield f"has a reason for decision {number} in words, and its source allows a reference"
    if len(reason) > REASON_LENGTH:
        yield f"has a reason of {len(reason)} characters for decision {number}; {REASON_LENGTH} are allowed"
    if not all(_PSEUDONYM.fullmatch(name) for name in found["annotators"]):
        yield f"names annotators of decision {number} by what is no pseudonym"
    votes = sum(found["votes"].values())
    if len(found["annotators"]) > votes:
        yield f"names more annotators of decision {number} than it counts votes"
    agreeing = sum(count * (count - 1) for count in found["votes"].values())
    agreement = None if votes < 2 else round(agreeing / (votes * (votes - 1)), 6)
    if found["agreement"] != agreement:
        yield f"has agreement {found['agreement']} of decision {number}; its votes give {agreement}"


def _reviewed(passport: Object) -> Iterator[str]:
    decisions = {found["number"]: found for found in passport["decisions"]}
    for review in passport["reviews"]:
        found = decisions.get(review["decision"])
        if found is None:
            yield f"has a review of decision {review['decision']}, which is not there"
        elif review["votes"] != sum(found["votes"].values()):
            yield f"counts {review['votes']} votes in the review of decision {review['decision']}"


def _otherwise(name: str, said: Any, expected: str) -> str:
    return f"has {name} {str(said)[:80]!r}; its row has {expected[:80]!r}"
